import type { FastifyReply, FastifyRequest } from 'fastify'
import type { NamespaceCache } from '../../../application/services/namespace-cache.ts'
import { CacheError } from '../../../core/exceptions/cache-error.ts'
import { describeValue } from '../../../core/exceptions/describe-value.ts'
import { type CacheKey, parseCacheKey } from '../../../core/value-objects/cache-key.ts'
import type { EntryOptions } from '../../../core/value-objects/entry-policy.ts'
import { callerOf } from '../../dependencies/caller.ts'
import { ENVELOPE_TYPE, type EntryParams } from '../../models/requests/get-cache-request.ts'
import { type Precondition, precondition } from '../../models/requests/precondition.ts'
import { headerOptions, mergedOptions } from '../../models/requests/set-cache-headers.ts'
import {
  envelopeBody,
  fieldOptions,
  type SetCacheRequest,
} from '../../models/requests/set-cache-request.ts'
import { storedStatus } from '../../models/responses/cache-response.ts'
import { BYTES_TYPE, type StoredBody, storedBody } from '../../models/stored-body.ts'
import { underCondition } from './under-condition.ts'

/** A request that writes one entry. */
type WriteRequest = FastifyRequest<{ Params: EntryParams }>

/** What a PUT asks for. */
interface Write {
  readonly key: CacheKey
  readonly stored: StoredBody
  readonly options: EntryOptions
  readonly condition: Precondition | undefined
  /** The token of a lease. */
  readonly lease: string | undefined
}

const NOTHING = new Uint8Array()

/** Stores an entry: 201 if there was no fresh value, else 204. */
export async function putEntry(request: WriteRequest, reply: FastifyReply): Promise<FastifyReply> {
  const write = writeOf(request)
  const cache = callerOf(request).cache.namespace(request.params.cache)
  const isNew = !(await cache.has(write.key))
  const isStored = await store(cache, write)
  return reply
    .code(isNew && isStored ? 201 : 204)
    .headers({ etag: write.stored.etag, 'cache-status': storedStatus(isStored) })
    .send()
}

function writeOf(request: WriteRequest): Write {
  const lease = request.headers['cache-lease']
  const parts = request.mediaType === ENVELOPE_TYPE ? fromEnvelope(request) : fromBytes(request)
  return {
    ...parts,
    key: parseCacheKey(request.params.key),
    condition: precondition(request.headers),
    lease: typeof lease === 'string' ? lease : undefined,
  }
}

function fromEnvelope(request: WriteRequest): Pick<Write, 'stored' | 'options'> {
  const envelope = request.body as SetCacheRequest // The schema of this content type has let it in.
  const options = mergedOptions(envelope, headerOptions(request.headers))
  return { stored: envelopeBody(envelope), options: fieldOptions(options) }
}

function fromBytes(request: WriteRequest): Pick<Write, 'stored' | 'options'> {
  // Without a body there is nothing to parse, and Fastify leaves `undefined`.
  const body = request.body instanceof Uint8Array ? request.body : NOTHING
  const contentType = request.headers['content-type'] ?? BYTES_TYPE
  return {
    stored: storedBody(contentType, body),
    options: fieldOptions(headerOptions(request.headers)),
  }
}

async function store(cache: NamespaceCache, write: Write): Promise<boolean> {
  const { key, stored, options, condition, lease } = write
  if (lease === undefined) {
    return underCondition(cache, key, condition, () => cache.set(key, stored, options))
  }
  const isStored = await underCondition(cache, key, condition, () =>
    cache.setWithLease(key, stored, lease, options),
  )
  if (isStored) return true
  throw new CacheError(
    'CACHE_LEASE_LOST',
    `Cannot store ${describeValue(key)}: its lease has run out, was given back, or was ended by an invalidation`,
  )
}
