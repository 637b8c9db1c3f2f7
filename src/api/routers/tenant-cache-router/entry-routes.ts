// hot path: benchmarks/http-get.bench.ts
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import Type from 'typebox'
import type { Lookup } from '../../../application/queries/get-cache-entry.ts'
import { describeValue } from '../../../core/exceptions/describe-value.ts'
import { parseCacheKey } from '../../../core/value-objects/cache-key.ts'
import { type Access, callerOf } from '../../dependencies/caller.ts'
import { definedCache } from '../../dependencies/defined-cache.ts'
import { bodyMiddleware } from '../../middleware/body-middleware.ts'
import {
  ENVELOPE_TYPE,
  EntryParams,
  GetCacheRequest,
  wantsEnvelope,
} from '../../models/requests/get-cache-request.ts'
import { isNotModified } from '../../models/requests/precondition.ts'
import { SetCacheHeaders } from '../../models/requests/set-cache-headers.ts'
import { SetCacheRequest } from '../../models/requests/set-cache-request.ts'
import {
  CacheResponse,
  cacheResponse,
  foundEntry,
  missStatus,
} from '../../models/responses/cache-response.ts'
import { HttpProblem } from '../../models/responses/problem-response.ts'
import { operation } from '../operation.ts'
import { deleteEntry } from './delete-entry.ts'
import { EntryHeaders } from './entry-headers.ts'
import { putEntry } from './put-entry.ts'

/** A request that reads one entry. */
interface ReadRoute {
  Params: EntryParams
  Querystring: GetCacheRequest
}

const PATH = '/v1/caches/:cache/entries/:key'
const bytes = Type.String({ format: 'binary' })
const readHeaders = {
  ETag: 'Strong for the value itself, weak for the envelope',
  Age: 'Seconds since it was stored',
  'Last-Modified': 'When it was stored; for people, not for conditions',
  'Cache-Status': 'RFC 9211: hit or miss, the TTL left, detail=stale for a stale value',
  'Cache-TTL': 'The TTL left, such as 287s or never',
  'Cache-Tags': 'Comma-separated, percent-encoded where needed; only if there are any',
}

/** Reads and writes single entries. */
export async function entryRoutes(app: FastifyInstance, access: Access): Promise<void> {
  bodyMiddleware(app, { jsonType: ENVELOPE_TYPE, others: 'bytes' })
  const headers = new EntryHeaders()
  const read = (
    request: FastifyRequest<ReadRoute>,
    reply: FastifyReply,
  ): FastifyReply | Promise<FastifyReply> => readEntry(request, reply, headers)
  const reading = {
    tag: 'entries',
    params: EntryParams,
    query: GetCacheRequest,
  }
  const found = { description: 'The value as it was stored', headers: readHeaders }
  const notModified = { description: 'The client has it already', headers: readHeaders }
  app.get<ReadRoute>(PATH, {
    exposeHeadRoute: false,
    schema: operation(access, {
      ...reading,
      id: 'getEntry',
      summary: 'Read an entry',
      description: `The bytes as they were stored, or with Accept: ${ENVELOPE_TYPE} the value and its metadata as JSON.`,
      answers: {
        200: { ...found, media: { '*/*': bytes, [ENVELOPE_TYPE]: CacheResponse } },
        304: notModified,
      },
    }),
    onRequest: access.allow('cache:read'),
    handler: read,
  })
  app.head<ReadRoute>(PATH, {
    schema: operation(access, {
      ...reading,
      id: 'headEntry',
      summary: 'Read what is known of an entry',
      answers: { 200: { ...found, description: 'It is there' }, 304: notModified },
    }),
    onRequest: access.allow('cache:read'),
    handler: read,
  })
  app.put<{ Params: EntryParams }>(PATH, {
    bodyLimit: access.limits.maxBodyBytes,
    schema: operation(access, {
      id: 'putEntry',
      tag: 'entries',
      summary: 'Store an entry',
      description: `The body is the value, stored with its content type; or, as ${ENVELOPE_TYPE}, JSON that holds the value and its options.`,
      params: EntryParams,
      headers: SetCacheHeaders,
      bodies: { '*/*': bytes, [ENVELOPE_TYPE]: SetCacheRequest },
      answers: {
        201: { description: 'Stored; there was none', headers: { ETag: 'Of the stored value' } },
        204: { description: 'Stored over another', headers: { ETag: 'Of the stored value' } },
      },
    }),
    onRequest: access.allow('cache:write'),
    handler: putEntry,
  })
  app.delete<{ Params: EntryParams }>(PATH, {
    schema: operation(access, {
      id: 'deleteEntry',
      tag: 'entries',
      summary: 'Remove an entry',
      params: EntryParams,
      answers: { 204: { description: 'It is not there now' } },
    }),
    onRequest: access.allow('cache:invalidate'),
    handler: deleteEntry,
  })
}

/** Answers at once what memory holds: a promise in between costs a hit 10 % of its processor time. */
function readEntry(
  request: FastifyRequest<ReadRoute>,
  reply: FastifyReply,
  headers: EntryHeaders,
): FastifyReply | Promise<FastifyReply> {
  const { key } = request.params
  const cache = definedCache(callerOf(request).cache, request.params.cache)
  if (cache === undefined) throw notFound(parseCacheKey(key), false)
  const lookup = cache.peekLookup(key)
  if (lookup !== undefined) return sendLookup(request, reply, headers, lookup)
  return cache.lookup(key).then((late) => sendLookup(request, reply, headers, late))
}

function sendLookup(
  request: FastifyRequest<ReadRoute>,
  reply: FastifyReply,
  headers: EntryHeaders,
  lookup: Lookup,
): FastifyReply {
  const found = foundEntry(lookup, request.query.stale === 'ok')
  if (found === undefined) throw notFound(request.params.key, lookup.state === 'stale')
  const { stored } = found
  const isEnvelope = wantsEnvelope(request.headers.accept)
  // An envelope's tag is weak, since its metadata changes all the time: only the value in it is the same.
  headers.write(reply, lookup, isEnvelope ? `W/${stored.etag}` : stored.etag)
  if (isNotModified(request.headers['if-none-match'], stored.etag)) return reply.code(304).send()
  if (!isEnvelope) return reply.header('content-type', stored.contentType).send(stored.body)
  return reply.type(ENVELOPE_TYPE).send(cacheResponse(request.params.key, found))
}

function notFound(key: string, isStale: boolean): HttpProblem {
  const why = isStale ? 'its value is stale; ?stale=ok answers it' : 'it is not held'
  return new HttpProblem('CACHE_ENTRY_NOT_FOUND', `Cannot find ${describeValue(key)}: ${why}`, {
    headers: { 'cache-status': missStatus(isStale) },
  })
}
