import fastify, { type FastifyPluginAsync } from 'fastify'
import { describe, expect, it } from 'vitest'
import { methodMiddleware } from '../../../src/api/middleware/method-middleware.ts'
import { problemMiddleware } from '../../../src/api/middleware/problem-middleware.ts'
import { callerOf } from '../api-stage.ts'

const inner: FastifyPluginAsync = async (scope) => {
  scope.put('/a', async () => 'put')
}

const mounted: FastifyPluginAsync = async (scope) => {
  problemMiddleware(scope)
  const methods = methodMiddleware(scope)
  scope.get('/a', { exposeHeadRoute: false }, async () => 'a')
  await scope.register(inner)
  scope.route({
    method: ['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE'],
    url: '/all',
    handler: async () => 'all',
  })
  methods.close()
}

function prefixed() {
  const app = fastify()
  app.get('/outside', async () => 'outside')
  app.register(mounted, { prefix: '/mounted' })
  return callerOf(app)
}

describe('methodMiddleware()', () => {
  it('answers 405 with the methods of the path, those of inner scopes included', async () => {
    const call = prefixed()
    for (const method of ['POST', 'PATCH', 'DELETE'] as const) {
      const answer = await call(method, '/mounted/a')
      expect(answer).toMatchObject({ status: 405, code: 'CACHE_METHOD_NOT_ALLOWED' })
      expect(answer.headers['allow']).toBe('GET, PUT')
    }
    expect((await call('HEAD', '/mounted/a')).status).toBe(405)
  })

  it('leaves the methods that there are', async () => {
    const call = prefixed()
    expect((await call('GET', '/mounted/a')).text).toBe('a')
    expect((await call('PUT', '/mounted/a')).text).toBe('put')
    expect((await call('DELETE', '/mounted/all')).text).toBe('all')
  })

  it('refuses before it reads the body, whatever its type', async () => {
    const headers = { 'content-type': 'application/json' }
    const answer = await prefixed()('POST', '/mounted/a', { body: '{', headers })
    expect(answer.status).toBe(405)
  })

  it('leaves OPTIONS, and what is outside of it, to the host', async () => {
    const call = prefixed()
    expect((await call('OPTIONS', '/mounted/a')).status).toBe(404)
    expect((await call('POST', '/outside')).status).toBe(404)
    expect((await call('POST', '/mounted/unknown')).status).toBe(404)
  })
})
