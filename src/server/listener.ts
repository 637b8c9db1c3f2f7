import { randomBytes } from 'node:crypto'
import fastify, {
  type FastifyBaseLogger,
  type FastifyInstance,
  type FastifyServerOptions,
} from 'fastify'
import { problemNotFound, sendProblem } from '../api/middleware/problem-middleware.ts'
import { FASTIFY_OPTIONS } from '../api/to-node-handler.ts'
import { loopbackGuard } from './loopback-guard.ts'
import type { ServerLog } from './server-log.ts'

/** A request that hasn't arrived whole by then is ended, so that slow senders don't pile up. */
const REQUEST_TIMEOUT_MS = 120_000

/** What a listener is made with. */
export interface ListenerOptions {
  /** Its own log, or that of another listener. */
  readonly log: ServerLog | FastifyBaseLogger
  /** Nobody says who they are: admit only what comes from this machine. */
  readonly isGuarded: boolean
}

/** A Fastify app that answers everything with problem details, and has no routes yet. */
export function listener({ log, isGuarded }: ListenerOptions): FastifyInstance {
  const app = fastify({
    ...FASTIFY_OPTIONS,
    ...('stream' in log ? { logger: requestLog(log) } : { loggerInstance: log }),
    requestTimeout: REQUEST_TIMEOUT_MS,
    forceCloseConnections: 'idle',
    genReqId: requestIds(),
  } satisfies FastifyServerOptions)
  app.setNotFoundHandler(problemNotFound)
  app.setErrorHandler(sendProblem)
  if (isGuarded) app.addHook('onRequest', loopbackGuard)
  return app
}

/**
 * Fastify tells of each request at the level `info`, which would be most of what a cache does; it is
 * worth it only to those who look for something.
 */
function requestLog(log: ServerLog): ServerLog {
  return log.level === 'info' ? { ...log, level: 'warn' } : log
}

/** Ids that are unique over restarts and listeners, since people look for them in logs. */
function requestIds(): () => string {
  const prefix = randomBytes(4).toString('hex')
  let count = 0
  return () => {
    count += 1
    return `${prefix}-${count.toString(36)}`
  }
}

/** Ends a listener: no new connections, and the requests that run may end until the time is up. Answers false if one had to be cut. */
export async function drainListener(app: FastifyInstance, timeoutMs: number): Promise<boolean> {
  let isClean = true
  // A connection whose request ends now would stay open, waiting for the next, as long as keep-alive lasts.
  const sweep = setInterval(() => app.server.closeIdleConnections(), SWEEP_INTERVAL_MS)
  const deadline = setTimeout(() => {
    isClean = false
    app.server.closeAllConnections()
  }, timeoutMs)
  try {
    await app.close()
  } finally {
    clearInterval(sweep)
    clearTimeout(deadline)
  }
  return isClean
}

const SWEEP_INTERVAL_MS = 20
