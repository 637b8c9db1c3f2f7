import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { parseCacheKey } from '../../../core/value-objects/cache-key.ts'
import { type Access, callerOf } from '../../dependencies/caller.ts'
import { existingCache } from '../../dependencies/defined-cache.ts'
import { CacheParams, EntryParams } from '../../models/requests/get-cache-request.ts'
import {
  DEFAULT_PAGE_ITEMS,
  type ListKeysRequest,
  listKeysRequest,
  nextLink,
} from '../../models/requests/list-keys-request.ts'
import {
  CacheDescriptionResponse,
  CacheListResponse,
  cacheDescriptionResponse,
} from '../../models/responses/cache-description-response.ts'
import {
  CacheStatsResponse,
  cacheStatsResponse,
} from '../../models/responses/cache-stats-response.ts'
import { ExplanationResponse } from '../../models/responses/explanation-response.ts'
import { KeyListResponse, keyListResponse } from '../../models/responses/key-list-response.ts'
import { UsageResponse } from '../../models/responses/usage-response.ts'
import { operation } from '../operation.ts'

/** Lists and describes the caches of the tenant, their keys and their numbers. */
export async function cacheRoutes(app: FastifyInstance, access: Access): Promise<void> {
  app.get('/v1/caches', {
    exposeHeadRoute: false,
    schema: operation(access, {
      id: 'listCaches',
      tag: 'caches',
      summary: 'List the caches',
      answers: { 200: { description: 'All caches of the tenant', json: CacheListResponse } },
    }),
    onRequest: access.allow('cache:read'),
    handler: listCaches,
  })
  app.get<{ Params: CacheParams }>('/v1/caches/:cache', {
    exposeHeadRoute: false,
    schema: operation(access, {
      id: 'describeCache',
      tag: 'caches',
      summary: 'Describe a cache',
      params: CacheParams,
      answers: { 200: { description: 'Its settings', json: CacheDescriptionResponse } },
    }),
    onRequest: access.allow('cache:read'),
    handler: describeCache,
  })
  app.get<{ Params: CacheParams }>('/v1/caches/:cache/stats', {
    exposeHeadRoute: false,
    schema: operation(access, {
      id: 'getCacheStats',
      tag: 'caches',
      summary: 'Count what a cache has done',
      params: CacheParams,
      answers: { 200: { description: 'Counters since the start', json: CacheStatsResponse } },
    }),
    onRequest: access.allow('usage:read'),
    handler: getStats,
  })
  app.get('/v1/usage', {
    exposeHeadRoute: false,
    schema: operation(access, {
      id: 'getUsage',
      tag: 'caches',
      summary: 'Count what the tenant uses',
      answers: { 200: { description: 'Cache by cache and together', json: UsageResponse } },
    }),
    onRequest: access.allow('usage:read'),
    handler: getUsage,
  })
}

/** Lists keys, and explains why one is, or isn't, answered from the cache. */
export async function keyRoutes(app: FastifyInstance, access: Access): Promise<void> {
  app.get<{ Params: CacheParams; Querystring: ListKeysRequest }>('/v1/caches/:cache/keys', {
    exposeHeadRoute: false,
    schema: operation(access, {
      id: 'listKeys',
      tag: 'keys',
      summary: 'List keys',
      params: CacheParams,
      query: listKeysRequest(access.limits.maxPageItems),
      answers: {
        200: {
          description: 'One page',
          json: KeyListResponse,
          headers: { Link: 'rel="next": the page after; absent on the last one' },
        },
      },
    }),
    onRequest: access.allow('cache:scan'),
    handler: listKeys,
  })
  app.get<{ Params: EntryParams }>('/v1/caches/:cache/entries/:key/_explain', {
    exposeHeadRoute: false,
    schema: operation(access, {
      id: 'explainEntry',
      tag: 'keys',
      summary: 'Say why a key hits or misses',
      params: EntryParams,
      answers: { 200: { description: 'What is known', json: ExplanationResponse } },
    }),
    onRequest: access.allow('cache:read'),
    handler: explainEntry,
  })
}

async function listCaches(request: FastifyRequest): Promise<CacheListResponse> {
  return { caches: callerOf(request).cache.namespaces().map(cacheDescriptionResponse) }
}

async function describeCache(
  request: FastifyRequest<{ Params: CacheParams }>,
): Promise<CacheDescriptionResponse> {
  const cache = existingCache(callerOf(request).cache, request.params.cache)
  return cacheDescriptionResponse(cache.settings)
}

async function getStats(
  request: FastifyRequest<{ Params: CacheParams }>,
): Promise<CacheStatsResponse> {
  const cache = existingCache(callerOf(request).cache, request.params.cache)
  return cacheStatsResponse(await cache.stats())
}

async function getUsage(request: FastifyRequest): Promise<UsageResponse> {
  const { tenant, cache: manager } = callerOf(request)
  const caches = manager.namespaces().map(async ({ name }) => {
    const { entries, bytes, hitRatio, maxEntries, maxBytes } = cacheStatsResponse(
      await manager.namespace(name).stats(),
    )
    return { name, entries, bytes, hitRatio, maxEntries, maxBytes }
  })
  const total = cacheStatsResponse(await manager.stats())
  return { tenant, total, caches: await Promise.all(caches) }
}

/** One page of keys; also the operators' browser. */
export async function listKeys(
  request: FastifyRequest<{ Params: CacheParams; Querystring: ListKeysRequest }>,
  reply: FastifyReply,
): Promise<KeyListResponse> {
  const cache = existingCache(callerOf(request).cache, request.params.cache)
  const page = await cache.listKeys({ limit: DEFAULT_PAGE_ITEMS, ...request.query })
  if (page.cursor !== undefined) reply.header('link', nextLink(request.query, page.cursor))
  return keyListResponse(page)
}

/** Why a key hits or misses; also for operators. */
export async function explainEntry(
  request: FastifyRequest<{ Params: EntryParams }>,
): Promise<ExplanationResponse> {
  const key = parseCacheKey(request.params.key)
  return existingCache(callerOf(request).cache, request.params.cache).explain(key)
}
