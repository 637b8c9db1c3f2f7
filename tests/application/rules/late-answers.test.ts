import { afterEach, describe, expect, it } from 'vitest'
import { createCache, type PlatformCache, type StandardSchema } from '../../../src/index.ts'
import { createFakeClock } from '../../../src/testing/fake-clock.ts'

/** Answers each value when the test says so, in the order it says. */
function heldSchema() {
  const held = new Map<unknown, () => void>()
  const schema: StandardSchema = {
    '~standard': {
      version: 1,
      vendor: 'test',
      validate: (value) => new Promise((resolve) => held.set(value, () => resolve({ value }))),
    },
  }
  return { schema, pass: (value: unknown) => held.get(value)?.() }
}

const caches: PlatformCache[] = []
afterEach(async () => {
  for (const cache of caches.splice(0)) await cache.close()
})

function stage() {
  const time = createFakeClock()
  const { schema, pass } = heldSchema()
  const cache = createCache({ clock: time.clock, scheduler: time.scheduler })
  caches.push(cache)
  return { time, pass, users: cache.namespace<unknown>('users', { schema, hardTimeout: '5s' }) }
}

describe('set() with a schema that takes its time', () => {
  it('stores the value when nothing came meanwhile', async () => {
    const { users, pass } = stage()
    const set = users.set('k', 'old')
    pass('old')
    expect(await set).toBe(true)
    expect(await users.get('k')).toBe('old')
  })

  it.each([
    ['its key', 'k'],
    ['its prefix', 'k*'],
    ['its tag', { tag: 'red' }],
    ['a dependency', { dependency: 'team:9' }],
  ])('does not bring back a value after an invalidation of %s', async (_, target) => {
    const { users, pass } = stage()
    const set = users.set('k', 'old', { tags: ['red'], dependsOn: ['team:9'] })
    await users.invalidate(target)
    pass('old')
    expect(await set).toBe(false)
    expect(await users.get('k')).toBeUndefined()
  })

  it('does not put an older value in the place of a newer one', async () => {
    const { users, pass } = stage()
    const older = users.set('k', 'old')
    const newer = users.set('k', 'new')
    pass('new')
    expect(await newer).toBe(true)
    pass('old')
    expect(await older).toBe(false)
    expect(await users.get('k')).toBe('new')
    expect((await users.explain('k')).lastRemoval?.detail).toContain('while its schema was asked')
  })

  it('gives up a schema that never settles after the hard timeout', async () => {
    const { users, time } = stage()
    const set = users.set('k', 'old').catch((error: unknown) => error)
    await time.advance(4999)
    await time.advance(1)
    expect(await set).toMatchObject({ code: 'CACHE_TIMEOUT' })
  })
})

describe('a lease whose value finds no room', () => {
  it('is told so under strict, not that the lease is lost', async () => {
    const time = createFakeClock()
    const cache = createCache({ clock: time.clock, scheduler: time.scheduler })
    caches.push(cache)
    const full = cache.namespace('full', { maxEntries: 1 })
    await full.set('a', 1, { priority: 'critical' })
    const lease = await full.lease('b')
    if (lease.state !== 'compute') throw new Error('expected the lease')
    const set = full.setWithLease('b', 2, lease.token, { strict: true })
    await expect(set).rejects.toMatchObject({ code: 'CACHE_CAPACITY_EXCEEDED' })
  })
})

describe('options of a call', () => {
  it('are refused where no such option exists, on a miss and on a set', async () => {
    const cache = createCache()
    caches.push(cache)
    const wrong = { staleIfErorr: '1h' } as object
    await expect(cache.getOrSet('k', () => 1, wrong)).rejects.toMatchObject({
      code: 'CACHE_OPTION_INVALID',
    })
    await expect(cache.set('k', 1, wrong)).rejects.toMatchObject({ code: 'CACHE_OPTION_INVALID' })
    const { signal } = new AbortController()
    expect(await cache.getOrSet('k', () => 1, { signal })).toBe(1)
  })
})
