import swagger from '@fastify/swagger'
import fastify, { type FastifyInstance } from 'fastify'
import { describe, expect, it } from 'vitest'
import {
  adminCacheRouter,
  type CacheRouter,
  cacheDependencies,
  FASTIFY_OPTIONS,
  internalCacheRouter,
  openApi,
  TRUSTED_PRINCIPAL,
  tenantCacheRouter,
} from '../../src/http.ts'
import { createCache } from '../../src/module.ts'

type Json = Readonly<Record<string, unknown>>

interface Operation {
  readonly method: string
  readonly path: string
  readonly value: Json
}

const METHODS = ['get', 'head', 'put', 'post', 'patch', 'delete']

async function documented(...routers: CacheRouter[]) {
  const app: FastifyInstance = fastify(FASTIFY_OPTIONS)
  const routes: string[] = []
  app.addHook('onRoute', ({ method, url, schema }) => {
    if (Reflect.get(Object(schema), 'hide') === true) return
    for (const one of [method].flat()) routes.push(`${one} ${url.replace(/:(\w+)/g, '{$1}')}`)
  })
  await app.register(swagger, openApi('1.2.3'))
  const dependencies = cacheDependencies({
    cache: createCache(),
    authenticate: () => TRUSTED_PRINCIPAL,
  })
  for (const router of routers) await app.register(router, { dependencies })
  await app.ready()
  const document = JSON.parse(JSON.stringify(app.swagger())) as Json
  await app.close()
  return { document, routes, operations: operationsOf(document) }
}

function operationsOf(document: Json): Operation[] {
  return Object.entries(document['paths'] as Json).flatMap(([path, methods]) =>
    Object.entries(methods as Json).map(([method, value]) => ({
      method,
      path,
      value: value as Json,
    })),
  )
}

/** Every `$ref` of a document. */
function references(value: unknown): string[] {
  if (typeof value !== 'object' || value === null) return []
  return Object.entries(value).flatMap(([name, part]) =>
    name === '$ref' && typeof part === 'string' ? [part] : references(part),
  )
}

function resolved(document: Json, reference: string): unknown {
  return reference
    .replace(/^#\//, '')
    .split('/')
    .reduce<unknown>((part, name) => Reflect.get(Object(part), name), document)
}

const CASES = [
  ['public', [tenantCacheRouter, adminCacheRouter], 33],
  ['internal', [internalCacheRouter], 21],
] as const

describe.each(CASES)('the OpenAPI document of the %s routers', (_name, routers, count) => {
  it('is OpenAPI 3.1 with a title, a version and a license', async () => {
    const { document } = await documented(...routers)
    expect(document['openapi']).toBe('3.1.0')
    expect(document['info']).toMatchObject({
      title: 'Platform Cache',
      version: '1.2.3',
      license: { name: 'MIT' },
    })
  })

  it('has every route, and no other', async () => {
    const { operations, routes } = await documented(...routers)
    const listed = operations.map(({ method, path }) => `${method.toUpperCase()} ${path}`)
    expect(listed.toSorted()).toEqual(routes.toSorted())
    expect(routes).toHaveLength(count)
  })

  it('says of each operation what it is called, what it does, and where it belongs', async () => {
    const { operations, document } = await documented(...routers)
    const tags = (document['tags'] as { name: string }[]).map(({ name }) => name)
    for (const { method, value } of operations) {
      expect(METHODS).toContain(method)
      expect(value['operationId']).toMatch(/^[a-zA-Z_-]+$/)
      expect(value['summary']).toMatch(/^[A-Z].{5,80}$/)
      expect(tags).toContain((value['tags'] as string[])[0])
    }
    const ids = operations.map(({ value }) => value['operationId'])
    expect(new Set(ids).size).toBe(ids.length)
  })

  it('declares each parameter of each path, and of a query what type it has', async () => {
    const { operations } = await documented(...routers)
    for (const { path, value } of operations) {
      const parameters = (value['parameters'] ?? []) as {
        in: string
        name: string
        required?: boolean
        schema: object
      }[]
      const inPath = parameters.filter((parameter) => parameter.in === 'path')
      const expected = [...path.matchAll(/\{(\w+)\}/g)].map(([, name]) => name)
      expect(inPath.map(({ name }) => name).toSorted()).toEqual(expected.toSorted())
      expect(inPath.every(({ required }) => required === true)).toBe(true)
      for (const { schema } of parameters)
        expect(schema).toMatchObject({ type: expect.any(String) })
    }
  })

  it('describes every answer, the failures as problems', async () => {
    const { operations } = await documented(...routers)
    for (const { value } of operations) {
      const responses = value['responses'] as Record<
        string,
        { description: string; content?: Json }
      >
      for (const { description } of Object.values(responses)) {
        expect(description).not.toBe('Default Response')
        expect(description.length).toBeGreaterThan(3)
      }
      expect(Object.keys(responses).some((status) => /^[23]/.test(status))).toBe(true)
      for (const status of ['4XX', '5XX']) {
        expect(responses[status]?.content).toHaveProperty([
          'application/problem+json',
          'schema',
          '$ref',
        ])
      }
    }
  })

  it('refers to nothing that is not there', async () => {
    const { document } = await documented(...routers)
    const all = references(document)
    expect(all.length).toBeGreaterThan(0)
    for (const reference of all) expect(resolved(document, reference)).toBeTypeOf('object')
  })

  it('refers to security schemes that it describes', async () => {
    const { document, operations } = await documented(...routers)
    const schemes = Object.keys(Reflect.get(Object(document['components']), 'securitySchemes'))
    for (const { value } of operations) {
      for (const requirement of value['security'] as Json[]) {
        expect(schemes).toEqual(expect.arrayContaining(Object.keys(requirement)))
      }
    }
  })
})

describe('what the OpenAPI document says of a request', () => {
  it('asks for a credential on every public route, and on no internal one', async () => {
    const open = await documented(tenantCacheRouter, adminCacheRouter)
    for (const { value } of open.operations) expect(value['security']).toEqual([{ apiKey: [] }])
    const internal = await documented(internalCacheRouter)
    for (const { value } of internal.operations) expect(value['security']).toEqual([])
  })

  it('lists the headers and both forms of a PUT', async () => {
    const { operations } = await documented(tenantCacheRouter)
    const put = operations.find(({ value }) => value['operationId'] === 'putEntry')?.value ?? {}
    const headers = (put['parameters'] as { in: string; name: string }[])
      .filter((parameter) => parameter.in === 'header')
      .map(({ name }) => name)
    expect(headers).toEqual(
      expect.arrayContaining(['Cache-TTL', 'Cache-Tags', 'Cache-Lease', 'If-Match']),
    )
    expect(Object.keys(Reflect.get(Object(put['requestBody']), 'content'))).toEqual([
      '*/*',
      'application/vnd.platform-cache.entry+json',
    ])
  })

  it('lists the headers of a read', async () => {
    const { operations } = await documented(tenantCacheRouter)
    const get = operations.find(({ value }) => value['operationId'] === 'getEntry')?.value
    expect(get).toHaveProperty(
      ['responses', '200', 'headers', 'Cache-Status', 'schema', 'type'],
      'string',
    )
    expect(get).toHaveProperty(['responses', '304', 'description'])
  })
})
