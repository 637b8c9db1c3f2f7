// hot path: benchmarks/http-get.bench.ts
import type { FastifyReply } from 'fastify'
import type { Lookup } from '../../../application/queries/get-cache-entry.ts'
import {
  FOREVER_STATUS,
  hitStatus,
  staleStatus,
  tagsHeader,
  ttlHeader,
} from '../../models/responses/cache-response.ts'
import { NumberTexts } from './number-texts.ts'

/** Writes what the answer to a read says of its entry. One per router, since it remembers texts. */
export class EntryHeaders {
  readonly #dates = new NumberTexts((second) => new Date(second * 1000).toUTCString())
  readonly #ages = new NumberTexts(String)
  readonly #ttls = new NumberTexts(ttlHeader)
  readonly #hits = new NumberTexts(hitStatus)

  write(reply: FastifyReply, lookup: Lookup, etag: string): void {
    reply
      .header('etag', etag)
      .header('age', this.#ages.of(wholeSeconds(lookup.ageMs)))
      .header('last-modified', this.#dates.of(wholeSeconds(lookup.createdAtMs)))
      // Others may keep it, but have to ask whether it still holds: an invalidation doesn't reach them.
      .header('cache-control', 'private, no-cache')
      .header('vary', 'accept')
      // What a tenant stored must not become a page of the service's own origin.
      .header('content-security-policy', 'sandbox')
    this.#writeLife(reply, lookup)
    if (lookup.tags.length > 0) reply.header('cache-tags', tagsHeader(lookup.tags))
  }

  #writeLife(reply: FastifyReply, lookup: Lookup): void {
    if (lookup.state === 'stale') {
      const nowMs = lookup.createdAtMs + lookup.ageMs
      reply
        .header('cache-status', staleStatus(nowMs - lookup.expiresAtMs))
        .header('cache-ttl', '0s')
    } else if (lookup.ttlMs === Number.POSITIVE_INFINITY) {
      reply.header('cache-status', FOREVER_STATUS).header('cache-ttl', 'never')
    } else {
      const seconds = wholeSeconds(lookup.ttlMs)
      reply
        .header('cache-status', this.#hits.of(seconds))
        .header('cache-ttl', this.#ttls.of(seconds))
    }
  }
}

function wholeSeconds(ms: number): number {
  return Math.floor(ms / 1000)
}
