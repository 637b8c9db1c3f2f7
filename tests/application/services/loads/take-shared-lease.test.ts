import { afterEach, describe, expect, it } from 'vitest'
import type { LeaseAnswer } from '../../../../src/application/commands/lease-cache-entry.ts'
import type { NamespaceCache } from '../../../../src/application/services/namespace-cache.ts'
import type { CacheOptions } from '../../../../src/cache-options.ts'
import { deferred } from '../../../fakes/deferred.ts'
import { outcome } from '../../../fakes/outcome.ts'
import { type SharedNode, type SharedStage, sharedStage } from '../../../fakes/shared-stage.ts'
import { TEXT_SCHEMA } from '../../../fakes/text-schema.ts'

const stages: SharedStage[] = []

afterEach(async () => {
  for (const one of stages.splice(0)) await one.close()
})

/** Two nodes that have joined. */
async function stage(options: CacheOptions = {}) {
  const made = sharedStage()
  stages.push(made)
  const [a, b] = [made.node(options), made.node(options)]
  await made.settle()
  return { ...made, a, b }
}

function leases({ cache }: SharedNode): NamespaceCache {
  return cache.namespace('default')
}

async function tokenOf(node: SharedNode, ttlMs = 2000): Promise<string> {
  const answer = await leases(node).lease('key', { ttlMs })
  if (answer.state !== 'compute') throw new RangeError(`expected a lease, got ${answer.state}`)
  return answer.token
}

/** What a promise has come to by now. */
function watched(asked: Promise<LeaseAnswer>): { answer: LeaseAnswer | undefined } {
  const state: { answer: LeaseAnswer | undefined } = { answer: undefined }
  void asked.then((answer) => {
    state.answer = answer
  })
  return state
}

describe('a lease over two nodes', () => {
  it('stores its value for both', async () => {
    const { a, b, servers } = await stage()
    const token = await tokenOf(a)
    expect(await leases(a).setWithLease('key', 'value', token, { tags: ['t'] })).toBe(true)
    expect(servers.stores).toBe(1)
    expect(a.cache.peek('key')).toBe('value')
    expect(await b.cache.lookup('key')).toMatchObject({ value: 'value', tags: ['t'] })
    expect(servers.leases.size).toBe(0)
  })

  it('is held by one of them, and the other waits as long as it says', async () => {
    const { a, b, time, servers } = await stage()
    const token = await tokenOf(a)
    expect(await leases(b).lease('key')).toMatchObject({ state: 'wait', retryAfterMs: 50 })
    const waiting = watched(leases(b).lease('key', { waitMs: 500 }))
    await time.advance(499)
    expect(waiting.answer).toBeUndefined()
    await time.advance(1)
    expect(waiting.answer).toMatchObject({ state: 'wait' })
    const waitingOn = watched(leases(b).lease('key', { waitMs: 500 }))
    await time.advance(0)
    await leases(a).setWithLease('key', 'value', token)
    await time.advance(50)
    const lookup = { state: 'fresh', value: 'value', tier: 'repository' }
    expect(waitingOn.answer).toMatchObject({ state: 'hit', lookup })
    expect(b.cache.peek('key')).toBe('value')
    expect(servers.stores).toBe(1)
  })

  it('goes to the other when it is given back, or has run out', async () => {
    const { a, b, time } = await stage()
    const token = await tokenOf(a)
    expect(leases(a).releaseLease('key', token)).toBe(true)
    await time.advance(0)
    await tokenOf(b, 5000)
    await time.advance(4999)
    expect(await leases(a).lease('key')).toMatchObject({ state: 'wait' })
    await time.advance(1)
    await tokenOf(a)
  })

  it('and a load of a factory exclude each other', async () => {
    const { a, b, time } = await stage()
    const source = deferred<string>()
    const loading = a.cache.getOrSet('key', () => source.promise)
    await time.advance(0)
    expect(await leases(b).lease('key')).toMatchObject({ state: 'wait' })
    source.resolve('loaded')
    expect(await loading).toBe('loaded')
    await a.cache.delete('key')
    await time.advance(0)
    const token = await tokenOf(b)
    const joined = a.cache.getOrSet('key', () => 'not called')
    await time.advance(100)
    await leases(b).setWithLease('key', 'leased', token)
    await time.advance(50)
    expect(await joined).toBe('leased')
  })

  it('is lost once a mark has reached its key, wherever that was made', async () => {
    const { a, b, servers, settle } = await stage()
    for (const node of [a, b]) {
      const token = await tokenOf(a)
      await node.cache.invalidate('key')
      await settle()
      expect(await leases(a).setWithLease('key', 'old', token)).toBe(false)
      expect(servers.stores).toBe(0)
      expect(servers.leases.size).toBe(0)
    }
  })

  it('stores nothing that is member of what was invalidated meanwhile', async () => {
    const { a, b, servers, settle } = await stage()
    const token = await tokenOf(a)
    await b.cache.invalidate({ tag: 't' })
    await settle()
    expect(await leases(a).setWithLease('key', 'old', token, { tags: ['t'] })).toBe(false)
    await settle()
    expect([servers.stores, servers.leases.size]).toEqual([0, 0])
  })

  it('is good for one value, also for two that come together', async () => {
    const { a, servers } = await stage()
    const token = await tokenOf(a)
    const both = ['one', 'two'].map((value) => leases(a).setWithLease('key', value, token))
    expect(await Promise.all(both)).toEqual([true, false])
    expect(servers.stores).toBe(1)
  })

  it('comes with what may be served stale, from the other node', async () => {
    const { a, b, time } = await stage()
    await a.cache.set('key', 'old', { ttl: 1000, jitter: 0, staleIfError: '1m' })
    await time.advance(1000)
    const answer = await leases(b).lease('key')
    expect(answer).toMatchObject({ state: 'compute', stale: { state: 'stale', value: 'old' } })
  })

  it('is of this node alone where the others cannot be reached, and so is its value', async () => {
    const { a, b, servers, time } = await stage()
    a.link.cut()
    await time.advance(2000)
    const token = await tokenOf(a)
    expect(await leases(a).lease('key')).toMatchObject({ state: 'wait' })
    expect(await leases(a).setWithLease('key', 'alone', token)).toBe(false)
    expect(await a.cache.get('key')).toBe('alone')
    expect([servers.stores, await b.cache.get('key')]).toEqual([0, undefined])
  })

  it('is had also where what is there does not fit the schema, which is replaced', async () => {
    const { a, b, servers } = await stage()
    await a.cache.namespace('texts').set('key', 5)
    const strict = b.cache.namespace('texts', { schema: TEXT_SCHEMA })
    const answer = await strict.lease('key')
    if (answer.state !== 'compute') throw new RangeError('expected a lease')
    expect(await strict.setWithLease('key', 'five', answer.token)).toBe(true)
    expect(servers.entries.get('texts/key')?.value).toBe('five')
  })

  it('is refused by a cache that closes while it waits', async () => {
    const { a, b, time } = await stage()
    await tokenOf(a)
    const waiting = outcome(leases(b).lease('key', { waitMs: 500 }))
    await time.advance(10)
    await b.cache.close()
    expect(await waiting).toMatchObject({ code: 'CACHE_CLOSED' })
  })
})
