import { createHash } from 'node:crypto'
import { CacheError } from '../../core/exceptions/cache-error.ts'
import { describeValue } from '../../core/exceptions/describe-value.ts'

/**
 * What the HTTP API stores as the value of an entry: the bytes as they came, their content type, and
 * the entity tag, worked out once when they are stored.
 */
export interface StoredBody {
  readonly contentType: string
  readonly body: Uint8Array
  /** Strong: `"` + base64url of the SHA-256 of the bytes + `"`. */
  readonly etag: string
}

/** The content type of JSON. */
export const JSON_TYPE = 'application/json'
/** The content type of bytes of which nothing is known. */
export const BYTES_TYPE = 'application/octet-stream'

/** The bytes with their entity tag. */
export function storedBody(contentType: string, body: Uint8Array): StoredBody {
  const digest = createHash('sha256').update(body).digest('base64url')
  return { contentType, body, etag: `"${digest}"` }
}

/**
 * A JSON value as the bytes of its text.
 *
 * @throws CacheError CACHE_VALUE_INVALID for one that is nested too deeply to be written
 */
export function storedJson(value: unknown, contentType: string = JSON_TYPE): StoredBody {
  const text = jsonOf(value)
  if (text === undefined) throw withoutJson(value)
  return storedBody(contentType, Buffer.from(text))
}

/**
 * What an entry's value is over HTTP. A value that HTTP stored is itself; of one that the library stored
 * in the same cache, bytes are bytes and everything else is its JSON.
 *
 * @throws CacheError CACHE_VALUE_INVALID for a value that has no JSON
 */
export function storedBodyOf(value: unknown): StoredBody {
  if (isStoredBody(value)) return value
  if (value instanceof Uint8Array) return storedBody(BYTES_TYPE, value)
  const text = jsonOf(value)
  if (text !== undefined) return storedBody(JSON_TYPE, Buffer.from(text))
  throw withoutJson(value)
}

/** True for what `storedBody` makes, also after it was cloned or came back from a backend. */
function isStoredBody(value: unknown): value is StoredBody {
  return (
    typeof value === 'object' &&
    value !== null &&
    'etag' in value &&
    typeof value.etag === 'string' &&
    'contentType' in value &&
    typeof value.contentType === 'string' &&
    'body' in value &&
    value.body instanceof Uint8Array
  )
}

/** True for `application/json` and for types that are JSON by their suffix, such as `application/geo+json`. */
export function isJsonType(contentType: string): boolean {
  return /^application\/(?:[\w.!#$&^-]+\+)?json *(?:;|$)/i.test(contentType)
}

/** `undefined` for functions, symbols and `undefined`, as `JSON.stringify` answers. */
function jsonOf(value: unknown): string | undefined {
  try {
    return JSON.stringify(value)
  } catch (cause) {
    throw withoutJson(value, cause)
  }
}

function withoutJson(value: unknown, cause?: unknown): CacheError {
  const message = `Cannot send the value over HTTP: expected one that has JSON, got ${describeValue(value)}`
  return new CacheError('CACHE_VALUE_INVALID', message, cause === undefined ? {} : { cause })
}
