import type { FastifyInstance, FastifyRequest } from 'fastify'
import Type from 'typebox'
import { type Access, callerOf, originOf } from '../../dependencies/caller.ts'
import { definedCache } from '../../dependencies/defined-cache.ts'
import type { CacheParams } from '../../models/requests/get-cache-request.ts'
import {
  DryRunQuery,
  FlushRequest,
  InvalidateRequest,
  invalidationTarget,
} from '../../models/requests/invalidate-request.ts'
import {
  InvalidationResponse,
  invalidationResponse,
  previewResponse,
} from '../../models/responses/invalidation-response.ts'
import { type Operation, operation } from '../operation.ts'

interface InvalidationRoute<B> {
  Params: CacheParams
  Querystring: DryRunQuery
  Body: B
}

/** Where the routes lie, and what they are called: tenants and operators have the same ones. */
export interface InvalidationPlace {
  readonly path: string
  readonly params: NonNullable<Operation['params']>
  readonly tag: string
  /** Put before the names of the operations. */
  readonly idPrefix: string
  readonly scope: 'cache:invalidate' | 'admin:write'
}

const NOTHING_TO_HIT = { matched: 0, scanned: 0, isComplete: true, sample: [] }

/** Invalidates by any scope, and empties a cache; both can be tried without effect. */
export async function invalidationRoutes(
  app: FastifyInstance,
  access: Access,
  place: InvalidationPlace,
): Promise<void> {
  const { limits } = access
  const common = {
    tag: place.tag,
    params: place.params,
    query: DryRunQuery,
    answers: {
      200: { description: 'Done; or, of a dry run, counted', json: InvalidationResponse },
    },
  }
  app.post<InvalidationRoute<InvalidateRequest>>(`${place.path}/_invalidate`, {
    bodyLimit: limits.maxCommandBytes,
    schema: operation(access, {
      ...common,
      id: `${place.idPrefix}invalidate`,
      summary: 'Make entries invalid',
      description:
        'By key, prefix, pattern, regular expression, tag or dependency. Once it has answered, no read that starts later gets a value computed before it.',
      body: InvalidateRequest,
    }),
    onRequest: access.allow(place.scope),
    handler: (request) => invalidate(request, limits.maxScannedEntries),
  })
  app.post<InvalidationRoute<FlushRequest | null | undefined>>(`${place.path}/_flush`, {
    bodyLimit: limits.maxCommandBytes,
    schema: operation(access, {
      ...common,
      id: `${place.idPrefix}flush`,
      summary: 'Make everything in a cache invalid',
      // A flush needs no body; Fastify hands a missing one to the check as null.
      body: Type.Union([FlushRequest, Type.Null()]),
    }),
    onRequest: access.allow(place.scope),
    handler: (request) => flush(request, limits.maxScannedEntries),
  })
}

async function invalidate(
  request: FastifyRequest<InvalidationRoute<InvalidateRequest>>,
  maxScannedEntries: number,
): Promise<InvalidationResponse> {
  const target = invalidationTarget(request.body)
  const caller = callerOf(request)
  const manager = caller.cache
  const origin = originOf(caller)
  const name = request.params.cache
  if (request.query.dryRun === true) {
    const cache = definedCache(manager, name)
    const preview = cache?.previewInvalidation(target, { limit: maxScannedEntries })
    return previewResponse((await preview) ?? NOTHING_TO_HIT)
  }
  const { soft, reason } = request.body
  const result = await manager.namespace(name).invalidate(target, {
    origin,
    ...(soft === undefined ? {} : { soft }),
    ...(reason === undefined ? {} : { reason }),
  })
  return invalidationResponse(result)
}

async function flush(
  request: FastifyRequest<InvalidationRoute<FlushRequest | null | undefined>>,
  maxScannedEntries: number,
): Promise<InvalidationResponse> {
  const caller = callerOf(request)
  const manager = caller.cache
  const origin = originOf(caller)
  const name = request.params.cache
  if (request.query.dryRun === true) {
    const cache = definedCache(manager, name)
    const preview = cache?.previewInvalidation('**', { limit: maxScannedEntries })
    return previewResponse((await preview) ?? NOTHING_TO_HIT)
  }
  const reason = request.body?.reason
  const result = await manager
    .namespace(name)
    .flush({ origin, ...(reason === undefined ? {} : { reason }) })
  return invalidationResponse(result)
}
