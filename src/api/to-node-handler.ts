import type { IncomingMessage, ServerResponse } from 'node:http'
import { Readable } from 'node:stream'
import fastify, {
  type FastifyInstance,
  type FastifyPluginAsync,
  type FastifyServerOptions,
  type preParsingHookHandler,
} from 'fastify'
import { problemNotFound, sendProblem } from './middleware/problem-middleware.ts'
import { HttpProblem } from './models/responses/problem-response.ts'
import { isJsonType } from './models/stored-body.ts'
import type { CacheRouterOptions } from './routers/open-router.ts'

/** One of the routers. */
export type CacheRouter = FastifyPluginAsync<CacheRouterOptions>

/** A listener for `node:http`, Express, Connect, and Nest on Express. */
export interface NodeHandler {
  (request: IncomingMessage, response: ServerResponse, next?: (error?: unknown) => void): void
  /** Resolves when the routers are registered; the first request waits for it by itself. */
  ready(): Promise<void>
  /** Frees what it holds. The caches stay open: they are the caller's. */
  close(): Promise<void>
}

/**
 * What a Fastify app needs for the routers to answer everything with problem details, and to take long
 * keys in paths: `fastify({ ...FASTIFY_OPTIONS, … })`.
 */
export const FASTIFY_OPTIONS: Pick<FastifyServerOptions, 'frameworkErrors'> & {
  readonly routerOptions: { readonly maxParamLength: number }
} = Object.freeze({
  // Far over the longest key, so that a key that is too long is told so by its own error.
  routerOptions: Object.freeze({ maxParamLength: 8192 }),
  frameworkErrors: (...[error, request, reply]) => {
    sendProblem(error, request, reply)
  },
} satisfies Pick<FastifyServerOptions, 'frameworkErrors' | 'routerOptions'>)

/**
 * The routers as a handler for hosts other than Fastify: `app.use('/cache', toNodeHandler(tenantCacheRouter, { dependencies }))`.
 *
 * Mount it under a path of its own: it answers every request that reaches it, 404 included. It also
 * works behind `express.json()` and its kin, which leave a parsed body where a stream was: JSON is
 * written out anew, bytes and text are taken as they are, and what can't be had again is refused.
 */
export function toNodeHandler(
  routers: CacheRouter | readonly CacheRouter[],
  options: CacheRouterOptions,
): NodeHandler {
  const app = fastify(FASTIFY_OPTIONS)
  app.setNotFoundHandler(problemNotFound)
  app.setErrorHandler(sendProblem)
  app.addHook('preParsing', feedAgain)
  for (const router of [routers].flat()) app.register(router, options)
  return handlerOf(app)
}

function handlerOf(app: FastifyInstance): NodeHandler {
  let isReady = false
  const ready = async (): Promise<void> => {
    await app.ready()
    isReady = true
  }
  const handle = (
    request: IncomingMessage,
    response: ServerResponse,
    next?: (error?: unknown) => void,
  ): void => {
    if (isReady) {
      app.routing(request, response)
      return
    }
    ready().then(
      () => app.routing(request, response),
      (error: unknown) => refuse(error, response, next),
    )
  }
  return Object.assign(handle, { ready, close: () => app.close() })
}

/** The routers couldn't be registered: the host's own error handler says so, else a bare 500. */
function refuse(
  error: unknown,
  response: ServerResponse,
  next: ((error?: unknown) => void) | undefined,
): void {
  if (next !== undefined) next(error)
  else response.writeHead(500).end()
}

/** Hands on the body that a middleware of the host has read already. */
const feedAgain: preParsingHookHandler = (request, _reply, payload, done) => {
  if (!request.raw.readableEnded) return done(null, payload)
  const bytes = readBody(request.raw)
  if (bytes === undefined) return done(null, payload)
  if (bytes instanceof Error) return done(bytes)
  // The length and the coding are those of what the host read, not of what is handed on.
  request.headers['content-length'] = String(bytes.length)
  Reflect.deleteProperty(request.headers, 'content-encoding')
  const stream: Readable & { receivedEncodedLength?: number } = Readable.from([bytes])
  stream.receivedEncodedLength = bytes.length
  done(null, stream)
}

/** What was read: the bytes, an error if they can't be had again, `undefined` if nothing was. */
function readBody(raw: IncomingMessage): Buffer | HttpProblem | undefined {
  const rawBody: unknown = Reflect.get(raw, 'rawBody')
  if (Buffer.isBuffer(rawBody)) return rawBody
  const body: unknown = Reflect.get(raw, 'body')
  if (body === undefined) return undefined
  if (Buffer.isBuffer(body)) return body
  if (typeof body === 'string') return Buffer.from(body)
  if (isJsonType(raw.headers['content-type'] ?? '')) return Buffer.from(JSON.stringify(body))
  return new HttpProblem(
    'CACHE_BODY_MALFORMED',
    'Cannot read the body: another middleware has parsed it, and its bytes are gone; mount the cache before that one',
  )
}
