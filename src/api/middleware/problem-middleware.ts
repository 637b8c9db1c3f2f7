import type { FastifyError, FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { isCacheError } from '../../core/exceptions/cache-error.ts'
import {
  type FieldFault,
  type HttpErrorCode,
  HttpProblem,
  isProblemCode,
  type ProblemCode,
  problemResponse,
} from '../models/responses/problem-response.ts'

/** The media type of problem details. Source: RFC 9457, section 3. */
export const PROBLEM_TYPE = 'application/problem+json'

/** What an error is over HTTP. */
interface Failure {
  readonly code: ProblemCode
  readonly detail: string
  readonly errors: readonly FieldFault[]
  readonly headers: Readonly<Record<string, string>>
}

/** Fastify's own refusals that come before any handler, in our codes and words. */
const FRAMEWORK_FAILURES: Readonly<Record<string, readonly [HttpErrorCode, string]>> = {
  FST_ERR_CTP_BODY_TOO_LARGE: [
    'CACHE_BODY_TOO_LARGE',
    'Cannot read the body: it is larger than this route accepts',
  ],
  FST_ERR_CTP_INVALID_MEDIA_TYPE: [
    'CACHE_MEDIA_TYPE_UNSUPPORTED',
    'Cannot read the body: its content type is not one that this route accepts',
  ],
  FST_ERR_CTP_INVALID_CONTENT_LENGTH: [
    'CACHE_BODY_MALFORMED',
    'Cannot read the body: it does not have the length that Content-Length says',
  ],
  FST_ERR_BAD_URL: ['CACHE_URL_MALFORMED', 'Cannot decode the URL: expected percent-encoded UTF-8'],
  FST_ERR_MAX_PARAM_LENGTH: [
    'CACHE_PATH_TOO_LONG',
    'Cannot route the request: a part of its path is too long; send long keys in the body of a POST',
  ],
}

/**
 * Answers the errors of the routes in `app`, and only theirs, with problem details. An error that is
 * not of this API, and has a status of its own, goes on to the host's error handler.
 */
export function problemMiddleware(app: FastifyInstance): void {
  app.setErrorHandler((error, request, reply) => {
    const failure = failureOf(error)
    if (failure === undefined) throw error
    return sendFailure(error, failure, request, reply)
  })
}

/** Answers a path that has nothing with problem details; for `setNotFoundHandler`. */
export function problemNotFound(request: FastifyRequest, reply: FastifyReply): FastifyReply {
  const error = new HttpProblem(
    'CACHE_ROUTE_UNKNOWN',
    `Cannot ${request.method} this path: there is nothing at it`,
  )
  return sendProblem(error, request, reply)
}

/** Answers any error with problem details; for `frameworkErrors` and for the error handler of a whole server. */
export function sendProblem(
  error: FastifyError | Error,
  request: FastifyRequest,
  reply: FastifyReply,
): FastifyReply {
  return sendFailure(error, failureOf(error) ?? foreignFailure(error), request, reply)
}

function sendFailure(
  error: unknown,
  failure: Failure,
  request: FastifyRequest,
  reply: FastifyReply,
): FastifyReply {
  const place = { instance: pathOf(request), requestId: request.id }
  const problem = problemResponse(failure.code, failure.detail, place, failure.errors)
  if (problem.status >= 500) request.log.error({ err: error, code: failure.code }, problem.title)
  // Text, so that no serializer of a host, made for other shapes, gets hold of it.
  return reply
    .code(problem.status)
    .headers({ 'cache-control': 'no-store', ...failure.headers })
    .type(PROBLEM_TYPE)
    .serializer((text: string) => text)
    .send(JSON.stringify(problem))
}

/** `undefined` for an error of somebody else that says its own status. */
function failureOf(error: unknown): Failure | undefined {
  if (error instanceof HttpProblem) {
    return { code: error.code, detail: error.message, errors: error.errors, headers: error.headers }
  }
  if (isCacheError(error) && isProblemCode(error.code)) {
    return { code: error.code, detail: error.message, errors: [], headers: {} }
  }
  const code = textField(error, 'code')
  const known = code === undefined ? undefined : FRAMEWORK_FAILURES[code]
  if (known !== undefined) return { code: known[0], detail: known[1], errors: [], headers: {} }
  return hasOwnStatus(error) ? undefined : INTERNAL
}

/** What the client learns of a failure that is nobody's intention: where to look, not what it was. */
const INTERNAL: Failure = {
  code: 'CACHE_INTERNAL',
  detail: 'Cannot answer: the service failed; its log has the cause under this request id',
  errors: [],
  headers: {},
}

function foreignFailure(error: Error): Failure {
  const status = 'statusCode' in error ? error.statusCode : undefined
  if (typeof status !== 'number' || status >= 500) return INTERNAL
  return { code: 'CACHE_REQUEST_INVALID', detail: error.message, errors: [], headers: {} }
}

function hasOwnStatus(error: unknown): boolean {
  if (typeof error !== 'object' || error === null || !('statusCode' in error)) return false
  return typeof error.statusCode === 'number' && error.statusCode < 500
}

function textField(error: unknown, name: string): string | undefined {
  if (typeof error !== 'object' || error === null) return undefined
  const value: unknown = Reflect.get(error, name)
  return typeof value === 'string' ? value : undefined
}

function pathOf(request: FastifyRequest): string {
  const url = request.originalUrl
  const queryAt = url.indexOf('?')
  return queryAt === -1 ? url : url.slice(0, queryAt)
}
