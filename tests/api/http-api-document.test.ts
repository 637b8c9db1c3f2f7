import { readFileSync } from 'node:fs'
import { STATUS_CODES } from 'node:http'
import fastify from 'fastify'
import { describe, expect, it } from 'vitest'
import { cacheSource } from '../../src/api/dependencies/cache-source.ts'
import {
  adminCacheRouter,
  type CacheRouter,
  cacheDependencies,
  cacheMetrics,
  DEFAULT_API_LIMITS,
  internalCacheRouter,
  SCOPES,
  TRUSTED_PRINCIPAL,
  tenantCacheRouter,
} from '../../src/http.ts'
import { createCache } from '../../src/module.ts'
import { type HttpMessage, parseHttpMessages } from '../docs/http-message.ts'
import { type Answer, apiStage, type Call } from './api-stage.ts'

const document = readFileSync('docs/http-api.md', 'utf8')
const blocks = [...document.matchAll(/^```http\n([\s\S]*?)^```$/gm)].map(([, text = '']) => text)

/** Fields whose values differ from run to run; examples show some value of the right type. */
const VOLATILE = new Set(['requestId', 'sizeBytes', 'bytes', 'position', 'token'])

async function routesOf(...routers: CacheRouter[]): Promise<string[]> {
  const app = fastify({ logger: false })
  const routes: string[] = []
  app.addHook('onRoute', ({ method, url, schema }) => {
    if (Reflect.get(Object(schema), 'hide') === true) return
    for (const one of [method].flat()) routes.push(`${one} ${url.replace(/:(\w+)/g, '{$1}')}`)
  })
  const cache = createCache()
  const dependencies = cacheDependencies({ cache, authenticate: () => TRUSTED_PRINCIPAL })
  for (const router of routers) await app.register(router, { dependencies })
  await app.ready()
  await app.close()
  return routes
}

describe('docs/http-api.md', () => {
  it('has a row for every route, and for no other', async () => {
    const rows = [...document.matchAll(/^\| `((?:GET|HEAD|PUT|POST|PATCH|DELETE) \/\S+)` \|/gm)]
    const documented = rows.map(([, route]) => route)
    const open = await routesOf(tenantCacheRouter, adminCacheRouter)
    const internal = await routesOf(internalCacheRouter)
    expect(documented.toSorted()).toEqual([...new Set([...open, ...internal])].toSorted())
  })

  it('has a row for every scope', () => {
    const rows = [...document.matchAll(/^\| `((?:cache|usage|admin):\w+)` \|/gm)].map(
      ([, scope]) => scope,
    )
    expect(rows.toSorted()).toEqual([...SCOPES].toSorted())
  })

  it('has the limits that are the default', () => {
    const mebibytes = (bytes: number) => `${bytes / 1024 / 1024} MiB`
    const [line = ''] = /^\*\*Limits\*\*.*$/m.exec(document) ?? []
    expect(line).toContain(`${mebibytes(DEFAULT_API_LIMITS.maxBodyBytes)} for the body of an entry`)
    expect(line).toContain(`${mebibytes(DEFAULT_API_LIMITS.maxBatchBytes)} for a batch`)
    expect(line).toContain(`${mebibytes(DEFAULT_API_LIMITS.maxCommandBytes)} for any other command`)
    expect(line).toContain(`${DEFAULT_API_LIMITS.maxBatchItems} items in a batch`)
    expect(line).toContain(`${DEFAULT_API_LIMITS.maxPageItems} items on a page`)
    expect(line.replaceAll(' ', '')).toContain(
      `${DEFAULT_API_LIMITS.maxScannedEntries}entrieslookedat`,
    )
  })

  it('has a row for every metric, and for no other', () => {
    const names = [...document.matchAll(/`((?:cache|http)_[a-z_]+)\{/g)].map(([, name]) => name)
    const { registry } = cacheMetrics(cacheSource(createCache()))
    const metrics = registry.getMetricsAsArray().map(({ name }) => name)
    expect(names.toSorted()).toEqual(metrics.toSorted())
  })
})

describe('the examples of docs/http-api.md', () => {
  it('are requests with their answers', () => {
    expect(blocks.length).toBeGreaterThan(10)
    for (const block of blocks) expect(parseHttpMessages(block)).toHaveLength(2)
  })

  it('are true, one after the other', async () => {
    const { call } = await apiStage()
    for (const block of blocks) {
      const [request, response] = parseHttpMessages(block)
      if (request === undefined || response === undefined) throw new Error('no pair')
      const answer = await sendExample(call, request)
      expect(`${request.start}: ${answer.status}`).toBe(`${request.start}: ${statusOf(response)}`)
      assertHeaders(response, answer)
      assertBody(response, answer)
    }
  })
})

function sendExample(call: Call, request: HttpMessage): Promise<Answer> {
  const [method = '', url = ''] = request.start.split(' ')
  const headers = Object.fromEntries(request.headers)
  return call(method as Parameters<Call>[0], url, {
    headers,
    ...(request.body === '' ? {} : { body: request.body }),
  })
}

function statusOf(response: HttpMessage): number {
  const [, status = '', ...reason] = response.start.split(' ')
  expect(reason.join(' ')).toBe(STATUS_CODES[status])
  return Number(status)
}

function assertHeaders(response: HttpMessage, answer: Answer): void {
  for (const [name, value] of response.headers) {
    expect(`${name}: ${answer.headers[name]}`).toBe(`${name}: ${value}`)
  }
}

function assertBody(response: HttpMessage, answer: Answer): void {
  if (response.body === '') {
    expect(answer.text).toBe('')
    return
  }
  if (answer.text === response.body) return
  expect(comparable(answer.json, JSON.parse(response.body))).toEqual(
    comparable(JSON.parse(response.body)),
  )
}

/** Values that differ from run to run stand for their type, and `…` in an example for any end of a text. */
function comparable(value: unknown, example: unknown = value, name = ''): unknown {
  if (VOLATILE.has(name)) return typeof value
  if (typeof value === 'string' && typeof example === 'string' && example.endsWith('…')) {
    return `${value.slice(0, example.length - 1)}…`
  }
  if (Array.isArray(value)) {
    return value.map((item, index) => comparable(item, Reflect.get(Object(example), index)))
  }
  if (typeof value !== 'object' || value === null) return value
  return Object.fromEntries(
    Object.entries(value).map(([key, part]) => [
      key,
      comparable(part, Reflect.get(Object(example), key), key),
    ]),
  )
}
