import type { FastifyInstance, onResponseHookHandler } from 'fastify'
import type { CacheMetrics } from '../dependencies/cache-metrics.ts'

/** Measures every request to the routes that are added to `app` after this call, under their pattern. */
export function cacheMetricsMiddleware(app: FastifyInstance, metrics: CacheMetrics): void {
  app.addHook('onRoute', (route) => {
    const others = route.onResponse === undefined ? [] : [route.onResponse].flat()
    // A hook per route, made once: reading the pattern off a request would copy its route's options.
    route.onResponse = [...others, measuring(metrics, route.url, [route.method].flat())]
  })
}

function measuring(
  metrics: CacheMetrics,
  url: string,
  methods: readonly string[],
): onResponseHookHandler {
  const recorders = new Map(methods.map((method) => [method, metrics.recorder(url, method)]))
  return (request, reply, done) => {
    recorders.get(request.method)?.(reply.statusCode, reply.elapsedTime)
    done()
  }
}
