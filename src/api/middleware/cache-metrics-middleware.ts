import type { FastifyInstance } from 'fastify'
import type { CacheMetrics } from '../dependencies/cache-metrics.ts'

/** Measures every request to the routes that are added to `app` after this call, under their pattern. */
export function cacheMetricsMiddleware(app: FastifyInstance, metrics: CacheMetrics): void {
  app.addHook('onRoute', (route) => {
    const { url } = route
    const own = route.onResponse === undefined ? [] : [route.onResponse].flat()
    // One hook per route, made once: reading the pattern off a request would copy its route's options.
    route.onResponse = [
      ...own,
      (request, reply, done) => {
        metrics.observeRequest({
          route: url,
          method: request.method,
          status: reply.statusCode,
          durationMs: reply.elapsedTime,
        })
        done()
      },
    ]
  })
}
