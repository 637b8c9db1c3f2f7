import Type from 'typebox'
import type { KeyListing, KeyPage } from '../../../application/queries/list-cache-keys.ts'
import { type Model, model } from '../model.ts'
import { finiteOrNull, instantSchema } from './cache-response.ts'

/** A key with what is known of its entry; never the value. */
export interface ListedKey {
  readonly key: string
  readonly state: 'fresh' | 'stale'
  readonly sizeBytes: number
  readonly priority: string
  readonly tags: readonly string[]
  readonly dependsOn: readonly string[]
  readonly createdAtMs: number
  /** `null`: never. */
  readonly expiresAtMs: number | null
  readonly accessCount: number
  readonly accessedAtMs: number
}

/** One page of keys. */
export interface KeyListResponse {
  readonly keys: readonly ListedKey[]
  /** Entries looked at for this page. */
  readonly scanned: number
  /** For the next page; `null` on the last one. A page may be short, even empty, and not be the last. */
  readonly cursor: string | null
}

export const KeyListResponse: Model<KeyListResponse> = model<KeyListResponse>()(
  Type.Object({
    keys: Type.Array(
      Type.Object({
        key: Type.String(),
        state: Type.Union([Type.Literal('fresh'), Type.Literal('stale')]),
        sizeBytes: Type.Integer(),
        priority: Type.String(),
        tags: Type.Array(Type.String()),
        dependsOn: Type.Array(Type.String()),
        createdAtMs: instantSchema,
        expiresAtMs: Type.Union([instantSchema, Type.Null()], { description: 'null: never' }),
        accessCount: Type.Integer(),
        accessedAtMs: instantSchema,
      }),
    ),
    scanned: Type.Integer({ description: 'Entries looked at for this page' }),
    cursor: Type.Union([Type.String(), Type.Null()], {
      description: 'For the next page; null on the last. A short page need not be the last',
    }),
  }),
)

export function keyListResponse(page: KeyPage): KeyListResponse {
  return {
    keys: page.entries.map(listedKey),
    scanned: page.scanned,
    cursor: page.cursor ?? null,
  }
}

function listedKey(entry: KeyListing): ListedKey {
  return {
    key: entry.key,
    state: entry.state,
    sizeBytes: entry.sizeBytes,
    priority: entry.priority,
    tags: entry.tags,
    dependsOn: entry.dependsOn,
    createdAtMs: entry.createdAtMs,
    expiresAtMs: finiteOrNull(entry.expiresAtMs),
    accessCount: entry.accessCount,
    accessedAtMs: entry.accessedAtMs,
  }
}
