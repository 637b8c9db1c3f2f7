import fastify, { type FastifyPluginAsync } from 'fastify'
import Type, { type TSchema } from 'typebox'
import { describe, expect, it } from 'vitest'
import { problemMiddleware } from '../../../src/api/middleware/problem-middleware.ts'
import { validationMiddleware } from '../../../src/api/middleware/validation-middleware.ts'
import { callerOf } from '../api-stage.ts'

/** Answers body and query as a handler gets them. */
function echo(schema: { body?: TSchema; querystring?: TSchema; response?: object }) {
  const app = fastify()
  // A host may have compilers of its own, which expect other kinds of schema.
  app.setValidatorCompiler(() => () => false)
  app.setSerializerCompiler(() => () => '"of the host"')
  const routes: FastifyPluginAsync = async (scope) => {
    validationMiddleware(scope)
    problemMiddleware(scope)
    scope.post(
      '/:p',
      { schema: { ...schema, params: Type.Object({ p: Type.Integer() }) } },
      async (request) => ({
        body: request.body,
        query: request.query,
      }),
    )
  }
  app.register(routes)
  return callerOf(app)
}

const query = Type.Object(
  {
    n: Type.Optional(Type.Integer({ minimum: 1, maximum: 10 })),
    flag: Type.Optional(Type.Boolean()),
    text: Type.Optional(Type.String()),
  },
  { additionalProperties: false },
)

describe('validationMiddleware() of queries', () => {
  it.each([
    ['', {}],
    ['?n=1&flag=1&text=1', { n: 1, flag: true, text: '1' }],
    ['?n=10&flag=true&text=true', { n: 10, flag: true, text: 'true' }],
    ['?flag=0', { flag: false }],
    ['?flag=false', { flag: false }],
    ['?flag', { flag: true }],
  ])('reads %s as %j', async (url, expected) => {
    const answer = await echo({ querystring: query })('POST', `/x${url}`)
    expect(answer.json['query']).toEqual(expected)
  })

  it.each([
    ['?n=0', '?n', 'must be >= 1'],
    ['?n=11', '?n', 'must be <= 10'],
    ['?n=1.0', '?n', 'must be integer'],
    ['?n=0x1', '?n', 'must be integer'],
    ['?n=', '?n', 'must be integer'],
    ['?n=9999999999999999', '?n', 'must be integer'],
    ['?flag=yes', '?flag', 'must be boolean'],
    ['?text=a&text=b', '?text', 'must be string'],
    ['?other=1', '?other', 'there is no such field'],
  ])('refuses %s', async (url, field, message) => {
    const answer = await echo({ querystring: query })('POST', `/x${url}`)
    expect(answer).toMatchObject({ status: 422, code: 'CACHE_REQUEST_INVALID' })
    expect(answer.json['errors']).toEqual([{ field, message }])
    expect(answer.json['detail']).toBe(`Cannot use the query: ${field}: ${message}`)
  })

  it('refuses a query without what it must have', async () => {
    const call = echo({ querystring: Type.Object({ n: Type.Integer() }) })
    const answer = await call('POST', '/x')
    expect(answer.json['errors']).toEqual([{ field: '?n', message: 'is missing' }])
  })
})

const body = Type.Object(
  {
    name: Type.String(),
    ttl: Type.Optional(Type.Union([Type.String(), Type.Number()])),
    tags: Type.Optional(Type.Array(Type.String())),
    inner: Type.Optional(Type.Object({ a: Type.Integer() }, { additionalProperties: false })),
  },
  { additionalProperties: false },
)

describe('validationMiddleware() of bodies', () => {
  it('takes them as they are, and turns nothing into anything else', async () => {
    const value = { name: 'a', ttl: '5', tags: [], inner: { a: 1 } }
    expect((await echo({ body })('POST', '/x', { body: value })).json['body']).toEqual(value)
  })

  it.each([
    [{}, '/name', 'is missing'],
    [{ name: 1 }, '/name', 'must be string'],
    [{ name: 'a', ttl: {} }, '/ttl', 'has a type it can not have'],
    [{ name: 'a', tags: ['a', 1] }, '/tags/1', 'must be string'],
    [{ name: 'a', inner: { a: '1' } }, '/inner/a', 'must be integer'],
    [{ name: 'a', inner: { a: 1, b: 2 } }, '/inner/b', 'there is no such field'],
    [[], '', 'must be object'],
  ])('refuses %j once, at %s', async (value, field, message) => {
    const answer = await echo({ body })('POST', '/x', { body: value })
    expect(answer).toMatchObject({ status: 422, code: 'CACHE_REQUEST_INVALID' })
    expect(answer.json['errors']).toEqual([{ field, message }])
  })

  it('names every unknown field, but not a list without end', async () => {
    const two = await echo({ body })('POST', '/x', { body: { name: 'a', x: 1, y: 2 } })
    expect(two.json['errors']).toMatchObject([{ field: '/x' }, { field: '/y' }])
    const many = Object.fromEntries(Array.from({ length: 50 }, (_, n) => [`x${n}`, n]))
    const answer = await echo({ body })('POST', '/x', { body: { name: 'a', ...many } })
    expect(answer.json['errors']).toHaveLength(8)
  })
})

describe('validationMiddleware() of the rest', () => {
  it('leaves path parameters to their own parsers', async () => {
    expect((await echo({})('POST', '/no-integer')).status).toBe(200)
  })

  it('drops no field that a response schema does not know', async () => {
    const response = { 200: Type.Object({ query: Type.Unknown() }) }
    const answer = await echo({ response })('POST', '/x', { body: { a: 1 } })
    expect(answer.json['body']).toEqual({ a: 1 })
  })
})
