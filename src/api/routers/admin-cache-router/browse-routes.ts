import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import type { NamespaceCache } from '../../../application/services/namespace-cache.ts'
import { describeValue } from '../../../core/exceptions/describe-value.ts'
import { parseCacheKey } from '../../../core/value-objects/cache-key.ts'
import { type Access, assertScope, callerOf } from '../../dependencies/caller.ts'
import { existingCache } from '../../dependencies/defined-cache.ts'
import {
  BrowseRequest,
  KeyTreeRequest,
  TenantCacheParams,
  TenantEntryParams,
  treePath,
} from '../../models/requests/browse-request.ts'
import { type ListKeysRequest, listKeysRequest } from '../../models/requests/list-keys-request.ts'
import {
  BrowsedEntryResponse,
  browsedEntryResponse,
} from '../../models/responses/browsed-entry-response.ts'
import { foundEntry } from '../../models/responses/cache-response.ts'
import { ExplanationResponse } from '../../models/responses/explanation-response.ts'
import { KeyListResponse } from '../../models/responses/key-list-response.ts'
import { KeyTreeLevel, KeyTreeResponse } from '../../models/responses/key-tree-response.ts'
import { HttpProblem } from '../../models/responses/problem-response.ts'
import { operation } from '../operation.ts'
import { explainEntry, listKeys } from '../tenant-cache-router/cache-routes.ts'

interface BrowseRoute {
  Params: TenantEntryParams
  Querystring: BrowseRequest
}

const PATH = '/v1/admin/tenants/:tenant/caches/:cache'
/** Entries counted between two turns of the event loop. */
const TREE_PAGE = 1000

/** The key tree and the entries of a tenant's cache, values masked unless they are asked for. */
export async function browseRoutes(app: FastifyInstance, access: Access): Promise<void> {
  const { limits } = access
  app.get<{ Params: TenantCacheParams; Querystring: KeyTreeRequest }>(`${PATH}/tree`, {
    exposeHeadRoute: false,
    schema: operation(access, {
      id: 'admin_getKeyTree',
      tag: 'admin',
      summary: 'Count keys and bytes below each segment',
      params: TenantCacheParams,
      query: KeyTreeRequest,
      answers: { 200: { description: 'One level', json: KeyTreeResponse } },
    }),
    onRequest: access.allow('admin:read'),
    handler: (request) => keyTree(request, limits.maxScannedEntries),
  })
  app.get<{ Params: TenantCacheParams; Querystring: ListKeysRequest }>(`${PATH}/entries`, {
    exposeHeadRoute: false,
    schema: operation(access, {
      id: 'admin_listEntries',
      tag: 'admin',
      summary: 'List entries, without their values',
      params: TenantCacheParams,
      query: listKeysRequest(limits.maxPageItems),
      answers: {
        200: {
          description: 'One page',
          json: KeyListResponse,
          headers: { Link: 'rel="next": the page after; absent on the last one' },
        },
      },
    }),
    onRequest: access.allow('admin:read'),
    handler: listKeys,
  })
  app.get<BrowseRoute>(`${PATH}/entries/:key`, {
    exposeHeadRoute: false,
    schema: operation(access, {
      id: 'admin_getEntry',
      tag: 'admin',
      summary: 'Look at an entry, stale ones included',
      params: TenantEntryParams,
      query: BrowseRequest,
      answers: { 200: { description: 'The entry', json: BrowsedEntryResponse } },
    }),
    onRequest: access.allow('admin:read'),
    handler: browseEntry,
  })
  app.delete<{ Params: TenantEntryParams }>(`${PATH}/entries/:key`, {
    schema: operation(access, {
      id: 'admin_deleteEntry',
      tag: 'admin',
      summary: 'Remove an entry',
      params: TenantEntryParams,
      answers: { 204: { description: 'It is not there now' } },
    }),
    onRequest: access.allow('admin:write'),
    handler: removeEntry,
  })
  app.get<{ Params: TenantEntryParams }>(`${PATH}/entries/:key/_explain`, {
    exposeHeadRoute: false,
    schema: operation(access, {
      id: 'admin_explainEntry',
      tag: 'admin',
      summary: 'Say why a key hits or misses',
      params: TenantEntryParams,
      answers: { 200: { description: 'What is known', json: ExplanationResponse } },
    }),
    onRequest: access.allow('admin:read'),
    handler: explainEntry,
  })
}

async function keyTree(
  request: FastifyRequest<{ Params: TenantCacheParams; Querystring: KeyTreeRequest }>,
  maxScannedEntries: number,
): Promise<KeyTreeResponse> {
  const path = treePath(request.query)
  const cache = existingCache(callerOf(request).cache, request.params.cache)
  return readTree(cache, path, maxScannedEntries)
}

/** Looks at page after page, with a turn of the event loop between two, up to the limit. */
async function readTree(
  cache: NamespaceCache,
  path: string,
  maxScannedEntries: number,
): Promise<KeyTreeResponse> {
  const level = new KeyTreeLevel(path)
  const match = path === '' ? {} : { match: `${path}**` }
  let scanned = 0
  let cursor: string | undefined
  do {
    const limit = Math.min(TREE_PAGE, maxScannedEntries - scanned)
    const page = await cache.listKeys({
      ...match,
      limit,
      ...(cursor === undefined ? {} : { cursor }),
    })
    for (const { key, sizeBytes } of page.entries) level.add(key, sizeBytes)
    scanned += page.scanned
    cursor = page.cursor
    await new Promise((resolve) => setImmediate(resolve))
  } while (cursor !== undefined && scanned < maxScannedEntries)
  return level.response(scanned, cursor === undefined)
}

async function browseEntry(request: FastifyRequest<BrowseRoute>): Promise<BrowsedEntryResponse> {
  const { cache: manager, principal } = callerOf(request)
  const isRevealed = request.query.reveal === true
  if (isRevealed) assertScope(principal.scopes, 'admin:reveal')
  const key = parseCacheKey(request.params.key)
  const found = foundEntry(await existingCache(manager, request.params.cache).lookup(key), true)
  if (found !== undefined) return browsedEntryResponse(key, found, isRevealed)
  throw new HttpProblem(
    'CACHE_ENTRY_NOT_FOUND',
    `Cannot find ${describeValue(key)}: it is not held; _explain may say why`,
  )
}

async function removeEntry(
  request: FastifyRequest<{ Params: TenantEntryParams }>,
  reply: FastifyReply,
): Promise<FastifyReply> {
  const key = parseCacheKey(request.params.key)
  await existingCache(callerOf(request).cache, request.params.cache).delete(key)
  return reply.code(204).send()
}
