import Type, { type TInteger } from 'typebox'
import type { Lookup } from '../../../application/queries/get-cache-entry.ts'
import { type Model, model } from '../model.ts'
import { isJsonType, type StoredBody, storedBodyOf } from '../stored-body.ts'

/** Names this cache in `Cache-Status`. Source: RFC 9211. */
const CACHE_NAME = 'platform-cache'

/** An entry as JSON: the envelope. */
export interface CacheResponse {
  readonly key: string
  readonly state: 'fresh' | 'stale'
  /** The value, if its content type is JSON and it is well-formed. */
  readonly value?: unknown
  /** The bytes of any other value. */
  readonly valueBase64?: string
  readonly contentType: string
  /** The strong entity tag, for `If-Match`. */
  readonly etag: string
  readonly sizeBytes: number
  readonly priority: string
  readonly tags: readonly string[]
  readonly dependsOn: readonly string[]
  readonly ageMs: number
  /** Until it is stale; 0 if it is, `null` if it never will be. */
  readonly ttlMs: number | null
  readonly createdAtMs: number
  /** `null`: never. */
  readonly expiresAtMs: number | null
  readonly accessCount: number
}

/** An instant in the answers. */
export const instantSchema: TInteger = Type.Integer({
  description: 'Milliseconds since the Unix epoch',
})

const entryFields = {
  key: Type.String(),
  state: Type.Union([Type.Literal('fresh'), Type.Literal('stale')]),
  value: Type.Optional(Type.Unknown({ description: 'The value, if it is JSON' })),
  valueBase64: Type.Optional(Type.String({ description: 'The bytes of any other value' })),
  contentType: Type.String(),
  etag: Type.String({ description: 'Strong entity tag, for If-Match' }),
  sizeBytes: Type.Integer(),
  priority: Type.String(),
  tags: Type.Array(Type.String()),
  dependsOn: Type.Array(Type.String()),
  ageMs: Type.Integer({ description: 'Since it was stored' }),
  ttlMs: Type.Union([Type.Integer(), Type.Null()], {
    description: 'Until it is stale; 0 if it is, null if it never will be',
  }),
  createdAtMs: instantSchema,
  expiresAtMs: Type.Union([instantSchema, Type.Null()], { description: 'null: never' }),
  accessCount: Type.Integer(),
}

export const CacheResponse: Model<CacheResponse> = model<CacheResponse>()(
  Type.Object(entryFields, { description: 'An entry with its metadata' }),
)

/** A lookup that found something, and the bytes of what it found. */
export interface FoundEntry {
  readonly lookup: Lookup
  readonly stored: StoredBody
}

/** What was found; `undefined` for a miss, a remembered absence, and a stale value that isn't wanted. */
export function foundEntry(
  lookup: Lookup | undefined,
  acceptStale: boolean,
): FoundEntry | undefined {
  if (lookup === undefined || lookup.state === 'miss' || lookup.value === undefined)
    return undefined
  if (lookup.state === 'stale' && !acceptStale) return undefined
  return { lookup, stored: storedBodyOf(lookup.value) }
}

/** The envelope of an entry. */
export function cacheResponse(key: string, { lookup, stored }: FoundEntry): CacheResponse {
  return {
    key,
    state: lookup.state === 'stale' ? 'stale' : 'fresh',
    ...envelopeValue(stored),
    contentType: stored.contentType,
    etag: stored.etag,
    sizeBytes: lookup.sizeBytes,
    priority: lookup.priority,
    tags: lookup.tags,
    dependsOn: lookup.dependsOn,
    ageMs: lookup.ageMs,
    ttlMs: finiteOrNull(lookup.ttlMs),
    createdAtMs: lookup.createdAtMs,
    expiresAtMs: finiteOrNull(lookup.expiresAtMs),
    accessCount: lookup.accessCount,
  }
}

/** JSON as itself; everything else, malformed JSON included, as base64. */
function envelopeValue({
  contentType,
  body,
}: StoredBody): { value: unknown } | { valueBase64: string } {
  const bytes = Buffer.from(body.buffer, body.byteOffset, body.byteLength)
  const text = isJsonType(contentType) ? bytes.toString() : undefined
  if (text !== undefined && !isNestedDeeper(text, MAX_NESTING)) {
    try {
      return { value: JSON.parse(text) }
    } catch {
      // A raw body is stored as it came, whatever its content type promises.
    }
  }
  return { valueBase64: bytes.toString('base64') }
}

/** Deepest JSON that an envelope carries as a value: what is parsed deeper can't be written again. */
const MAX_NESTING = 500

/** True if arrays and objects of a JSON text stand in each other more than `limit` deep. */
function isNestedDeeper(text: string, limit: number): boolean {
  if (text.length <= limit) return false
  let depth = 0
  for (const [bracket] of text.matchAll(STRING_OR_BRACKET)) {
    if (bracket === '[' || bracket === '{') depth += 1
    else if (bracket === ']' || bracket === '}') depth -= 1
    if (depth > limit) return true
  }
  return false
}

/** Whole strings, so that brackets in them don't count, and brackets. */
const STRING_OR_BRACKET = /"(?:[^"\\]|\\.)*"|[[\]{}]/g

/** `Cache-Status` of a fresh value that never becomes stale by itself. */
export const FOREVER_STATUS: string = `${CACHE_NAME}; hit`

/** `Cache-Status` of a fresh value, with the whole seconds that are left of its TTL. */
export function hitStatus(seconds: number): string {
  return `${CACHE_NAME}; hit; ttl=${seconds}`
}

/** `Cache-Status` of a stale value: it says so in words, and by a negative TTL, at least one second. */
export function staleStatus(overdueMs: number): string {
  return `${CACHE_NAME}; hit; ttl=-${Math.max(1, Math.ceil(overdueMs / 1000))}; detail=stale`
}

/** `Cache-Status` of a miss: nothing there, or only a stale value that wasn't asked for. */
export function missStatus(isStale: boolean): string {
  return `${CACHE_NAME}; fwd=${isStale ? 'stale' : 'uri-miss'}`
}

/** `Cache-Status` of a write. */
export function storedStatus(isStored: boolean): string {
  return isStored ? `${CACHE_NAME}; stored` : `${CACHE_NAME}; stored=?0`
}

/** `Cache-TTL` of an answer, in the form that a PUT takes. */
export function ttlHeader(seconds: number): string {
  return `${seconds}s`
}

/** `Cache-Tags` of an answer, in the form that a PUT takes: encoded only where it would be misread. */
export function tagsHeader(tags: readonly string[]): string {
  return tags.map((tag) => tag.replace(/[^!-~]|[%,]/gu, encodeURIComponent)).join(', ')
}

/** JSON has no infinity; `null` stands for never. */
export function finiteOrNull(value: number): number | null {
  return Number.isFinite(value) ? value : null
}
