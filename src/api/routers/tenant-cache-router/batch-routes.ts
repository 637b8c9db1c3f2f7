import type { FastifyInstance, FastifyRequest } from 'fastify'
import type { SetItem } from '../../../application/services/namespace-cache.ts'
import type { SettledItem } from '../../../application/services/settle-each.ts'
import { isCacheError } from '../../../core/exceptions/cache-error.ts'
import { parseCacheKey } from '../../../core/value-objects/cache-key.ts'
import { type Access, callerOf } from '../../dependencies/caller.ts'
import { definedCache } from '../../dependencies/defined-cache.ts'
import {
  type BatchDeleteRequest,
  type BatchGetRequest,
  type BatchSetRequest,
  batchRequest,
} from '../../models/requests/batch-request.ts'
import { CacheParams } from '../../models/requests/get-cache-request.ts'
import {
  envelopeBody,
  fieldOptions,
  type SetItemRequest,
} from '../../models/requests/set-cache-request.ts'
import {
  BatchResponse,
  type ItemFailure,
  type ItemResponse,
  itemFailure,
  itemRefusal,
} from '../../models/responses/batch-response.ts'
import { cacheResponse, foundEntry } from '../../models/responses/cache-response.ts'
import { HttpProblem } from '../../models/responses/problem-response.ts'
import { operation } from '../operation.ts'

interface BatchRoute<B> {
  Params: CacheParams
  Body: B
}

/** Reads, stores and removes many entries at once; each by itself, so that one that fails leaves the others alone. */
export async function batchRoutes(app: FastifyInstance, access: Access): Promise<void> {
  const { limits } = access
  const schemas = batchRequest(limits.maxBatchItems)
  const common = {
    tag: 'batches',
    params: CacheParams,
    answers: { 200: { description: 'What became of each item', json: BatchResponse } },
  }
  app.post<BatchRoute<BatchGetRequest>>('/v1/caches/:cache/_mget', {
    bodyLimit: limits.maxCommandBytes,
    schema: operation(access, {
      ...common,
      id: 'getEntries',
      summary: 'Read many entries',
      body: schemas.get,
    }),
    onRequest: access.allow('cache:read'),
    handler: getEntries,
  })
  app.post<BatchRoute<BatchSetRequest>>('/v1/caches/:cache/_mset', {
    bodyLimit: limits.maxBatchBytes,
    schema: operation(access, {
      ...common,
      id: 'setEntries',
      summary: 'Store many entries',
      body: schemas.set,
    }),
    onRequest: access.allow('cache:write'),
    handler: (request) => setEntries(request, limits.maxBodyBytes),
  })
  app.post<BatchRoute<BatchDeleteRequest>>('/v1/caches/:cache/_mdelete', {
    bodyLimit: limits.maxCommandBytes,
    schema: operation(access, {
      ...common,
      id: 'deleteEntries',
      summary: 'Remove many entries',
      body: schemas.delete,
    }),
    onRequest: access.allow('cache:invalidate'),
    handler: deleteEntries,
  })
}

async function getEntries(
  request: FastifyRequest<BatchRoute<BatchGetRequest>>,
): Promise<BatchResponse> {
  const cache = definedCache(callerOf(request).cache, request.params.cache)
  const { keys, stale } = request.body
  const read = async (key: string): Promise<ItemResponse> => {
    const parsed = parseCacheKey(key)
    const found = foundEntry(await cache?.lookup(parsed), stale === 'ok')
    if (found !== undefined) return { key, status: 200, entry: cacheResponse(key, found) }
    return itemFailure(key, 'CACHE_ENTRY_NOT_FOUND', 'Cannot find it: it is not held')
  }
  return { items: await Promise.all(keys.map((key) => read(key).catch(refusalOf(key)))) }
}

async function setEntries(
  request: FastifyRequest<BatchRoute<BatchSetRequest>>,
  maxBodyBytes: number,
): Promise<BatchResponse> {
  const parsed = request.body.items.map((item) => parseItem(item, maxBodyBytes))
  const accepted = parsed.filter(isAccepted)
  if (accepted.length === 0) return { items: parsed.filter(isFailure) }
  const cache = callerOf(request).cache.namespace(request.params.cache)
  const settled = await cache.setMany(accepted)
  return { items: joined(parsed, settled, () => ({ status: 204 })) }
}

async function deleteEntries(
  request: FastifyRequest<BatchRoute<BatchDeleteRequest>>,
): Promise<BatchResponse> {
  const cache = definedCache(callerOf(request).cache, request.params.cache)
  const parsed = request.body.keys.map(parseKey)
  const accepted = parsed.filter(isAccepted)
  const settled =
    (await cache?.deleteMany(accepted.map(({ key }) => key))) ??
    accepted.map(({ key }): SettledItem => ({ key, ok: true, result: false }))
  return { items: joined(parsed, settled, (deleted) => ({ status: 204, deleted })) }
}

function parseItem(item: SetItemRequest, maxBodyBytes: number): SetItem<unknown> | ItemFailure {
  try {
    const value = envelopeBody(item)
    if (value.body.byteLength > maxBodyBytes) {
      const why = `expected at most ${maxBodyBytes} bytes, got ${value.body.byteLength}`
      return itemFailure(item.key, 'CACHE_BODY_TOO_LARGE', `Cannot store the entry: ${why}`)
    }
    return { key: parseCacheKey(item.key), value, options: fieldOptions(item) }
  } catch (error) {
    return refusalOf(item.key)(error)
  }
}

function parseKey(key: string): { readonly key: string } | ItemFailure {
  try {
    return { key: parseCacheKey(key) }
  } catch (error) {
    return refusalOf(key)(error)
  }
}

/** What an item answers that failed by its own fault; anything else fails the batch. */
function refusalOf(key: string): (error: unknown) => ItemFailure {
  return (error) => {
    if (error instanceof HttpProblem) return itemFailure(key, error.code, error.message)
    if (isCacheError(error)) return itemRefusal(key, error)
    throw error
  }
}

function isAccepted<T extends object>(item: T | ItemFailure): item is T {
  return !('status' in item)
}

function isFailure(item: object | ItemFailure): item is ItemFailure {
  return 'status' in item
}

/** Puts what became of the accepted items back among those that were refused at once. */
function joined(
  parsed: readonly (object | ItemFailure)[],
  settled: readonly SettledItem[],
  success: (result: boolean) => Omit<ItemResponse, 'key'>,
): ItemResponse[] {
  const rest = settled.values()
  return parsed.flatMap((item): ItemResponse[] => {
    if (isFailure(item)) return [item]
    const next = rest.next()
    return next.done === true ? [] : [settledResponse(next.value, success)]
  })
}

function settledResponse(
  item: SettledItem,
  success: (result: boolean) => Omit<ItemResponse, 'key'>,
): ItemResponse {
  return item.ok ? { key: item.key, ...success(item.result) } : itemRefusal(item.key, item.error)
}
