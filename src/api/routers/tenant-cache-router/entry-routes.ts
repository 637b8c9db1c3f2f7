// hot path: benchmarks/http-get.bench.ts
import { isUtf8 } from 'node:buffer'
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import Type from 'typebox'
import type { Lookup } from '../../../application/queries/get-cache-entry.ts'
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
  type FoundEntry,
  foundEntry,
  hitStatus,
  missStatus,
  tagsHeader,
  ttlHeader,
} from '../../models/responses/cache-response.ts'
import { HttpProblem } from '../../models/responses/problem-response.ts'
import { operation } from '../operation.ts'
import { deleteEntry, putEntry } from './write-entry.ts'

/** A request that reads one entry. */
interface ReadRoute {
  Params: EntryParams
  Querystring: GetCacheRequest
}

/** Longer bodies gain nothing from it. */
const MAX_TEXT_BYTES = 16 * 1024
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
    handler: readEntry,
  })
  app.head<ReadRoute>(PATH, {
    schema: operation(access, {
      ...reading,
      id: 'headEntry',
      summary: 'Read what is known of an entry',
      answers: { 200: { ...found, description: 'It is there' }, 304: notModified },
    }),
    onRequest: access.allow('cache:read'),
    handler: readEntry,
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

async function readEntry(
  request: FastifyRequest<ReadRoute>,
  reply: FastifyReply,
): Promise<FastifyReply> {
  const { key } = request.params
  const cache = definedCache(callerOf(request).cache, request.params.cache)
  const lookup = cache === undefined ? missOf(key) : await cache.lookup(key)
  const found = foundEntry(lookup, request.query.stale === 'ok')
  if (found === undefined) throw notFound(key, lookup)
  return wantsEnvelope(request.headers.accept)
    ? sendEnvelope(request, reply, key, found)
    : sendBytes(request, reply, found)
}

/** Nothing, for a key that could be one. */
function missOf(key: string): undefined {
  parseCacheKey(key)
}

function sendBytes(request: FastifyRequest, reply: FastifyReply, found: FoundEntry): FastifyReply {
  const { etag, contentType, body } = found.stored
  setHeaders(reply, found.lookup, etag)
  if (isNotModified(request.headers['if-none-match'], etag)) return reply.code(304).send()
  return reply.header('content-type', contentType).serializer(asItIs).send(wireBody(body))
}

/**
 * Small text goes out as a string: Node writes it in one piece with the headers, and bytes in a second
 * one, which is about 5 % of the requests per second at 1 KiB (Node 20.20, 2026-11).
 */
function wireBody(body: Uint8Array): string | Uint8Array {
  if (body.byteLength > MAX_TEXT_BYTES || !isUtf8(body)) return body
  return Buffer.isBuffer(body) ? body.toString() : Buffer.from(body).toString()
}

/** Keeps Fastify from adding a charset to the content type that was stored. */
function asItIs(body: string): string {
  return body
}

function sendEnvelope(
  request: FastifyRequest,
  reply: FastifyReply,
  key: string,
  found: FoundEntry,
): FastifyReply {
  // Weak, since its metadata changes all the time: only the value in it is the same.
  const etag = `W/${found.stored.etag}`
  setHeaders(reply, found.lookup, etag)
  if (isNotModified(request.headers['if-none-match'], found.stored.etag)) {
    return reply.code(304).send()
  }
  return reply.type(ENVELOPE_TYPE).send(cacheResponse(key, found))
}

function setHeaders(reply: FastifyReply, lookup: Lookup, etag: string): void {
  reply
    .header('etag', etag)
    .header('age', String(Math.floor(lookup.ageMs / 1000)))
    .header('last-modified', new Date(lookup.createdAtMs).toUTCString())
    .header('cache-status', hitStatus(lookup))
    .header('cache-ttl', ttlHeader(lookup))
    // Others may keep it, but have to ask whether it still holds: an invalidation doesn't reach them.
    .header('cache-control', 'private, no-cache')
    .header('vary', 'accept')
    // What a tenant stored must not become a page of the service's own origin.
    .header('content-security-policy', 'sandbox')
  if (lookup.tags.length > 0) reply.header('cache-tags', tagsHeader(lookup.tags))
}

function notFound(key: string, lookup: Lookup | undefined): HttpProblem {
  const why =
    lookup?.state === 'stale' ? 'its value is stale; ?stale=ok answers it' : 'it is not held'
  return new HttpProblem(
    'CACHE_ENTRY_NOT_FOUND',
    `Cannot find ${JSON.stringify(key.slice(0, 100))}: ${why}`,
    { headers: { 'cache-status': missStatus(lookup) } },
  )
}
