import fastify, { type FastifyPluginAsync } from 'fastify'
import { describe, expect, it } from 'vitest'
import { bodyMiddleware, parseJson } from '../../../src/api/middleware/body-middleware.ts'
import { callerOf } from '../api-stage.ts'

/** Answers what became of the body. */
function echo(bodies: Parameters<typeof bodyMiddleware>[1]) {
  const app = fastify()
  // What a host may have set up must not reach the routes.
  app.addContentTypeParser('text/x-host', (_request, _payload, done) => done(null, 'of the host'))
  const routes: FastifyPluginAsync = async (scope) => {
    bodyMiddleware(scope, bodies)
    scope.post('/', async ({ body }) =>
      Buffer.isBuffer(body) ? { bytes: body.toString('hex') } : { json: body ?? 'nothing' },
    )
  }
  app.register(routes)
  return callerOf(app)
}

describe('bodyMiddleware()', () => {
  it('reads its JSON type as JSON, whatever parameters it has, and the rest as bytes', async () => {
    const call = echo({ jsonType: 'application/x+json', others: 'bytes' })
    const send = async (type: string, body: string) =>
      (await call('POST', '/', { body, headers: { 'content-type': type } })).json
    expect(await send('application/x+json', '[1]')).toEqual({ json: [1] })
    expect(await send('application/x+json; charset=utf-8', '[1]')).toEqual({ json: [1] })
    expect(await send('application/json', '[1]')).toEqual({ bytes: '5b315d' })
    expect(await send('text/x-host', 'a')).toEqual({ bytes: '61' })
  })

  it('refuses the rest when told to, also what its host reads', async () => {
    const call = echo({ jsonType: 'application/json', others: 'refuse' })
    for (const type of ['text/plain', 'text/x-host']) {
      const answer = await call('POST', '/', { body: 'a', headers: { 'content-type': type } })
      expect(answer).toMatchObject({ code: 'CACHE_MEDIA_TYPE_UNSUPPORTED' })
      expect(answer.text).toContain(`expected content type application/json, got ${type}`)
    }
  })

  it('takes no body at all', async () => {
    const call = echo({ jsonType: 'application/json', others: 'refuse' })
    expect((await call('POST', '/')).json).toEqual({ json: 'nothing' })
    const headers = { 'content-type': 'application/json' }
    expect((await call('POST', '/', { headers })).json).toEqual({ json: 'nothing' })
    expect((await call('POST', '/', { body: '', headers })).json).toEqual({ json: 'nothing' })
  })

  it('takes the content encoding "identity", which is none', async () => {
    const call = echo({ jsonType: 'application/json', others: 'bytes' })
    const headers = { 'content-type': 'text/plain', 'content-encoding': 'identity' }
    expect((await call('POST', '/', { body: 'a', headers })).json).toEqual({ bytes: '61' })
    const gzip = { ...headers, 'content-encoding': 'gzip' }
    expect((await call('POST', '/', { body: 'a', headers: gzip })).code).toBe(
      'CACHE_MEDIA_TYPE_UNSUPPORTED',
    )
  })
})

describe('parseJson()', () => {
  it('takes text and bytes, and drops a byte order mark', () => {
    expect(parseJson('{"a":1}')).toEqual({ a: 1 })
    expect(parseJson(Buffer.from('"ü"'))).toBe('ü')
    expect(parseJson(Buffer.from('\ufeff[]'))).toEqual([])
  })

  it('says where it stops being JSON', () => {
    expect(() => parseJson('{"a":1,}')).toThrow(/position 7|line 1 column 8/)
  })

  it('refuses nothing, and what is not UTF-8', () => {
    expect(() => parseJson('')).toThrow('expected JSON, got nothing')
    expect(() => parseJson(Buffer.from([0x22, 0xff, 0x22]))).toThrow('it is not UTF-8')
  })

  it('makes __proto__ a property like any other', () => {
    const value = parseJson('{"__proto__":{"polluted":1}}')
    expect(Object.hasOwn(Object(value), '__proto__')).toBe(true)
    expect(Reflect.get(Object(value), 'polluted')).toBeUndefined()
  })
})
