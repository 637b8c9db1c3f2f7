/** Every code a `CacheError` may carry. `docs/errors.md` has a row for each: when it comes, what to do. */
export const CACHE_ERROR_CODES = [
  'CACHE_KEY_INVALID',
  'CACHE_TAG_INVALID',
  'CACHE_TTL_INVALID',
  'CACHE_SIZE_INVALID',
  'CACHE_PATTERN_INVALID',
  'CACHE_OPTION_INVALID',
  'CACHE_VALUE_INVALID',
  'CACHE_VALUE_TOO_LARGE',
  'CACHE_CAPACITY_EXCEEDED',
  'CACHE_TIMEOUT',
  'CACHE_LOAD_FAILED',
  'CACHE_LOAD_REENTRANT',
  'CACHE_LOAD_REJECTED',
  'CACHE_CLOSED',
  'CACHE_NAMESPACE_CONFLICT',
  'CACHE_REPOSITORY_UNAVAILABLE',
  'CACHE_CURSOR_INVALID',
  'CACHE_LEASE_LOST',
  'CACHE_SNAPSHOT_FAILED',
  'CACHE_REDIS_UNREACHABLE',
  'CACHE_REDIS_TLS_FAILED',
  'CACHE_REDIS_AUTH_FAILED',
  'CACHE_REDIS_NOT_PERMITTED',
  'CACHE_REDIS_DATABASE_INVALID',
  'CACHE_REDIS_UNSUPPORTED',
  'CACHE_REDIS_EVICTS_LOG',
  'CACHE_REDIS_WRITES_REFUSED',
  'CACHE_REDIS_BUSY',
  'CACHE_REDIS_CLUSTER_DOWN',
  'CACHE_REDIS_PACKAGE_MISSING',
] as const

/** What went wrong, for programs. Codes are added in minor releases and renamed in major ones only. */
export type CacheErrorCode = (typeof CACHE_ERROR_CODES)[number]

/** What the library throws: `code` for programs, `message` for people, the original failure in `cause`. */
export class CacheError extends Error {
  readonly code: CacheErrorCode

  constructor(code: CacheErrorCode, message: string, options?: { readonly cause?: unknown }) {
    super(message, options)
    this.code = code
  }

  /** The same for all subclasses, since `isCacheError` goes by it. On the prototype, so that stack traces show it. */
  override get name(): 'CacheError' {
    return 'CacheError'
  }
}

/**
 * True for a `CacheError`, of the given code if there is one.
 *
 * Goes by name and code instead of `instanceof`, so it holds when two copies of the package are
 * loaded. Without a `code` it accepts codes that a newer copy has and this one doesn't know.
 */
export function isCacheError(error: unknown, code?: CacheErrorCode): error is CacheError {
  if (typeof error !== 'object' || error === null) return false
  if (!('name' in error) || error.name !== 'CacheError' || !('code' in error)) return false
  return code === undefined ? typeof error.code === 'string' : error.code === code
}
