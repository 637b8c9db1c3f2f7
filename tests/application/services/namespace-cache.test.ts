import { describe, expect, it } from 'vitest'
import type { NamespaceCache } from '../../../src/application/services/namespace-cache.ts'
import { backendStage, memoryStage, STAGES, settle } from '../../fakes/cache-stage.ts'
import { outcome } from '../../fakes/outcome.ts'

const BAD_KEY = ''
const KEY_INVALID = { code: 'CACHE_KEY_INVALID' }
const OPTION_INVALID = { code: 'CACHE_OPTION_INVALID' }
const CLOSED = {
  code: 'CACHE_CLOSED',
  message: 'Cannot use namespace users: its cache is closed',
}

type Call = (users: NamespaceCache, key: string) => unknown

/** Every method that takes a key, as a call that may throw or reject. */
const KEYED: readonly (readonly [string, Call])[] = [
  ['getOrSet', (users, key) => users.getOrSet(key, () => 1)],
  ['get', (users, key) => users.get(key)],
  ['peek', (users, key) => users.peek(key)],
  ['lookup', (users, key) => users.lookup(key)],
  ['set', (users, key) => users.set(key, 1)],
  ['delete', (users, key) => users.delete(key)],
  ['has', (users, key) => users.has(key)],
  ['touch', (users, key) => users.touch(key)],
  ['getMany', (users, key) => users.getMany([key])],
  ['explain', (users, key) => users.explain(key)],
  ['lease', (users, key) => users.lease(key)],
  ['setWithLease', (users, key) => users.setWithLease(key, 1, 'token')],
  ['releaseLease', (users, key) => users.releaseLease(key, 'token')],
]

/** Every other method that needs an open cache. */
const UNKEYED: readonly (readonly [string, Call])[] = [
  ['invalidate', (users) => users.invalidate('a')],
  ['previewInvalidation', (users) => users.previewInvalidation('a')],
  ['flush', (users) => users.flush()],
  ['warm', (users) => users.warm([])],
  ['keys', (users) => users.keys()],
  ['listKeys', (users) => users.listKeys()],
]

/** What a call threw or rejected with, or what it answered. */
function result(call: () => unknown): Promise<unknown> {
  return outcome(Promise.resolve().then(call))
}

describe.each(STAGES)('a namespace over %s', (_, stage) => {
  it.each(KEYED)('%s refuses a bad key', async (_name, call) => {
    const users = stage().cache.namespace('users')
    expect(await result(() => call(users, BAD_KEY))).toMatchObject(KEY_INVALID)
  })

  it.each(KEYED)(
    '%s refuses a bad key each time, also the first one and after a good one',
    async (_name, call) => {
      const users = stage().cache.namespace('users')
      for (const bad of [undefined, null, 7, Symbol('no key'), 'a*', 'a*']) {
        expect(await result(() => call(users, bad as unknown as string))).toMatchObject(KEY_INVALID)
      }
      await users.set('a', 1)
      expect(await result(() => call(users, 'a*'))).toMatchObject(KEY_INVALID)
    },
  )

  it.each([...KEYED, ...UNKEYED])(
    '%s refuses a closed cache, whatever the key',
    async (_name, call) => {
      const { cache } = stage()
      const users = cache.namespace('users')
      await users.set('a', 1)
      await cache.close()
      expect(await result(() => call(users, 'a'))).toMatchObject(CLOSED)
      expect(await result(() => call(users, BAD_KEY))).toMatchObject(CLOSED)
    },
  )

  it('has a name, and the settings of now', () => {
    const { cache } = stage()
    const users = cache.namespace('users', { maxEntries: 5 })
    expect(users.name).toBe('users')
    expect(users.settings).toMatchObject({ name: 'users', maxEntries: 5 })
    cache.configureNamespace('users', { maxEntries: 6 })
    expect(users.settings.maxEntries).toBe(6)
  })

  it('getOrSet answers what is held, and asks the factory for what is not', async () => {
    const users = stage().cache.namespace('users')
    expect(await users.getOrSet('a', () => 1)).toBe(1)
    expect(await users.getOrSet('a', () => 2)).toBe(1)
    expect(await users.stats()).toMatchObject({ hits: 1, misses: 1, loads: 1 })
  })

  it.each([[undefined], [null], [1]])('getOrSet refuses %s for a factory', async (factory) => {
    const users = stage().cache.namespace('users')
    const getOrSet = Reflect.get(users, 'getOrSet') as (...given: unknown[]) => Promise<unknown> // Past the types, as plain JavaScript may.
    expect(await outcome(getOrSet.call(users, 'a', factory))).toMatchObject({
      ...OPTION_INVALID,
      message: `Cannot load: expected a factory function, got ${typeof factory}`,
    })
  })

  it('getOrSet, set and touch refuse wrong options', async () => {
    const users = stage().cache.namespace('users')
    const jitter = 1
    expect(await outcome(users.getOrSet('a', () => 1, { jitter }))).toMatchObject(OPTION_INVALID)
    expect(await outcome(users.set('a', 1, { jitter }))).toMatchObject(OPTION_INVALID)
    expect(await outcome(users.touch('a', { ttl: -1 }))).toMatchObject({
      code: expect.stringMatching(/INVALID$/),
    })
    expect(await users.has('a')).toBe(false)
  })

  it('getOrSet stops waiting when its signal aborts', async () => {
    const { cache, time } = stage()
    const controller = new AbortController()
    const waiting = outcome(
      cache.getOrSet('a', () => new Promise(() => undefined), { signal: controller.signal }),
    )
    await settle(time)
    const reason = new Error('left')
    controller.abort(reason)
    expect(await waiting).toBe(reason)
  })

  it('delete tells whether there was something', async () => {
    const users = stage().cache.namespace('users')
    await users.set('a', 1)
    expect(await users.delete('a')).toBe(true)
    expect(await users.delete('a')).toBe(false)
    expect(await users.get('a')).toBeUndefined()
  })

  it('touch gives a fresh entry a new life, and tells when there is none', async () => {
    const { cache, time } = stage()
    const users = cache.namespace('users', { ttl: 1000 })
    await users.set('a', 1)
    await time.advance(999)
    expect(await users.touch('a')).toBe(true)
    await time.advance(999)
    expect(await users.touch('a', { ttl: 50 })).toBe(true)
    await time.advance(49)
    expect(await users.has('a')).toBe(true)
    await time.advance(1)
    expect(await users.touch('a')).toBe(false)
  })

  it('invalidate and flush reach this namespace only, and answer a position', async () => {
    const { cache } = stage()
    const users = cache.namespace('users')
    await cache.set('a', 0)
    await users.set('a', 1)
    await users.set('b', 2)
    expect(await users.invalidate('a')).toMatchObject({ propagated: true })
    expect(await users.has('a')).toBe(false)
    expect(await users.has('b')).toBe(true)
    const { position } = await users.flush({ reason: 'new schema' })
    expect(position?.seq).toBe(5)
    expect(await users.has('b')).toBe(false)
    expect(await cache.get('a')).toBe(0)
  })

  it('invalidate refuses a bad target and a bad reason', async () => {
    const users = stage().cache.namespace('users')
    expect(await outcome(users.invalidate({ tag: '' }))).toMatchObject({
      code: 'CACHE_TAG_INVALID',
    })
    const reason = 'r'.repeat(201)
    expect(await outcome(users.invalidate('a', { reason }))).toMatchObject(OPTION_INVALID)
    expect(await outcome(users.invalidate('a', { reason: 'r'.repeat(200) }))).toMatchObject({
      propagated: true,
    })
  })

  it('warm fills it from a list of values', async () => {
    const { cache, time } = stage()
    const users = cache.namespace('users')
    const warming = users.warm([{ key: 'a', value: 1 }])
    await time.advance(0)
    await warming
    expect(await users.get('a')).toBe(1)
  })

  it('lease, setWithLease and releaseLease hand the computing of a key out and back', async () => {
    const users = stage().cache.namespace('users')
    const lease = await users.lease('a')
    const token = lease.state === 'compute' ? lease.token : ''
    expect(await users.setWithLease('a', 0, 'another')).toBe(false)
    expect(await users.setWithLease('a', 1, token, { ttl: 'never' })).toBe(true)
    expect(await users.lease('a')).toMatchObject({ state: 'hit', lookup: { value: 1 } })
    const second = await users.lease('b')
    const secondToken = second.state === 'compute' ? second.token : ''
    expect(users.releaseLease('b', 'another')).toBe(false)
    expect(users.releaseLease('b', secondToken)).toBe(true)
    expect(await outcome(users.lease('b', { ttlMs: 0 }))).toMatchObject(OPTION_INVALID)
  })

  it('on hears the events of this namespace only, until it is taken off', async () => {
    const { cache } = stage()
    const users = cache.namespace('users')
    const all: string[] = []
    const misses: string[] = []
    const off = users.on('*', ({ type }) => all.push(type))
    users.on('miss', ({ namespace }) => misses.push(namespace))
    await cache.get('a')
    await users.get('a')
    await users.set('a', 1)
    off()
    await users.get('b')
    expect(all).toEqual(['miss', 'stored'])
    expect(misses).toEqual(['users', 'users'])
  })
})

describe('reading memory at once', () => {
  it('peek answers the fresh value, and counts hits and misses', async () => {
    const { cache, time } = memoryStage()
    const users = cache.namespace('users', { ttl: 1000, staleIfError: '1h' })
    await users.set('a', null)
    await time.advance(999)
    expect(users.peek('a')).toBeNull()
    await time.advance(1)
    expect(users.peek('a')).toBeUndefined()
    expect(users.peek('b')).toBeUndefined()
    expect(await users.stats()).toMatchObject({ hits: 1, misses: 2 })
  })

  it('peekLookup answers stale values, too', async () => {
    const { cache, time } = memoryStage()
    const users = cache.namespace('users', { ttl: 1000, staleIfError: '1h' })
    await users.set('a', 1)
    await time.advance(1000)
    expect(users.peekLookup('a')).toMatchObject({ state: 'stale', value: 1, tier: 'memory' })
    expect(users.peekLookup('b')).toMatchObject({ state: 'miss' })
    expect(() => users.peekLookup(BAD_KEY)).toThrow(expect.objectContaining(KEY_INVALID))
    await cache.close()
    expect(() => users.peekLookup('a')).toThrow(expect.objectContaining(CLOSED))
  })

  it('finds nothing where the entries lie in a backend', async () => {
    const { cache, backend } = backendStage()
    const users = cache.namespace('users')
    await users.set('a', 1)
    expect(users.peek('a')).toBeUndefined()
    expect(users.peekLookup('a')).toBeUndefined()
    expect(backend.count('get')).toBe(0)
    expect((await users.stats()).misses).toBe(1)
  })

  it('isolation "clone" gives each reader a copy, by every way to read', async () => {
    const users = memoryStage().cache.namespace<number[]>('users', { isolation: 'clone' })
    const value = [1]
    await users.set('a', value)
    const reads = [
      value,
      users.peek('a'),
      users.peekLookup('a')?.value,
      await users.get('a'),
      await users.getOrSet('a', () => []),
      (await users.lookup('a')).value,
      (await users.getMany(['a'])).get('a'),
    ]
    expect(reads).toEqual(reads.map(() => [1]))
    expect(new Set(reads).size).toBe(reads.length)
    expect((await users.stats()).hits).toBe(6)
  })

  it('follows a change of the isolation at run time', async () => {
    const { cache } = memoryStage()
    const users = cache.namespace<number[]>('users')
    await users.set('a', [1])
    expect(users.peek('a')).toBe(users.peek('a'))
    cache.configureNamespace('users', { isolation: 'clone' })
    expect(users.peek('a')).not.toBe(users.peek('a'))
    expect(await users.get('a')).not.toBe(await users.get('a'))
  })
})
