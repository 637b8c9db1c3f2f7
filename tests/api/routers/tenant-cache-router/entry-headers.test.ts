import fastify from 'fastify'
import { describe, expect, it } from 'vitest'
import { EntryHeaders } from '../../../../src/api/routers/tenant-cache-router/entry-headers.ts'
import type { Lookup } from '../../../../src/application/queries/get-cache-entry.ts'

const CREATED_AT_MS = Date.UTC(2026, 0, 2, 3, 4, 5)

const fresh: Lookup = {
  state: 'fresh',
  value: undefined,
  tier: 'memory',
  ageMs: 1999,
  ttlMs: 2999,
  staleMs: 0,
  tags: [],
  dependsOn: [],
  priority: 'medium',
  sizeBytes: 1,
  createdAtMs: CREATED_AT_MS,
  expiresAtMs: CREATED_AT_MS + 4998,
  accessCount: 0,
}

async function headersOf(headers: EntryHeaders, lookup: Lookup): Promise<Record<string, unknown>> {
  const app = fastify()
  app.get('/', (_request, reply) => {
    headers.write(reply, lookup, '"tag"')
    return reply.send('')
  })
  const response = await app.inject('/')
  await app.close()
  return response.headers
}

describe('EntryHeaders', () => {
  it('gives age and TTL in whole seconds, rounded down', async () => {
    expect(await headersOf(new EntryHeaders(), fresh)).toMatchObject({
      etag: '"tag"',
      age: '1',
      'last-modified': 'Fri, 02 Jan 2026 03:04:05 GMT',
      'cache-status': 'platform-cache; hit; ttl=2',
      'cache-ttl': '2s',
    })
  })

  it('gives a stale value a negative TTL, also when only an invalidation made it stale', async () => {
    const stale: Lookup = { ...fresh, state: 'stale', ttlMs: 0 }
    const headers = new EntryHeaders()
    const overdue = await headersOf(headers, { ...stale, ageMs: 4998 + 2001 })
    const soft = await headersOf(headers, { ...stale, ageMs: 0 })
    expect(overdue['cache-status']).toBe('platform-cache; hit; ttl=-3; detail=stale')
    expect(soft['cache-status']).toBe('platform-cache; hit; ttl=-1; detail=stale')
    expect(soft['cache-ttl']).toBe('0s')
  })

  it('gives a value that never gets stale no number', async () => {
    const headers = await headersOf(new EntryHeaders(), {
      ...fresh,
      ttlMs: Number.POSITIVE_INFINITY,
    })
    expect(headers).toMatchObject({ 'cache-status': 'platform-cache; hit', 'cache-ttl': 'never' })
  })

  it('does not mix up what it remembers of several entries', async () => {
    const headers = new EntryHeaders()
    await headersOf(headers, fresh)
    const other = {
      ...fresh,
      ageMs: 61_000,
      ttlMs: 4_098_000,
      createdAtMs: CREATED_AT_MS + 4_096_000,
    }
    expect(await headersOf(headers, other)).toMatchObject({
      age: '61',
      'last-modified': 'Fri, 02 Jan 2026 04:12:21 GMT',
      'cache-ttl': '4098s',
      'cache-status': 'platform-cache; hit; ttl=4098',
    })
    expect(await headersOf(headers, fresh)).toMatchObject({ age: '1', 'cache-ttl': '2s' })
  })

  it('writes tags so that they survive the header', async () => {
    const tags = ['org:7', 'a,b', '100%', 'größe', 'two words']
    const headers = await headersOf(new EntryHeaders(), { ...fresh, tags })
    expect(headers['cache-tags']).toBe('org:7, a%2Cb, 100%25, gr%C3%B6%C3%9Fe, two%20words')
  })
})
