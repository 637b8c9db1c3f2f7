import fastify, { type FastifyPluginAsync } from 'fastify'
import { describe, expect, it } from 'vitest'
import type { CacheMetrics } from '../../../src/api/dependencies/cache-metrics.ts'
import { cacheMetrics } from '../../../src/api/dependencies/cache-metrics.ts'
import { cacheSource } from '../../../src/api/dependencies/cache-source.ts'
import { cacheMetricsMiddleware } from '../../../src/api/middleware/cache-metrics-middleware.ts'
import { createCache } from '../../../src/module.ts'
import { callerOf } from '../api-stage.ts'

/** Keeps what was noted. */
function recordingMetrics(): CacheMetrics & { readonly noted: unknown[] } {
  const noted: unknown[] = []
  return {
    ...cacheMetrics(cacheSource(createCache())),
    noted,
    recorder: (route, method) => (status, durationMs) => {
      noted.push({ route, method, status, isTime: durationMs >= 0 })
    },
  }
}

describe('cacheMetricsMiddleware()', () => {
  it('notes each request under its pattern, method and status, failures included', async () => {
    const metrics = recordingMetrics()
    const app = fastify()
    const routes: FastifyPluginAsync = async (scope) => {
      cacheMetricsMiddleware(scope, metrics)
      scope.route({ method: ['GET', 'PUT'], url: '/a/:key', handler: async () => 'x' })
      scope.get('/fails', async () => {
        throw new Error('no')
      })
    }
    await app.register(routes, { prefix: '/p' })
    app.get('/outside', async () => 'x')
    const call = callerOf(app)
    await call('GET', '/p/a/secret')
    await call('PUT', '/p/a/secret')
    await call('GET', '/p/fails')
    await call('GET', '/outside')
    await app.close()
    expect(metrics.noted).toEqual([
      { route: '/p/a/:key', method: 'GET', status: 200, isTime: true },
      { route: '/p/a/:key', method: 'PUT', status: 200, isTime: true },
      { route: '/p/fails', method: 'GET', status: 500, isTime: true },
    ])
  })

  it('leaves the hooks of a route in place', async () => {
    const metrics = recordingMetrics()
    const app = fastify()
    const seen: string[] = []
    const routes: FastifyPluginAsync = async (scope) => {
      cacheMetricsMiddleware(scope, metrics)
      scope.get('/a', { onResponse: async () => void seen.push('own') }, async () => 'x')
    }
    await app.register(routes)
    await callerOf(app)('GET', '/a')
    await app.close()
    expect(seen).toEqual(['own'])
    expect(metrics.noted).toHaveLength(1)
  })
})
