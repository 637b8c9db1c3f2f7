/**
 * The registry of everything that goes wrong over HTTP: one row per code, with its status and title. It
 * maps every code of the library, which the compiler checks, and adds those that only HTTP has.
 */
import Type from 'typebox'
import type { CacheErrorCode } from '../../../core/exceptions/cache-error.ts'
import { type Model, model } from '../model.ts'

/** Codes of failures that only exist over HTTP. */
export type HttpErrorCode =
  | 'CACHE_ENTRY_NOT_FOUND'
  | 'CACHE_NAMESPACE_UNKNOWN'
  | 'CACHE_TENANT_UNKNOWN'
  | 'CACHE_ROUTE_UNKNOWN'
  | 'CACHE_METHOD_NOT_ALLOWED'
  | 'CACHE_PRECONDITION_FAILED'
  | 'CACHE_BODY_TOO_LARGE'
  | 'CACHE_BODY_MALFORMED'
  | 'CACHE_REQUEST_INVALID'
  | 'CACHE_MEDIA_TYPE_UNSUPPORTED'
  | 'CACHE_URL_MALFORMED'
  | 'CACHE_PATH_TOO_LONG'
  | 'CACHE_UNAUTHENTICATED'
  | 'CACHE_FORBIDDEN'
  | 'CACHE_INTERNAL'

/** Every code that a problem may carry. */
export type ProblemCode = CacheErrorCode | HttpErrorCode

/** What a code means over HTTP. The title is the same for every occurrence; the detail says what happened. */
export interface ProblemKind {
  readonly status: number
  readonly title: string
}

/** Every code with its status and title. `docs/errors.md` has a row for each. */
export const PROBLEMS: Readonly<Record<ProblemCode, ProblemKind>> = Object.freeze({
  CACHE_KEY_INVALID: { status: 422, title: 'The key breaks the rules for keys' },
  CACHE_TAG_INVALID: { status: 422, title: 'A tag or dependency breaks the rules for them' },
  CACHE_TTL_INVALID: { status: 422, title: 'The TTL is none' },
  CACHE_SIZE_INVALID: { status: 422, title: 'A size is none' },
  CACHE_PATTERN_INVALID: { status: 422, title: 'The pattern or regular expression is refused' },
  CACHE_OPTION_INVALID: { status: 422, title: 'An option has a value it can not have' },
  CACHE_VALUE_INVALID: { status: 422, title: 'The value can not be cached' },
  CACHE_VALUE_TOO_LARGE: { status: 413, title: 'The value is too large' },
  CACHE_CAPACITY_EXCEEDED: { status: 507, title: 'The cache is full of what may not be evicted' },
  CACHE_TIMEOUT: { status: 504, title: 'It was not done in time' },
  CACHE_LOAD_FAILED: { status: 502, title: 'The source of the value failed' },
  CACHE_LOAD_REENTRANT: { status: 500, title: 'A load waits for itself' },
  CACHE_LOAD_REJECTED: { status: 503, title: 'Too many loads run already' },
  CACHE_CLOSED: { status: 503, title: 'The cache is closed' },
  CACHE_NAMESPACE_CONFLICT: { status: 409, title: 'The cache is defined with other options' },
  CACHE_REPOSITORY_UNAVAILABLE: { status: 503, title: 'The backend failed or refused' },
  CACHE_CURSOR_INVALID: { status: 400, title: 'The cursor is not one that was given out' },
  CACHE_LEASE_LOST: { status: 409, title: 'The lease was lost' },
  CACHE_SNAPSHOT_FAILED: { status: 500, title: 'The snapshot can not be saved or restored' },
  CACHE_REDIS_UNREACHABLE: { status: 503, title: 'Redis can not be reached' },
  CACHE_REDIS_TLS_FAILED: { status: 503, title: 'TLS with Redis failed' },
  CACHE_REDIS_AUTH_FAILED: { status: 503, title: 'Redis refuses the credentials' },
  CACHE_REDIS_NOT_PERMITTED: { status: 503, title: 'Redis does not permit a command' },
  CACHE_REDIS_DATABASE_INVALID: { status: 503, title: 'Redis has no such database' },
  CACHE_REDIS_UNSUPPORTED: { status: 503, title: 'The Redis server can not be used' },
  CACHE_REDIS_EVICTS_LOG: { status: 503, title: 'Redis may evict the invalidation log' },
  CACHE_REDIS_WRITES_REFUSED: { status: 503, title: 'Redis refuses writes' },
  CACHE_REDIS_BUSY: { status: 503, title: 'Redis is busy with a script' },
  CACHE_REDIS_CLUSTER_DOWN: { status: 503, title: 'A part of the Redis Cluster is down' },
  CACHE_REDIS_PACKAGE_MISSING: { status: 503, title: 'The Redis client is not installed' },
  CACHE_ENTRY_NOT_FOUND: { status: 404, title: 'There is no such entry' },
  CACHE_NAMESPACE_UNKNOWN: { status: 404, title: 'There is no such cache' },
  CACHE_TENANT_UNKNOWN: { status: 404, title: 'There is no such tenant' },
  CACHE_ROUTE_UNKNOWN: { status: 404, title: 'There is nothing at this path' },
  CACHE_METHOD_NOT_ALLOWED: { status: 405, title: 'The path has no such method' },
  CACHE_PRECONDITION_FAILED: { status: 412, title: 'A precondition does not hold' },
  CACHE_BODY_TOO_LARGE: { status: 413, title: 'The body is too large' },
  CACHE_BODY_MALFORMED: { status: 400, title: 'The body can not be read' },
  CACHE_REQUEST_INVALID: { status: 422, title: 'The request is not what the route expects' },
  CACHE_MEDIA_TYPE_UNSUPPORTED: { status: 415, title: 'The content type is not accepted here' },
  CACHE_URL_MALFORMED: { status: 400, title: 'The URL can not be decoded' },
  CACHE_PATH_TOO_LONG: { status: 414, title: 'A part of the path is too long' },
  CACHE_UNAUTHENTICATED: { status: 401, title: 'A valid credential is needed' },
  CACHE_FORBIDDEN: { status: 403, title: 'The credential does not allow this' },
  CACHE_INTERNAL: { status: 500, title: 'The service failed' },
})

/** One thing that is wrong with a request, and where: `{ field: '/tags/0', message: 'expected a string' }`. */
export interface FieldFault {
  /** JSON Pointer into the body; for other parts of the request, their name (`?limit`, `Cache-TTL`). */
  readonly field: string
  readonly message: string
}

/** The answer to a request that failed: problem details as in RFC 9457. */
export interface ProblemResponse {
  /** A URN that stands for the code. */
  readonly type: string
  readonly title: string
  readonly status: number
  readonly detail: string
  /** The path that was asked for. */
  readonly instance: string
  readonly code: string
  /** Finds the request in the service's log. */
  readonly requestId: string
  /** What is wrong field by field, if that is known. */
  readonly errors?: readonly FieldFault[]
}

export const ProblemResponse: Model<ProblemResponse> = model<ProblemResponse>()(
  Type.Object(
    {
      type: Type.String({ description: 'A URN that stands for the code' }),
      title: Type.String({ description: 'What the code means' }),
      status: Type.Integer({ minimum: 400, maximum: 599 }),
      detail: Type.String({ description: 'What happened this time' }),
      instance: Type.String({ description: 'The path that was asked for' }),
      code: Type.String({ description: 'For programs; docs/errors.md lists them' }),
      requestId: Type.String({ description: "Finds the request in the service's log" }),
      errors: Type.Optional(
        Type.Array(Type.Object({ field: Type.String(), message: Type.String() })),
      ),
    },
    { description: 'Problem details, RFC 9457' },
  ),
)

/** A failure that only exists over HTTP. Failures of the library itself are `CacheError`. */
export class HttpProblem extends Error {
  readonly code: HttpErrorCode
  readonly errors: readonly FieldFault[]
  /** Response headers that belong to the failure, such as `Allow`. */
  readonly headers: Readonly<Record<string, string>>

  constructor(
    code: HttpErrorCode,
    message: string,
    more: {
      readonly errors?: readonly FieldFault[]
      readonly headers?: Readonly<Record<string, string>>
      readonly cause?: unknown
    } = {},
  ) {
    super(message, more.cause === undefined ? undefined : { cause: more.cause })
    this.code = code
    this.errors = more.errors ?? []
    this.headers = more.headers ?? {}
  }

  override get name(): 'HttpProblem' {
    return 'HttpProblem'
  }
}

/** Where a problem occurred. */
export interface ProblemPlace {
  readonly instance: string
  readonly requestId: string
}

/** The problem details of a code. */
export function problemResponse(
  code: ProblemCode,
  detail: string,
  place: ProblemPlace,
  errors: readonly FieldFault[] = [],
): ProblemResponse {
  const { status, title } = PROBLEMS[code]
  return {
    type: `urn:platform-cache:problem:${code}`,
    title,
    status,
    detail,
    instance: place.instance,
    code,
    requestId: place.requestId,
    ...(errors.length === 0 ? {} : { errors }),
  }
}

/** True for the codes of this registry; a newer library may throw codes it doesn't have. */
export function isProblemCode(code: string): code is ProblemCode {
  return Object.hasOwn(PROBLEMS, code)
}
