import fastify, { type FastifyInstance, type InjectOptions } from 'fastify'
import type { TSchema } from 'typebox'
import { Compile } from 'typebox/compile'
import { afterEach, expect } from 'vitest'
import {
  type CacheDependenciesOptions,
  cacheDependencies,
  type Principal,
  SCOPES,
  type Scope,
} from '../../src/api/dependencies/cache-dependencies.ts'
import { problemNotFound, sendProblem } from '../../src/api/middleware/problem-middleware.ts'
import { PROBLEMS, ProblemResponse } from '../../src/api/models/responses/problem-response.ts'
import { adminCacheRouter } from '../../src/api/routers/admin-cache-router.ts'
import { internalCacheRouter } from '../../src/api/routers/internal-cache-router.ts'
import { tenantCacheRouter } from '../../src/api/routers/tenant-cache-router.ts'
import { FASTIFY_OPTIONS } from '../../src/api/to-node-handler.ts'
import type { CacheOptions } from '../../src/cache-options.ts'
import { createCache, type PlatformCache } from '../../src/module.ts'
import { createFakeClock, type FakeClock } from '../../src/testing/fake-clock.ts'

/** An answer, as a test looks at it. */
export interface Answer {
  readonly status: number
  readonly headers: Readonly<Record<string, string | undefined>>
  readonly text: string
  readonly bytes: Buffer
  /** The body as JSON. */
  readonly json: Readonly<Record<string, unknown>>
  readonly code: unknown
}

/** Sends one request: `call('PUT', '/v1/…', { body, headers })`. A body that is no text and no bytes goes as JSON. */
export type Call = (
  method: NonNullable<InjectOptions['method']>,
  url: string,
  more?: { readonly body?: unknown; readonly headers?: Readonly<Record<string, string>> },
) => Promise<Answer>

/** The routers over a real cache on a clock that the test moves. */
export interface ApiStage {
  readonly cache: PlatformCache
  readonly time: FakeClock
  /** Tenant and admin routers. */
  readonly app: FastifyInstance
  readonly call: Call
  /** Sends a request to the internal router, which opens with the first one. */
  readonly callInternal: Call
}

/** What a stage may be told. */
export interface ApiStageOptions {
  readonly cache?: CacheOptions
  /** In place of everything: what this principal may do; `undefined` is nobody. */
  readonly principal?: Principal | undefined
  readonly dependencies?: Partial<CacheDependenciesOptions>
}

const open: FastifyInstance[] = []
const faults: string[] = []

afterEach(async () => {
  for (const app of open.splice(0)) await app.close()
})

/** Opens the routers. Every answer they give is held against the schema that documents it. */
export async function apiStage(options: ApiStageOptions = {}): Promise<ApiStage> {
  const time = createFakeClock()
  const cache = createCache({
    clock: time.clock,
    // What is to run at once does, without the test's help; only time needs it.
    scheduler: {
      ...time.scheduler,
      soon: soonForReal,
      deadline: (delayMs, run) =>
        delayMs === 0 ? soonForReal(run) : time.scheduler.deadline(delayMs, run),
    },
    defaults: { jitter: 0 },
    ...options.cache,
  })
  const principal = 'principal' in options ? options.principal : principalOf(...SCOPES)
  const dependencies = cacheDependencies({
    cache,
    authenticate: () => principal,
    ...options.dependencies,
  })
  const app = openApp()
  await app.register(tenantCacheRouter, { dependencies })
  await app.register(adminCacheRouter, { dependencies })
  let internal: FastifyInstance | undefined
  const callInternal: Call = (...request) => {
    if (internal === undefined) {
      internal = openApp()
      internal.register(internalCacheRouter, { dependencies })
    }
    return callerOf(internal)(...request)
  }
  return { cache, time, app, call: callerOf(app), callInternal }
}

/** Somebody of the tenant `default` who may do just this. */
export function principalOf(...scopes: readonly Scope[]): Principal {
  return { tenant: 'default', keyId: 'k_1', scopes }
}

/** A Fastify app that holds every answer against its schema, closed after the test. */
export function openApp(): FastifyInstance {
  const app = fastify(FASTIFY_OPTIONS)
  app.setNotFoundHandler(problemNotFound)
  app.setErrorHandler(sendProblem)
  app.addHook('onSend', async (request, reply, payload) => {
    const { schema } = request.routeOptions
    if (typeof payload !== 'string' || request.method === 'HEAD') return payload
    const type = String(reply.getHeader('content-type')).split(';')[0] ?? ''
    // Collected, since what a hook throws becomes an answer of its own.
    faults.push(
      ...(reply.statusCode >= 400 && type === 'application/problem+json'
        ? problemFaults(payload)
        : schemaFaults(documented(schema?.response, reply.statusCode, type), payload)),
    )
    return payload
  })
  open.push(app)
  return app
}

/** Sends requests to an app. */
export function callerOf(app: FastifyInstance): Call {
  return async (method, url, { body, headers = {} } = {}) => {
    const isRaw = body === undefined || typeof body === 'string' || Buffer.isBuffer(body)
    const payload = isRaw ? body : JSON.stringify(body)
    const response = await app.inject({
      method,
      url,
      headers: isRaw ? headers : { 'content-type': 'application/json', ...headers },
      ...(payload === undefined ? {} : { payload }),
    })
    expect(faults.splice(0)).toEqual([])
    const json = /json/.test(String(response.headers['content-type']))
      ? safeJson(response.body)
      : {}
    return {
      status: response.statusCode,
      headers: Object.fromEntries(
        Object.entries(response.headers).map(([name, value]) => [name, String(value)]),
      ),
      text: response.body,
      bytes: response.rawPayload,
      json,
      code: json['code'],
    }
  }
}

function safeJson(text: string): Record<string, unknown> {
  const value: unknown = text === '' ? {} : JSON.parse(text)
  return typeof value === 'object' && value !== null ? { ...value } : { value }
}

function soonForReal(run: () => void): () => void {
  const immediate = setImmediate(run)
  return () => clearImmediate(immediate)
}

/** The schema that stands for this answer; `undefined` if the route documents none for JSON. */
function documented(responses: unknown, status: number, type: string): TSchema | undefined {
  const answer: unknown = Reflect.get(Object(responses), String(status))
  const media: unknown = Reflect.get(Object(answer), 'content')
  const schema: unknown = Reflect.get(Object(Reflect.get(Object(media), type)), 'schema')
  return typeof schema === 'object' && schema !== null && type.includes('json') ? schema : undefined
}

function schemaFaults(schema: TSchema | undefined, payload: string): string[] {
  if (schema === undefined) return []
  const value: unknown = JSON.parse(payload)
  return Compile(closed(schema))
    .Errors(value)
    .map(
      ({ instancePath, message }) => `the answer is not as documented: ${instancePath} ${message}`,
    )
}

function problemFaults(payload: string): string[] {
  const code: unknown = Reflect.get(Object(JSON.parse(payload)), 'code')
  const isKnown = typeof code === 'string' && Object.hasOwn(PROBLEMS, code)
  return [...schemaFaults(ProblemResponse, payload), ...(isKnown ? [] : [`no such code: ${code}`])]
}

/** The same schema, which also refuses fields that it doesn't document. */
function closed<T>(schema: T): T {
  if (typeof schema !== 'object' || schema === null) return schema
  if (Array.isArray(schema)) return schema.map(closed) as T // The same list of schemas.
  const copy = Object.fromEntries(
    Object.entries(schema).map(([name, part]) => [name, closed(part)]),
  )
  if ('properties' in copy && !('additionalProperties' in copy))
    copy['additionalProperties'] = false
  return copy as T // The same schema, closed.
}
