import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { type Access, callerOf } from '../../dependencies/caller.ts'
import { definedCache, existingCache } from '../../dependencies/defined-cache.ts'
import { TenantCacheParams, TenantParams } from '../../models/requests/browse-request.ts'
import { DefineCacheRequest, namespaceOptions } from '../../models/requests/define-cache-request.ts'
import {
  assertPrecondition,
  isNotModified,
  precondition,
} from '../../models/requests/precondition.ts'
import {
  CacheDescriptionResponse,
  CacheListResponse,
  cacheDescriptionResponse,
  descriptionTag,
} from '../../models/responses/cache-description-response.ts'
import {
  CacheStatsResponse,
  cacheStatsResponse,
} from '../../models/responses/cache-stats-response.ts'
import { operation } from '../operation.ts'

interface DefineRoute {
  Params: TenantCacheParams
  Body: DefineCacheRequest
}

const PATH = '/v1/admin/tenants/:tenant/caches'
const ONE = `${PATH}/:cache`
const described = {
  description: 'Its settings',
  json: CacheDescriptionResponse,
  headers: { ETag: 'Changes when a setting does; for If-Match' },
}

/** Lists, describes, defines and changes the caches of a tenant. */
export async function namespaceRoutes(app: FastifyInstance, access: Access): Promise<void> {
  readingRoutes(app, access)
  const writing = { tag: 'admin', params: TenantCacheParams, body: DefineCacheRequest }
  const bodyLimit = access.limits.maxCommandBytes
  app.put<DefineRoute>(ONE, {
    bodyLimit,
    schema: operation(access, {
      ...writing,
      id: 'admin_defineCache',
      summary: 'Define a cache',
      description:
        'Defining it again with the same settings changes nothing; with others it is refused.',
      answers: {
        200: { ...described, description: 'It was defined so already' },
        201: { ...described, description: 'Defined' },
      },
    }),
    onRequest: access.allow('admin:write'),
    handler: defineCache,
  })
  app.patch<DefineRoute>(ONE, {
    bodyLimit,
    schema: operation(access, {
      ...writing,
      id: 'admin_changeCache',
      summary: 'Change a cache',
      description: 'What is not named keeps its value. Takes effect at once.',
      answers: { 200: described },
    }),
    onRequest: access.allow('admin:write'),
    handler: changeCache,
  })
}

function readingRoutes(app: FastifyInstance, access: Access): void {
  app.get<{ Params: TenantParams }>(PATH, {
    exposeHeadRoute: false,
    schema: operation(access, {
      id: 'admin_listCaches',
      tag: 'admin',
      summary: 'List the caches of a tenant',
      params: TenantParams,
      answers: { 200: { description: 'All caches', json: CacheListResponse } },
    }),
    onRequest: access.allow('admin:read'),
    handler: listCaches,
  })
  app.get<{ Params: TenantCacheParams }>(ONE, {
    exposeHeadRoute: false,
    schema: operation(access, {
      id: 'admin_describeCache',
      tag: 'admin',
      summary: 'Describe a cache',
      params: TenantCacheParams,
      answers: { 200: described, 304: { description: 'The client has it already' } },
    }),
    onRequest: access.allow('admin:read'),
    handler: describeCache,
  })
  app.get<{ Params: TenantCacheParams }>(`${ONE}/stats`, {
    exposeHeadRoute: false,
    schema: operation(access, {
      id: 'admin_getCacheStats',
      tag: 'admin',
      summary: 'Count what a cache has done',
      params: TenantCacheParams,
      answers: { 200: { description: 'Counters since the start', json: CacheStatsResponse } },
    }),
    onRequest: access.allow('admin:read'),
    handler: async (request) => {
      const cache = existingCache(callerOf(request).cache, request.params.cache)
      return cacheStatsResponse(await cache.stats())
    },
  })
}

async function listCaches(request: FastifyRequest): Promise<CacheListResponse> {
  return { caches: callerOf(request).cache.namespaces().map(cacheDescriptionResponse) }
}

async function describeCache(
  request: FastifyRequest<{ Params: TenantCacheParams }>,
  reply: FastifyReply,
): Promise<FastifyReply> {
  const cache = existingCache(callerOf(request).cache, request.params.cache)
  const description = cacheDescriptionResponse(cache.settings)
  const etag = descriptionTag(description)
  reply.header('etag', etag)
  if (isNotModified(request.headers['if-none-match'], etag)) return reply.code(304).send()
  return reply.send(description)
}

async function defineCache(
  request: FastifyRequest<DefineRoute>,
  reply: FastifyReply,
): Promise<FastifyReply> {
  const manager = callerOf(request).cache
  const known = definedCache(manager, request.params.cache)
  assertCurrent(request, known?.settings)
  const { settings } = manager.namespace(request.params.cache, namespaceOptions(request.body))
  return sendDescription(reply, settings, known === undefined ? 201 : 200)
}

async function changeCache(
  request: FastifyRequest<DefineRoute>,
  reply: FastifyReply,
): Promise<FastifyReply> {
  const manager = callerOf(request).cache
  const known = existingCache(manager, request.params.cache)
  assertCurrent(request, known.settings)
  const settings = manager.configureNamespace(known.name, namespaceOptions(request.body))
  return sendDescription(reply, settings, 200)
}

type Settings = Parameters<typeof cacheDescriptionResponse>[0]

function assertCurrent(request: FastifyRequest, settings: Settings | undefined): void {
  const condition = precondition(request.headers)
  if (condition === undefined) return
  const etag =
    settings === undefined ? undefined : descriptionTag(cacheDescriptionResponse(settings))
  assertPrecondition(condition, etag)
}

function sendDescription(reply: FastifyReply, settings: Settings, status: 200 | 201): FastifyReply {
  const description = cacheDescriptionResponse(settings)
  return reply.code(status).header('etag', descriptionTag(description)).send(description)
}
