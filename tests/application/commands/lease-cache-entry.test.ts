import { describe, expect, it } from 'vitest'
import {
  DEFAULT_LEASE_MS,
  MAX_LEASE_MS,
  parseLeaseTerms,
} from '../../../src/application/commands/lease-cache-entry.ts'
import type { NamespaceCache } from '../../../src/application/services/namespace-cache.ts'
import type { PlatformCache } from '../../../src/module.ts'
import { backendStage, STAGES, settle } from '../../fakes/cache-stage.ts'
import { outcome } from '../../fakes/outcome.ts'
import { addDependencies, MEMBER, REACHED, TARGETS } from '../../fakes/scopes.ts'

const STALE = { ttl: 100, staleIfError: 1000 } as const

function leases(cache: PlatformCache): NamespaceCache {
  return cache.namespace('default')
}

async function tokenOf(cache: PlatformCache, key: string, ttlMs?: number): Promise<string> {
  const answer = await leases(cache).lease(key, ttlMs === undefined ? {} : { ttlMs })
  if (answer.state !== 'compute') throw new RangeError(`expected a lease, got ${answer.state}`)
  return answer.token
}

describe('the terms of a lease', () => {
  it('are 2 seconds and no waiting if nothing is said', () => {
    expect(parseLeaseTerms({})).toEqual({ ttlMs: DEFAULT_LEASE_MS, waitMs: 0 })
    expect(DEFAULT_LEASE_MS).toBe(2000)
  })

  it('may be at their bounds', () => {
    expect(parseLeaseTerms({ ttlMs: 1, waitMs: 0 })).toEqual({ ttlMs: 1, waitMs: 0 })
    const most = { ttlMs: MAX_LEASE_MS, waitMs: 30_000 }
    expect(parseLeaseTerms(most)).toEqual(most)
  })

  it.each([
    [{ ttlMs: 0 }, 'expected 1 to 60000 whole milliseconds, got 0'],
    [{ ttlMs: -1 }, 'got -1'],
    [{ ttlMs: MAX_LEASE_MS + 1 }, 'got 60001'],
    [{ ttlMs: 1.5 }, 'got 1.5'],
    [{ ttlMs: Number.NaN }, 'got NaN'],
    [{ waitMs: -1 }, 'expected 0 to 30000 whole milliseconds, got -1'],
    [{ waitMs: 30_001 }, 'got 30001'],
    [{ waitMs: 0.5 }, 'got 0.5'],
  ])('beyond them are refused: %j', async (options, message) => {
    const { cache } = backendStage()
    expect(await outcome(leases(cache).lease('key', options))).toMatchObject({
      code: 'CACHE_OPTION_INVALID',
      message: expect.stringContaining(message),
    })
  })
})

describe.each(STAGES)('asking for a lease, over %s', (name, stage) => {
  it('of a key that is fresh answers its value', async () => {
    const { cache } = stage()
    await cache.set('key', 'value')
    const tier = name === 'memory' ? 'memory' : 'repository'
    const lookup = { state: 'fresh', value: 'value', tier }
    expect(await leases(cache).lease('key')).toMatchObject({ state: 'hit', lookup })
    expect(await cache.stats()).toMatchObject({ hits: 1, misses: 0 })
  })

  it('of an absent key answers a lease without a stale value', async () => {
    const { cache } = stage()
    expect(await leases(cache).lease('key', { ttlMs: 700 })).toEqual({
      state: 'compute',
      token: expect.any(String),
      expiresInMs: 700,
      stale: undefined,
    })
    expect(await cache.stats()).toMatchObject({ hits: 0, misses: 1 })
  })

  it('of a stale key answers a lease with the stale value', async () => {
    const { cache, time } = stage()
    await cache.set('key', 'old', STALE)
    await time.advance(99)
    expect(await leases(cache).lease('key')).toMatchObject({ state: 'hit' })
    await time.advance(1)
    expect(await leases(cache).lease('key')).toMatchObject({
      state: 'compute',
      stale: { state: 'stale', value: 'old' },
    })
  })

  it('that another holds answers the word to wait, with the stale value, and counts no lookup', async () => {
    const { cache, time } = stage()
    await cache.set('key', 'old', STALE)
    await time.advance(100)
    await tokenOf(cache, 'key')
    expect(await leases(cache).lease('key')).toMatchObject({
      state: 'wait',
      retryAfterMs: 50,
      stale: { value: 'old' },
    })
    expect(await cache.stats()).toMatchObject({ hits: 0, misses: 1, coalesced: 1 })
  })

  it('of a key that a factory of this process loads answers the word to wait', async () => {
    const { cache, time } = stage()
    void cache.getOrSet('key', () => new Promise(() => undefined)).catch(() => undefined)
    await settle(time)
    expect(await leases(cache).lease('key')).toMatchObject({ state: 'wait', stale: undefined })
  })

  it('with waitMs gets the value as soon as the holder has stored it', async () => {
    const { cache, time } = stage()
    const token = await tokenOf(cache, 'key')
    const waiting = leases(cache).lease('key', { waitMs: 1000 })
    await time.advance(500)
    expect(await leases(cache).setWithLease('key', 'value', token)).toBe(true)
    expect(await waiting).toMatchObject({ state: 'hit', lookup: { value: 'value' } })
  })

  it('with waitMs gets the lease as soon as the holder gives it back', async () => {
    const { cache, time } = stage()
    const token = await tokenOf(cache, 'key')
    const waiting = leases(cache).lease('key', { waitMs: 1000 })
    await settle(time)
    expect(leases(cache).releaseLease('key', token)).toBe(true)
    const answer = await waiting
    expect(answer).toMatchObject({ state: 'compute' })
    expect(answer).not.toMatchObject({ token })
  })

  it('waits for waitMs and not a millisecond longer', async () => {
    const { cache, time } = stage()
    await tokenOf(cache, 'key')
    let state: string | undefined
    void leases(cache)
      .lease('key', { waitMs: 1000 })
      .then((answer) => {
        state = answer.state
      })
    await time.advance(999)
    expect(state).toBeUndefined()
    await time.advance(1)
    expect(state).toBe('wait')
  })
})

describe.each(STAGES)('holding a lease, over %s', (_, stage) => {
  it('lasts for its time, and not a millisecond longer', async () => {
    const { cache, time } = stage()
    const token = await tokenOf(cache, 'key', 700)
    await time.advance(699)
    expect(await leases(cache).lease('key')).toMatchObject({ state: 'wait' })
    await time.advance(1)
    expect(await leases(cache).setWithLease('key', 'late', token)).toBe(false)
    expect(leases(cache).releaseLease('key', token)).toBe(false)
    expect(await leases(cache).lease('key')).toMatchObject({ state: 'compute' })
    expect(await cache.get('key')).toBeUndefined()
  })

  it('makes getOrSet wait for its value, without a call of the factory', async () => {
    const { cache, time } = stage()
    const token = await tokenOf(cache, 'key')
    const waiting = cache.getOrSet('key', () => 'not called')
    await settle(time)
    expect(await leases(cache).setWithLease('key', 'value', token)).toBe(true)
    expect(await waiting).toBe('value')
  })

  it('that runs out lets those who wait in getOrSet load for themselves', async () => {
    const { cache, time } = stage()
    await tokenOf(cache, 'key', 700)
    const waiting = cache.getOrSet('key', () => 'own')
    await time.advance(700)
    expect(await waiting).toBe('own')
  })

  it('ends with the value: the token is good for one', async () => {
    const { cache } = stage()
    const token = await tokenOf(cache, 'key')
    expect(await leases(cache).setWithLease('key', 'value', token)).toBe(true)
    expect(await leases(cache).setWithLease('key', 'again', token)).toBe(false)
    expect(await cache.get('key')).toBe('value')
  })

  it('takes the right token: another stores nothing and gives nothing back', async () => {
    const { cache } = stage()
    const token = await tokenOf(cache, 'key')
    await tokenOf(cache, 'other')
    expect(await leases(cache).setWithLease('key', 'forged', `${token}x`)).toBe(false)
    expect(await leases(cache).setWithLease('other', 'forged', token)).toBe(false)
    expect(leases(cache).releaseLease('key', `${token}x`)).toBe(false)
    expect(await leases(cache).setWithLease('key', 'value', token)).toBe(true)
  })

  it('stores under the options given', async () => {
    const { cache, time } = stage()
    const token = await tokenOf(cache, 'key')
    await leases(cache).setWithLease('key', 'value', token, { ttl: 100, tags: ['org:7'] })
    expect(await cache.lookup('key')).toMatchObject({ ttlMs: 100, tags: ['org:7'] })
    await time.advance(100)
    expect(await cache.get('key')).toBeUndefined()
  })

  it.each(TARGETS)('is lost by invalidating %s', async (__, target) => {
    const { cache } = stage()
    addDependencies(cache)
    const token = await tokenOf(cache, REACHED)
    await cache.invalidate(target)
    expect(await leases(cache).setWithLease(REACHED, 'old', token, MEMBER)).toBe(false)
    expect(await cache.get(REACHED)).toBeUndefined()
    expect(await leases(cache).lease(REACHED)).toMatchObject({ state: 'compute' })
  })

  it.each(['delete', 'flush', 'set', 'soft'] as const)(
    'is lost by a %s of its key',
    async (how) => {
      const { cache } = stage()
      const token = await tokenOf(cache, 'key')
      if (how === 'delete') await cache.delete('key')
      else if (how === 'flush') await cache.flush()
      else if (how === 'set') await cache.set('key', 'newer')
      else await cache.invalidate('key', { soft: true })
      expect(await leases(cache).setWithLease('key', 'old', token)).toBe(false)
      expect(await cache.get('key')).toBe(how === 'set' ? 'newer' : undefined)
    },
  )

  it('survives an invalidation of something else', async () => {
    const { cache } = stage()
    const token = await tokenOf(cache, 'key')
    await cache.invalidate('other')
    await cache.invalidate({ tag: 'org:8' })
    expect(await leases(cache).setWithLease('key', 'value', token, { tags: ['org:7'] })).toBe(true)
  })

  it('with a value of no life stores nothing, and removes the older one', async () => {
    const { cache, time } = stage()
    await cache.set('key', 'old', STALE)
    await time.advance(100)
    const token = await tokenOf(cache, 'key')
    expect(await leases(cache).setWithLease('key', 'new', token, { ttl: 0 })).toBe(true)
    expect(await cache.lookup('key')).toMatchObject({ state: 'miss' })
    expect(await leases(cache).lease('key')).toMatchObject({ state: 'compute' })
  })

  it('stays held after a value that does not fit the schema', async () => {
    const { cache } = stage()
    const schema = {
      '~standard': {
        version: 1,
        vendor: 'test',
        validate: (value: unknown) =>
          typeof value === 'number' ? { value } : { issues: [{ message: 'expected a number' }] },
      },
    } as const
    const space = cache.namespace<unknown>('numbers', { schema })
    const answer = await space.lease('key')
    const token = answer.state === 'compute' ? answer.token : ''
    expect(await outcome(space.setWithLease('key', 'text', token))).toMatchObject({
      code: 'CACHE_VALUE_INVALID',
      message: expect.stringContaining('Cannot store key in namespace numbers: '),
    })
    expect(await space.lease('key')).toMatchObject({ state: 'wait' })
    expect(await space.setWithLease('key', 1, token)).toBe(true)
    expect(await space.get('key')).toBe(1)
  })

  it('ends a remembered failure of its key with its value', async () => {
    const { cache, time } = stage()
    const options = { errorTtl: 1000 }
    await outcome(cache.getOrSet('key', () => Promise.reject(new Error('down')), options))
    const token = await tokenOf(cache, 'key')
    await leases(cache).setWithLease('key', 'value', token, { ttl: 10 })
    await time.advance(10)
    expect(await cache.getOrSet('key', () => 'loaded', options)).toBe('loaded')
  })
})

describe('a lease over a backend', () => {
  it('that a mark reaches while its value is written answers false, and nobody gets it later', async () => {
    const { cache, time, backend } = backendStage()
    const token = await tokenOf(cache, 'key')
    backend.behave = ({ verb }) => (verb === 'set' ? 'hold' : 'now')
    const storing = leases(cache).setWithLease('key', 'old', token)
    await settle(time)
    await cache.invalidate('key')
    await backend.take('set', 'key').answer()
    expect(await storing).toBe(false)
    expect(await cache.get('key')).toBeUndefined()
  })

  it('that does not take the value answers false', async () => {
    const { cache, backend } = backendStage()
    const token = await tokenOf(cache, 'key')
    backend.behave = ({ verb }) => (verb === 'set' ? 'reject' : 'now')
    expect(await leases(cache).setWithLease('key', 'value', token)).toBe(false)
    expect(await cache.get('key')).toBeUndefined()
  })
})
