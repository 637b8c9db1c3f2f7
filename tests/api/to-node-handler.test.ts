import 'reflect-metadata'
import { createServer, type RequestListener, type Server } from 'node:http'
import { gzipSync } from 'node:zlib'
import { Controller, Get, Module } from '@nestjs/common'
import { NestFactory } from '@nestjs/core'
import type { NestExpressApplication } from '@nestjs/platform-express'
import { FastifyAdapter, type NestFastifyApplication } from '@nestjs/platform-fastify'
import express, { type ErrorRequestHandler } from 'express'
import fastify from 'fastify'
import { afterEach, describe, expect, it } from 'vitest'
import {
  adminCacheRouter,
  type CacheRouter,
  cacheDependencies,
  ENVELOPE_TYPE,
  FASTIFY_OPTIONS,
  type NodeHandler,
  TRUSTED_PRINCIPAL,
  tenantCacheRouter,
  toNodeHandler,
} from '../../src/http.ts'
import { createCache } from '../../src/module.ts'

const closing: (() => unknown)[] = []

afterEach(async () => {
  for (const close of closing.splice(0)) await close()
})

function routerOptions() {
  const cache = createCache()
  const dependencies = cacheDependencies({ cache, authenticate: () => TRUSTED_PRINCIPAL })
  return { cache, dependencies }
}

function handlerOf(routers: CacheRouter | CacheRouter[] = tenantCacheRouter): NodeHandler {
  const handler = toNodeHandler(routers, routerOptions())
  closing.push(() => handler.close())
  return handler
}

async function listen(listener: RequestListener): Promise<string> {
  const server: Server = createServer(listener)
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  closing.push(() => new Promise((resolve) => server.close(resolve)))
  const address = server.address()
  return typeof address === 'object' && address !== null ? `http://127.0.0.1:${address.port}` : ''
}

interface Reply {
  readonly status: number
  readonly type: string
  readonly text: string
  readonly json: Record<string, unknown>
}

async function send(method: string, url: string, body?: BodyInit, type?: string): Promise<Reply> {
  const response = await fetch(url, {
    method,
    headers: type === undefined ? {} : { 'content-type': type },
    ...(body === undefined ? {} : { body }),
  })
  const text = await response.text()
  const replyType = response.headers.get('content-type') ?? ''
  const json = replyType.includes('json') && text.startsWith('{') ? JSON.parse(text) : {}
  return { status: response.status, type: replyType, text, json }
}

const JSON_TYPE = 'application/json'
const ENTRY = '/v1/caches/users/entries/a'

/** What must work in every host. */
async function assertWorks(base: string): Promise<void> {
  expect((await send('PUT', `${base}${ENTRY}`, 'hello', 'text/plain')).status).toBe(201)
  expect(await send('GET', `${base}${ENTRY}`)).toMatchObject({
    status: 200,
    text: 'hello',
    type: 'text/plain',
  })
  const head = await fetch(`${base}${ENTRY}`, { method: 'HEAD' })
  expect([head.headers.get('content-length'), await head.text()]).toEqual(['5', ''])
  const envelope = '{"value":{"n":1},"tags":["t"]}'
  expect((await send('PUT', `${base}${ENTRY}`, envelope, ENVELOPE_TYPE)).status).toBe(204)
  expect((await send('GET', `${base}${ENTRY}`)).text).toBe('{"n":1}')
  const keys = '{"keys":["a","b"]}'
  const batch = await send('POST', `${base}/v1/caches/users/_mget`, keys, JSON_TYPE)
  expect(batch.json['items']).toMatchObject([{ status: 200 }, { status: 404 }])
  const flushed = await send('POST', `${base}/v1/caches/users/_flush`)
  expect(flushed.json).toMatchObject({ propagated: true })
  const miss = await send('GET', `${base}${ENTRY}`)
  expect(miss).toMatchObject({ status: 404, type: 'application/problem+json' })
  expect(miss.json['instance']).toBe(new URL(`${base}${ENTRY}`).pathname)
  const long = await send('PUT', `${base}/v1/caches/users/entries/${'k'.repeat(512)}`, 'x')
  expect(long.status).toBe(201)
  expect((await send('POST', `${base}/v1/caches/users/_mget`, '{', JSON_TYPE)).json['code']).toBe(
    'CACHE_BODY_MALFORMED',
  )
}

describe('toNodeHandler() in node:http', () => {
  it('works, and answers everything else with problems', async () => {
    const base = await listen(handlerOf())
    await assertWorks(base)
    expect((await send('GET', `${base}/nothing`)).json['code']).toBe('CACHE_ROUTE_UNKNOWN')
    expect((await send('GET', `${base}/v1/caches/a/entries/%FF`)).json['code']).toBe(
      'CACHE_URL_MALFORMED',
    )
    expect((await send('GET', `${base}/v1/caches/${'a'.repeat(9000)}`)).json['code']).toBe(
      'CACHE_PATH_TOO_LONG',
    )
  })

  it('mounts several routers together', async () => {
    const base = await listen(handlerOf([tenantCacheRouter, adminCacheRouter]))
    expect((await send('GET', `${base}/v1/admin/overview`)).status).toBe(200)
    expect((await send('GET', `${base}/v1/caches`)).status).toBe(200)
  })

  it('can be made ready before the first request', async () => {
    const handler = handlerOf()
    await handler.ready()
    await assertWorks(await listen(handler))
  })

  it('answers 500 if a router cannot be registered', async () => {
    const base = await listen(handlerOf(async () => Promise.reject(new Error('no'))))
    expect((await send('GET', `${base}${ENTRY}`)).status).toBe(500)
  })
})

describe('toNodeHandler() in Express', () => {
  it('works under a path, and leaves the rest to the host', async () => {
    const app = express()
    app.use('/cache', handlerOf())
    app.get('/own', (_request, response) => void response.send('own'))
    const base = await listen(app)
    await assertWorks(`${base}/cache`)
    expect((await send('GET', `${base}/own`)).text).toBe('own')
    expect((await send('GET', `${base}/unknown`)).type).toContain('text/html')
  })

  it('works behind express.json(), which has read the body already', async () => {
    const app = express()
    app.use(express.json())
    app.use('/cache', handlerOf())
    const base = `${await listen(app)}/cache`
    const keys = await send('POST', `${base}/v1/caches/users/_mget`, '{"keys":["a"]}', JSON_TYPE)
    expect(keys.json['items']).toMatchObject([{ key: 'a', status: 404 }])
    const put = await send('PUT', `${base}${ENTRY}`, '{ "n" : 1 }', JSON_TYPE)
    expect(put.status).toBe(201)
    expect((await send('GET', `${base}${ENTRY}`)).text).toBe('{"n":1}')
    expect((await send('PUT', `${base}${ENTRY}`, 'text', 'text/plain')).status).toBe(204)
    expect((await send('GET', `${base}${ENTRY}`)).text).toBe('text')
    expect((await send('POST', `${base}/v1/caches/users/_flush`)).status).toBe(200)
  })

  it('takes a body that express.json() has unpacked for what it is now', async () => {
    const app = express()
    app.use(express.json())
    app.use('/cache', handlerOf())
    const base = `${await listen(app)}/cache`
    const response = await fetch(`${base}/v1/caches/users/_mget`, {
      method: 'POST',
      headers: { 'content-type': JSON_TYPE, 'content-encoding': 'gzip' },
      body: gzipSync('{"keys":["a"]}'),
    })
    expect(response.status).toBe(200)
  })

  it('takes bytes from express.raw(), text from express.text(), and rawBody before both', async () => {
    const app = express()
    app.use('/raw', express.raw({ type: () => true }), handlerOf())
    app.use('/text', express.text({ type: () => true }), handlerOf())
    const keepRawBody = express.json({
      verify: (request, _response, buffer) => {
        Reflect.set(request, 'rawBody', buffer)
      },
    })
    app.use('/kept', keepRawBody, handlerOf())
    const base = await listen(app)
    for (const mount of ['/raw', '/text', '/kept']) {
      const url = `${base}${mount}${ENTRY}`
      expect((await send('PUT', url, '{ "n" : 1 }', JSON_TYPE)).status).toBe(201)
      expect((await send('GET', url)).text).toBe('{ "n" : 1 }')
    }
  })

  it('refuses a body whose bytes are gone, and says what to do', async () => {
    const app = express()
    app.use(express.urlencoded({ extended: true }))
    app.use('/cache', handlerOf())
    const base = `${await listen(app)}/cache`
    const answer = await send('PUT', `${base}${ENTRY}`, 'a=1', 'application/x-www-form-urlencoded')
    expect(answer).toMatchObject({ status: 400, json: { code: 'CACHE_BODY_MALFORMED' } })
    expect(answer.json['detail']).toContain('mount the cache before')
    expect((await send('GET', `${base}${ENTRY}`)).status).toBe(404)
  })

  it('hands a failure to register to the error handler of the host', async () => {
    const app = express()
    app.use(
      '/cache',
      handlerOf(async () => Promise.reject(new Error('no router'))),
    )
    const onError: ErrorRequestHandler = (error: Error, _request, response, _next) => {
      response.status(500).send(error.message)
    }
    app.use(onError)
    const base = await listen(app)
    expect(await send('GET', `${base}/cache${ENTRY}`)).toMatchObject({
      status: 500,
      text: 'no router',
    })
  })
})

/** A Nest application with a route of its own; decorators are applied as functions. */
class HostController {
  hello(): string {
    return 'own'
  }
}
Controller('own')(HostController)
const hello = Object.getOwnPropertyDescriptor(HostController.prototype, 'hello')
if (hello !== undefined) Get()(HostController.prototype, 'hello', hello)
class HostModule {}
Module({ controllers: [HostController] })(HostModule)

describe('the routers in Nest', () => {
  it('work on Express as a handler, beside the routes and body parsers of the host', async () => {
    const app = await NestFactory.create<NestExpressApplication>(HostModule, { logger: false })
    closing.push(() => app.close())
    app.use('/cache', handlerOf())
    await app.listen(0, '127.0.0.1')
    const base = await app.getUrl()
    await assertWorks(`${base}/cache`)
    expect((await send('GET', `${base}/own`)).text).toBe('own')
  })

  it('work on Express when the host parses bodies first', async () => {
    const app = await NestFactory.create<NestExpressApplication>(HostModule, { logger: false })
    closing.push(() => app.close())
    app.useBodyParser('json')
    app.use('/cache', handlerOf())
    await app.listen(0, '127.0.0.1')
    const base = `${await app.getUrl()}/cache`
    const answer = await send('POST', `${base}/v1/caches/users/_mget`, '{"keys":["a"]}', JSON_TYPE)
    expect(answer.json['items']).toMatchObject([{ key: 'a', status: 404 }])
  })

  it('work on Fastify as plugins', async () => {
    const adapter = new FastifyAdapter({ ...FASTIFY_OPTIONS })
    const app = await NestFactory.create<NestFastifyApplication>(HostModule, adapter, {
      logger: false,
    })
    closing.push(() => app.close())
    await app
      .getHttpAdapter()
      .getInstance()
      .register(tenantCacheRouter, { prefix: '/cache', ...routerOptions() })
    await app.listen(0, '127.0.0.1')
    const base = await app.getUrl()
    await assertWorks(`${base}/cache`)
    expect((await send('GET', `${base}/own`)).text).toBe('own')
  })
})

describe('the routers in Fastify', () => {
  it('work under a prefix, and change nothing for the host', async () => {
    const app = fastify(FASTIFY_OPTIONS)
    closing.push(() => app.close())
    await app.register(tenantCacheRouter, { prefix: '/cache', ...routerOptions() })
    app.get('/own', () => Promise.reject(new Error('of the host')))
    app.post('/own', async ({ body }) => body)
    const base = await app.listen({ port: 0, host: '127.0.0.1' })
    await assertWorks(`${base}/cache`)
    expect((await send('GET', `${base}/own`)).json).toMatchObject({ message: 'of the host' })
    expect((await send('POST', `${base}/own`, '{"a":1}', JSON_TYPE)).json).toEqual({ a: 1 })
    expect((await send('GET', `${base}/unknown`)).json).toMatchObject({ error: 'Not Found' })
  })
})
