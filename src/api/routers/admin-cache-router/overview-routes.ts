import type { FastifyInstance, FastifyRequest } from 'fastify'
import { type CacheStats, sumCacheStats } from '../../../application/queries/get-cache-stats.ts'
import type { CacheManager } from '../../../application/services/cache-manager.ts'
import type { CacheDependencies } from '../../dependencies/cache-dependencies.ts'
import type { TenantInfo } from '../../dependencies/cache-source.ts'
import { type Access, callerOf } from '../../dependencies/caller.ts'
import {
  DEFAULT_HISTORY_ITEMS,
  type HistoryRequest,
  historyRequest,
  TenantParams,
} from '../../models/requests/browse-request.ts'
import { cacheHealthResponse } from '../../models/responses/cache-health-response.ts'
import { cacheStatsResponse } from '../../models/responses/cache-stats-response.ts'
import {
  InvalidationListResponse,
  invalidationListResponse,
} from '../../models/responses/invalidation-response.ts'
import {
  OverviewResponse,
  TenantListResponse,
  TenantResponse,
} from '../../models/responses/usage-response.ts'
import { operation } from '../operation.ts'

/** A tenant together with its cache and what that has done. */
interface Tenancy {
  readonly info: TenantInfo
  readonly cache: CacheManager
  readonly stats: CacheStats
}

/** The service at a glance, its tenants, and what was invalidated. */
export async function overviewRoutes(
  app: FastifyInstance,
  access: Access,
  dependencies: CacheDependencies,
): Promise<void> {
  app.get('/v1/admin/overview', {
    exposeHeadRoute: false,
    schema: operation(access, {
      id: 'admin_getOverview',
      tag: 'admin',
      summary: 'The whole service at a glance',
      answers: { 200: { description: 'All tenants together', json: OverviewResponse } },
    }),
    onRequest: access.allow('admin:read'),
    handler: () => overviewOf(dependencies),
  })
  app.get('/v1/admin/tenants', {
    exposeHeadRoute: false,
    schema: operation(access, {
      id: 'admin_listTenants',
      tag: 'admin',
      summary: 'List the tenants',
      answers: { 200: { description: 'All tenants', json: TenantListResponse } },
    }),
    onRequest: access.allow('admin:read'),
    handler: async () => ({ tenants: (await tenanciesOf(dependencies)).map(tenantResponse) }),
  })
  app.get<{ Params: TenantParams }>('/v1/admin/tenants/:tenant', {
    exposeHeadRoute: false,
    schema: operation(access, {
      id: 'admin_describeTenant',
      tag: 'admin',
      summary: 'Describe a tenant',
      params: TenantParams,
      answers: { 200: { description: 'The tenant', json: TenantResponse } },
    }),
    onRequest: access.allow('admin:read'),
    handler: (request) => describeTenant(request, dependencies),
  })
  app.get<{ Params: TenantParams; Querystring: HistoryRequest }>(
    '/v1/admin/tenants/:tenant/invalidations',
    {
      exposeHeadRoute: false,
      schema: operation(access, {
        id: 'admin_listInvalidations',
        tag: 'admin',
        summary: 'List what was invalidated',
        params: TenantParams,
        query: historyRequest(access.limits.maxPageItems),
        answers: { 200: { description: 'Newest first', json: InvalidationListResponse } },
      }),
      onRequest: access.allow('admin:read'),
      handler: listInvalidations,
    },
  )
}

async function tenanciesOf(dependencies: CacheDependencies): Promise<Tenancy[]> {
  const found = dependencies.tenants().flatMap((info) => {
    const cache = dependencies.cacheFor(info.name)
    return cache === undefined ? [] : [{ info, cache }]
  })
  return Promise.all(found.map(async (each) => ({ ...each, stats: await each.cache.stats() })))
}

async function overviewOf(dependencies: CacheDependencies): Promise<OverviewResponse> {
  const tenancies = await tenanciesOf(dependencies)
  const readiness = dependencies.readiness()
  const health = new Map(tenancies.map(({ info, cache }) => [info.name, cache.health()]))
  const tenants = tenancies.map(tenantResponse)
  return {
    status: cacheHealthResponse(readiness, health).status,
    readiness,
    caches: tenants.reduce((sum, { caches }) => sum + caches, 0),
    total: cacheStatsResponse(sumCacheStats(tenancies.map(({ stats }) => stats))),
    tenants,
  }
}

function tenantResponse({ info, cache, stats }: Tenancy): TenantResponse {
  return {
    name: info.name,
    description: info.description,
    status: cache.health().status,
    caches: cache.namespaces().length,
    entries: stats.entries,
    bytes: stats.bytes,
    hitRatio: stats.hitRatio,
  }
}

async function describeTenant(
  request: FastifyRequest,
  dependencies: CacheDependencies,
): Promise<TenantResponse> {
  const { tenant, cache } = callerOf(request)
  const known = dependencies.tenants().find(({ name }) => name === tenant)
  const info = known ?? { name: tenant, description: '' }
  return tenantResponse({ info, cache, stats: await cache.stats() })
}

async function listInvalidations(
  request: FastifyRequest<{ Params: TenantParams; Querystring: HistoryRequest }>,
): Promise<InvalidationListResponse> {
  const limit = request.query.limit ?? DEFAULT_HISTORY_ITEMS
  return invalidationListResponse(await callerOf(request).cache.invalidations(limit))
}
