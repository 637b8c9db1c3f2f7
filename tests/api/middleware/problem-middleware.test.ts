import fastify, { type FastifyPluginAsync } from 'fastify'
import { describe, expect, it } from 'vitest'
import {
  problemMiddleware,
  problemNotFound,
  sendProblem,
} from '../../../src/api/middleware/problem-middleware.ts'
import { HttpProblem } from '../../../src/api/models/responses/problem-response.ts'
import { CacheError } from '../../../src/core/exceptions/cache-error.ts'
import { callerOf } from '../api-stage.ts'

/** An error of somebody else, with a status of its own. */
function foreign(statusCode: number): Error {
  return Object.assign(new Error('of somebody else'), { statusCode })
}

/** Throws in a route, with a log that the test reads. */
function throwing(error: unknown) {
  const lines: string[] = []
  const stream = { write: (line: string) => void lines.push(line) }
  const app = fastify({ logger: { level: 'error', stream } })
  app.setErrorHandler((_error, _request, reply) => reply.code(418).send({ by: 'the host' }))
  const routes: FastifyPluginAsync = async (scope) => {
    problemMiddleware(scope)
    scope.get('/a', () => Promise.reject(error))
  }
  app.register(routes)
  return { call: callerOf(app), lines }
}

describe('problemMiddleware()', () => {
  it('answers an error of the library with its code, its words and the status of the registry', async () => {
    const { call, lines } = throwing(new CacheError('CACHE_TTL_INVALID', 'Cannot use ttl: no'))
    const answer = await call('GET', '/a?secret=1')
    expect(answer.status).toBe(422)
    expect(answer.headers['content-type']).toBe('application/problem+json')
    expect(answer.headers['cache-control']).toBe('no-store')
    expect(answer.json).toEqual({
      type: 'urn:platform-cache:problem:CACHE_TTL_INVALID',
      title: 'The TTL is none',
      status: 422,
      detail: 'Cannot use ttl: no',
      instance: '/a',
      code: 'CACHE_TTL_INVALID',
      requestId: 'req-1',
    })
    expect(lines).toEqual([])
  })

  it('knows an error of another copy of the library by its name and code', async () => {
    const error = Object.assign(new Error('away'), { name: 'CacheError', code: 'CACHE_CLOSED' })
    expect(await throwing(error).call('GET', '/a')).toMatchObject({
      status: 503,
      code: 'CACHE_CLOSED',
    })
  })

  it('answers a problem with its headers and faults', async () => {
    const error = new HttpProblem('CACHE_METHOD_NOT_ALLOWED', 'no', {
      headers: { allow: 'GET' },
      errors: [{ field: '/a', message: 'b' }],
    })
    const answer = await throwing(error).call('GET', '/a')
    expect(answer.headers['allow']).toBe('GET')
    expect(answer.json['errors']).toEqual([{ field: '/a', message: 'b' }])
  })

  it.each([
    ['an error', new Error('the password is 1234')],
    ['an error with status 500', foreign(500)],
    [
      'a code of a newer library',
      Object.assign(new Error('x'), { name: 'CacheError', code: 'CACHE_NEW' }),
    ],
    ['no error at all', 'a text'],
    ['null', null],
  ])('answers %s with 500, tells the log and not the client', async (_name, error) => {
    const { call, lines } = throwing(error)
    const answer = await call('GET', '/a')
    if (error === null) {
      // Fastify itself takes a rejection without a reason for one.
      expect(answer.status).toBe(500)
      return
    }
    expect(answer).toMatchObject({ status: 500, code: 'CACHE_INTERNAL' })
    expect(answer.text).not.toContain('1234')
    expect(lines).toHaveLength(1)
    expect(lines[0]).toContain(String(answer.json['requestId']))
  })

  it('leaves an error that says its own status to the host', async () => {
    const answer = await throwing(foreign(429)).call('GET', '/a')
    expect(answer).toMatchObject({ status: 418, json: { by: 'the host' } })
  })

  it('does not touch the routes of the host', async () => {
    const app = fastify()
    const empty: FastifyPluginAsync = async (scope) => problemMiddleware(scope)
    app.register(empty)
    app.get('/host', () => Promise.reject(new CacheError('CACHE_CLOSED', 'x')))
    expect((await callerOf(app)('GET', '/host')).headers['content-type']).toContain(
      'application/json',
    )
  })
})

describe('sendProblem() for a whole server', () => {
  it('answers a foreign error below 500 with what it says', async () => {
    const app = fastify()
    app.setErrorHandler((error: Error, request, reply) => sendProblem(error, request, reply))
    app.get('/a', () => Promise.reject(foreign(429)))
    app.get('/b', () => Promise.reject(foreign(503)))
    const call = callerOf(app)
    expect(await call('GET', '/a')).toMatchObject({ status: 422, code: 'CACHE_REQUEST_INVALID' })
    expect(await call('GET', '/b')).toMatchObject({ status: 500, code: 'CACHE_INTERNAL' })
  })
})

describe('problemNotFound()', () => {
  it('answers an unknown path', async () => {
    const app = fastify()
    app.setNotFoundHandler(problemNotFound)
    const answer = await callerOf(app)('POST', '/nowhere?a=b')
    expect(answer).toMatchObject({ status: 404, code: 'CACHE_ROUTE_UNKNOWN' })
    expect(answer.json['instance']).toBe('/nowhere')
  })
})
