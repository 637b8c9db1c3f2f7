import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import Type from 'typebox'
import { CacheError } from '../../../core/exceptions/cache-error.ts'
import { describeValue } from '../../../core/exceptions/describe-value.ts'
import { parseCacheKey } from '../../../core/value-objects/cache-key.ts'
import { type Access, callerOf } from '../../dependencies/caller.ts'
import { definedCache } from '../../dependencies/defined-cache.ts'
import { EntryParams } from '../../models/requests/get-cache-request.ts'
import { LeaseRequest, leaseOptions } from '../../models/requests/lease-request.ts'
import { LeaseResponse, leaseResponse } from '../../models/responses/lease-response.ts'
import { HttpProblem } from '../../models/responses/problem-response.ts'
import { operation } from '../operation.ts'

interface LeaseRoute {
  Params: EntryParams
  Body: LeaseRequest | null | undefined
}

const PATH = '/v1/caches/:cache/entries/:key/_lease'

/** Single flight for callers in other processes: the value, or the lease to compute it, or the word to wait. */
export async function leaseRoutes(app: FastifyInstance, access: Access): Promise<void> {
  app.post<LeaseRoute>(PATH, {
    bodyLimit: access.limits.maxCommandBytes,
    schema: operation(access, {
      id: 'takeLease',
      tag: 'leases',
      summary: 'Get the value, or the lease to compute it',
      description:
        'hit: the value. compute: compute it, and PUT it with the token in Cache-Lease. wait: somebody else computes; ask again.',
      params: EntryParams,
      body: Type.Union([LeaseRequest, Type.Null()]),
      answers: {
        200: {
          description: 'What to do',
          json: LeaseResponse,
          headers: { 'Retry-After': 'Seconds, with wait' },
        },
      },
    }),
    onRequest: access.allow('cache:write'),
    handler: takeLease,
  })
  app.delete<{ Params: EntryParams }>(PATH, {
    schema: operation(access, {
      id: 'releaseLease',
      tag: 'leases',
      summary: 'Give a lease back without a value',
      params: EntryParams,
      headers: Type.Object({
        'Cache-Lease': Type.String({ description: 'The token of the lease' }),
      }),
      answers: { 204: { description: 'The next caller may compute' } },
    }),
    onRequest: access.allow('cache:write'),
    handler: giveLeaseBack,
  })
}

async function takeLease(
  request: FastifyRequest<LeaseRoute>,
  reply: FastifyReply,
): Promise<LeaseResponse> {
  const key = parseCacheKey(request.params.key)
  const options = leaseOptions(request.body ?? {})
  const cache = callerOf(request).cache.namespace(request.params.cache)
  const answer = await cache.lease(key, options)
  if (answer.state === 'wait') {
    reply.header('retry-after', String(Math.ceil(answer.retryAfterMs / 1000)))
  }
  return leaseResponse(key, answer)
}

async function giveLeaseBack(
  request: FastifyRequest<{ Params: EntryParams }>,
  reply: FastifyReply,
): Promise<FastifyReply> {
  const key = parseCacheKey(request.params.key)
  const token = request.headers['cache-lease']
  if (typeof token !== 'string') {
    const message = 'expected the token of the lease in Cache-Lease'
    throw new HttpProblem('CACHE_REQUEST_INVALID', `Cannot give the lease back: ${message}`, {
      errors: [{ field: 'Cache-Lease', message }],
    })
  }
  const cache = definedCache(callerOf(request).cache, request.params.cache)
  if (cache?.releaseLease(key, token) === true) return reply.code(204).send()
  throw new CacheError(
    'CACHE_LEASE_LOST',
    `Cannot give the lease of ${describeValue(key)} back: it is not held under this token`,
  )
}
