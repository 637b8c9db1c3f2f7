import type { FastifyReply, FastifyRequest } from 'fastify'
import { parseCacheKey } from '../../../core/value-objects/cache-key.ts'
import { callerOf } from '../../dependencies/caller.ts'
import { definedCache } from '../../dependencies/defined-cache.ts'
import type { EntryParams } from '../../models/requests/get-cache-request.ts'
import { assertPrecondition, precondition } from '../../models/requests/precondition.ts'
import { underCondition } from './under-condition.ts'

/** Removes an entry. It is not there afterwards, whether it was before or not. */
export async function deleteEntry(
  request: FastifyRequest<{ Params: EntryParams }>,
  reply: FastifyReply,
): Promise<FastifyReply> {
  const key = parseCacheKey(request.params.key)
  const condition = precondition(request.headers)
  const cache = definedCache(callerOf(request).cache, request.params.cache)
  if (cache !== undefined) await underCondition(cache, key, condition, () => cache.delete(key))
  else if (condition !== undefined) assertPrecondition(condition, undefined)
  return reply.code(204).send()
}
