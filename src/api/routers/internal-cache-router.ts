import type {
  FastifyInstance,
  FastifyPluginAsync,
  FastifyReply,
  FastifyRequest,
  FastifySchema,
} from 'fastify'
import Type from 'typebox'
import type { CacheDependencies } from '../dependencies/cache-dependencies.ts'
import { type Access, trustedAccess } from '../dependencies/caller.ts'
import {
  CacheHealthResponse,
  cacheHealthResponse,
  HEALTH_TYPE,
  HealthQuery,
} from '../models/responses/cache-health-response.ts'
import { HttpProblem } from '../models/responses/problem-response.ts'
import { type CacheRouterOptions, openRouter } from './open-router.ts'
import { operation } from './operation.ts'
import { dataRoutes } from './tenant-cache-router/data-routes.ts'

/**
 * What the orchestrator and other services use, on a listener of its own that only they reach: health,
 * metrics, and under `/v1` the entries. It asks for no credential, so mount it nowhere else.
 */
export const internalCacheRouter: FastifyPluginAsync<CacheRouterOptions> = async (
  app,
  { dependencies },
) => {
  const router = openRouter(app, dependencies)
  const access = trustedAccess(dependencies)
  healthRoutes(app, access, dependencies)
  metricsRoute(app, access, dependencies)
  await app.register(dataRoutes, { access })
  router.close()
}

const healthAnswers = {
  200: { description: 'It is', media: { [HEALTH_TYPE]: CacheHealthResponse } },
  503: { description: 'It is not', media: { [HEALTH_TYPE]: CacheHealthResponse } },
}

interface ProbeRoute {
  Querystring: HealthQuery
}

function healthRoutes(app: FastifyInstance, access: Access, dependencies: CacheDependencies): void {
  const live = {
    id: 'isLive',
    tag: 'health',
    summary: 'Whether the process answers at all',
    description: 'Looks at nothing else, so that an outage elsewhere does not restart the service.',
    answers: { 200: healthAnswers[200] },
  }
  const ready = {
    id: 'isReady',
    tag: 'health',
    summary: 'Whether the service wants traffic',
    query: HealthQuery,
    answers: healthAnswers,
  }
  const started = {
    id: 'isStarted',
    tag: 'health',
    summary: 'Whether the service has started',
    answers: healthAnswers,
  }
  probe(app, '/livez', operation(access, live), (_request, reply) =>
    sendHealth(reply, { status: 'pass' }),
  )
  probe(app, '/readyz', operation(access, ready), (request, reply) =>
    answerReady(request, reply, dependencies),
  )
  probe(app, '/startupz', operation(access, started), (_request, reply) => {
    const isStarted = dependencies.readiness() !== 'starting'
    return sendHealth(reply, { status: isStarted ? 'pass' : 'fail' })
  })
}

/** A route for GET and, since some load balancers probe so, for HEAD, which the documentation passes over. */
function probe(
  app: FastifyInstance,
  url: string,
  schema: FastifySchema,
  handler: (request: FastifyRequest<ProbeRoute>, reply: FastifyReply) => FastifyReply,
): void {
  app.get<ProbeRoute>(url, { exposeHeadRoute: false, schema, handler })
  app.head<ProbeRoute>(url, { schema: { ...schema, hide: true } as FastifySchema, handler })
}

function answerReady(
  request: FastifyRequest<ProbeRoute>,
  reply: FastifyReply,
  dependencies: CacheDependencies,
): FastifyReply {
  const caches = dependencies.tenants().flatMap(({ name }) => {
    const cache = dependencies.cacheFor(name)
    return cache === undefined ? [] : [[name, cache.health()] as const]
  })
  const health = cacheHealthResponse(dependencies.readiness(), new Map(caches))
  return sendHealth(reply, request.query.verbose === true ? health : { status: health.status })
}

function sendHealth(reply: FastifyReply, health: CacheHealthResponse): FastifyReply {
  return reply
    .code(health.status === 'fail' ? 503 : 200)
    .headers({ 'cache-control': 'no-store', 'content-type': HEALTH_TYPE })
    .send(health)
}

function metricsRoute(app: FastifyInstance, access: Access, { metrics }: CacheDependencies): void {
  app.get('/metrics', {
    exposeHeadRoute: false,
    schema: operation(access, {
      id: 'getMetrics',
      tag: 'health',
      summary: 'The metrics, as Prometheus reads them',
      answers: {
        200: { description: 'Text exposition format', media: { 'text/plain': Type.String() } },
      },
    }),
    handler: async (_request, reply) => {
      if (metrics === undefined) {
        throw new HttpProblem('CACHE_ROUTE_UNKNOWN', 'Cannot show metrics: they are switched off')
      }
      const text = await metrics.registry.metrics()
      return reply.header('content-type', metrics.registry.contentType).send(text)
    },
  })
}
