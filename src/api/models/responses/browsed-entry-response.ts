import Type from 'typebox'
import { type Model, model } from '../model.ts'
import {
  type CacheResponse,
  cacheResponse,
  type FoundEntry,
  instantSchema,
} from './cache-response.ts'

/**
 * An entry as an operator sees it. Masked, it has neither the value nor its entity tag, from which a
 * short value could be guessed.
 */
export interface BrowsedEntryResponse
  extends Omit<CacheResponse, 'etag' | 'value' | 'valueBase64'> {
  readonly isMasked: boolean
  /** Length of the stored bytes. */
  readonly valueBytes: number
  readonly etag?: string
  readonly value?: unknown
  readonly valueBase64?: string
}

export const BrowsedEntryResponse: Model<BrowsedEntryResponse> = model<BrowsedEntryResponse>()(
  Type.Object({
    key: Type.String(),
    isMasked: Type.Boolean({ description: 'True: value and etag are left out' }),
    state: Type.Union([Type.Literal('fresh'), Type.Literal('stale')]),
    value: Type.Optional(Type.Unknown()),
    valueBase64: Type.Optional(Type.String()),
    valueBytes: Type.Integer({ description: 'Length of the stored bytes' }),
    contentType: Type.String(),
    etag: Type.Optional(Type.String()),
    sizeBytes: Type.Integer({ description: 'What it counts for in the cache' }),
    priority: Type.String(),
    tags: Type.Array(Type.String()),
    dependsOn: Type.Array(Type.String()),
    ageMs: Type.Integer(),
    ttlMs: Type.Union([Type.Integer(), Type.Null()], { description: 'null: never stale' }),
    createdAtMs: instantSchema,
    expiresAtMs: Type.Union([instantSchema, Type.Null()], { description: 'null: never' }),
    accessCount: Type.Integer(),
  }),
)

export function browsedEntryResponse(
  key: string,
  found: FoundEntry,
  isRevealed: boolean,
): BrowsedEntryResponse {
  const whole = cacheResponse(key, found)
  const valueBytes = found.stored.body.byteLength
  if (isRevealed) return { ...whole, valueBytes, isMasked: false }
  const { value: _value, valueBase64: _base64, etag: _etag, ...known } = whole
  return { ...known, valueBytes, isMasked: true }
}
