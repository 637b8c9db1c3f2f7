import { describe, expect, it } from 'vitest'
import { MAX_SCANNED } from '../../../src/application/queries/list-cache-keys.ts'
import type { PlatformCache } from '../../../src/module.ts'
import { FAKE_START_MS } from '../../../src/testing/fake-clock.ts'
import { backendStage, memoryStage, STAGES } from '../../fakes/cache-stage.ts'

async function fill(cache: PlatformCache, count: number, prefix = 'k'): Promise<void> {
  const items = Array.from({ length: count }, (_, at) => ({
    key: `${prefix}:${String(at).padStart(5, '0')}`,
    value: at,
  }))
  for (let from = 0; from < count; from += 10_000) {
    await cache.setMany(items.slice(from, from + 10_000))
  }
}

async function collect(keys: AsyncIterable<string>): Promise<string[]> {
  const all: string[] = []
  for await (const key of keys) all.push(key)
  return all
}

describe.each(STAGES)('listCacheKeys over %s', (_, stage) => {
  it('lists an empty namespace as one empty page without a cursor', async () => {
    expect(await stage().cache.listKeys()).toEqual({ entries: [], scanned: 0, cursor: undefined })
  })

  it('says all of an entry but its value', async () => {
    const { cache } = stage()
    await cache.set('user:1', 'a secret', {
      ttl: 1000,
      staleIfError: 500,
      tags: ['org:7'],
      dependsOn: ['team:9'],
      priority: 'high',
    })
    const { entries } = await cache.listKeys()
    expect(entries).toEqual([
      {
        key: 'user:1',
        state: 'fresh',
        sizeBytes: expect.any(Number),
        priority: 'high',
        tags: ['org:7'],
        dependsOn: ['team:9'],
        createdAtMs: FAKE_START_MS,
        expiresAtMs: FAKE_START_MS + 1000,
        staleUntilMs: FAKE_START_MS + 1500,
        accessedAtMs: FAKE_START_MS,
        accessCount: expect.any(Number),
      },
    ])
    expect(JSON.stringify(entries)).not.toContain('secret')
  })

  it('goes through all pages by cursor, each key once', async () => {
    const { cache } = stage()
    await fill(cache, 25)
    const keys: string[] = []
    const sizes: number[] = []
    let cursor: string | undefined
    do {
      const page = await cache.listKeys(
        cursor === undefined ? { limit: 10 } : { limit: 10, cursor },
      )
      keys.push(...page.entries.map(({ key }) => key))
      sizes.push(page.entries.length)
      cursor = page.cursor
    } while (cursor !== undefined)
    expect(sizes).toEqual([10, 10, 5])
    expect(new Set(keys).size).toBe(25)
    expect(keys).toHaveLength(25)
  })

  it('gives no cursor when the page holds exactly what there is, and one when a key is left', async () => {
    const { cache } = stage()
    await fill(cache, 10)
    expect((await cache.listKeys({ limit: 10 })).cursor).toBeUndefined()
    const page = await cache.listKeys({ limit: 9 })
    expect(page.entries).toHaveLength(9)
    expect(page.cursor).toBeDefined()
  })

  it('gives 1000 keys if no limit is said, over the pages of the store', async () => {
    const { cache } = stage()
    await fill(cache, 1001)
    const page = await cache.listKeys()
    expect(page.entries).toHaveLength(1000)
    expect(page.cursor).toBeDefined()
  })

  it('lists only what matches, and says how much it looked at', async () => {
    const { cache } = stage()
    await fill(cache, 30, 'order')
    await cache.set('user:1:profile', 1)
    await cache.set('user:2:profile', 2)
    await cache.set('user:2:roles', 3)
    const page = await cache.listKeys({ match: 'user:*:profile' })
    expect(page.entries.map(({ key }) => key).toSorted()).toEqual([
      'user:1:profile',
      'user:2:profile',
    ])
    expect(page).toMatchObject({ scanned: 33, cursor: undefined })
  })

  it('lists stale entries as stale, and leaves out dead and invalid ones', async () => {
    const { cache, time } = stage()
    await cache.set('dead', 1, { ttl: 1000 })
    await cache.set('stale', 2, { ttl: 1000, staleIfError: '1h' })
    await cache.set('fresh', 3, { ttl: '1h' })
    await cache.set('invalid:1', 4, { ttl: '1h' })
    await time.advance(999)
    expect((await cache.listKeys()).entries.map(({ state }) => state)).toEqual(
      Array.from({ length: 4 }, () => 'fresh'),
    )
    await cache.invalidate('invalid:*')
    await time.advance(1)
    const { entries } = await cache.listKeys()
    expect(Object.fromEntries(entries.map(({ key, state }) => [key, state]))).toEqual({
      stale: 'stale',
      fresh: 'fresh',
    })
  })

  it.each([1, 10_000])('takes a limit of %i', async (limit) => {
    const { cache } = stage()
    await cache.set('user:1', 1)
    expect((await cache.listKeys({ limit })).entries).toHaveLength(1)
  })

  it.each([0, -1, 10_001, 1.5, Number.NaN, Number.POSITIVE_INFINITY])(
    'refuses a limit of %d',
    async (limit) => {
      await expect(stage().cache.listKeys({ limit })).rejects.toMatchObject({
        code: 'CACHE_OPTION_INVALID',
        message: `Cannot list keys: expected a limit of 1 to 10000, got ${limit}`,
      })
    },
  )

  it('refuses a pattern that is none', async () => {
    await expect(stage().cache.listKeys({ match: '' })).rejects.toMatchObject({
      code: 'CACHE_PATTERN_INVALID',
    })
  })
})

describe('listCacheKeys of many', () => {
  it('ends a page without a cursor if all MAX_SCANNED entries were looked at', async () => {
    const { cache } = memoryStage()
    await fill(cache, MAX_SCANNED)
    expect(await cache.listKeys({ match: 'none:*' })).toEqual({
      entries: [],
      scanned: MAX_SCANNED,
      cursor: undefined,
    })
  })

  it('looks at MAX_SCANNED entries in one call and no more, and goes on from the cursor', async () => {
    const { cache } = memoryStage()
    await fill(cache, MAX_SCANNED + 1)
    const first = await cache.listKeys({ match: 'none:*' })
    expect(first).toMatchObject({ entries: [], scanned: MAX_SCANNED })
    const { cursor = '' } = first
    expect(await cache.listKeys({ match: 'none:*', cursor })).toEqual({
      entries: [],
      scanned: 1,
      cursor: undefined,
    })
  })

  it('refuses a cursor that no page gave', async () => {
    const { cache } = memoryStage()
    await cache.set('user:1', 1)
    await expect(cache.listKeys({ cursor: 'not a cursor' })).rejects.toMatchObject({
      code: 'CACHE_CURSOR_INVALID',
    })
  })

  it('rejects when the backend fails', async () => {
    const { cache, backend } = backendStage()
    backend.behave = ({ verb }) => (verb === 'list' ? 'reject' : 'now')
    await expect(cache.listKeys()).rejects.toThrow()
  })
})

describe.each(STAGES)('allCacheKeys over %s', (_, stage) => {
  it('gives nothing for an empty namespace', async () => {
    expect(await collect(stage().cache.keys())).toEqual([])
  })

  it('gives every key once, over more than one page', async () => {
    const { cache } = stage()
    await fill(cache, 1001)
    const keys = await collect(cache.keys())
    expect(keys).toHaveLength(1001)
    expect(new Set(keys).size).toBe(1001)
  })

  it.each([
    [1, 1],
    [1000, 1000],
    [1001, 1001],
    [1005, 1002],
  ])('with a limit of %i gives %i of 1002 keys', async (limit, given) => {
    const { cache } = stage()
    await fill(cache, 1002)
    expect(await collect(cache.keys({ limit }))).toHaveLength(given)
  })

  it('gives only the keys that match', async () => {
    const { cache } = stage()
    await fill(cache, 20, 'order')
    await cache.set('user:1', 1)
    expect(await collect(cache.keys({ match: 'user:*' }))).toEqual(['user:1'])
  })

  it('finds a match behind a page that holds none', async () => {
    const { cache } = stage()
    await fill(cache, 1200, 'order')
    await cache.set('user:1', 1)
    expect(await collect(cache.keys({ match: 'user:*', limit: 1 }))).toEqual(['user:1'])
  })

  it.each([0, -1, 1.5, Number.NaN, Number.POSITIVE_INFINITY])(
    'refuses a limit of %d, at once',
    (limit) => {
      const { cache } = stage()
      expect(() => cache.keys({ limit })).toThrow(
        expect.objectContaining({ code: 'CACHE_OPTION_INVALID' }),
      )
    },
  )

  it('takes any whole number for a limit', async () => {
    const { cache } = stage()
    await cache.set('user:1', 1)
    expect(await collect(cache.keys({ limit: Number.MAX_SAFE_INTEGER }))).toEqual(['user:1'])
  })

  it('refuses a pattern that is none, at once', () => {
    const { cache } = stage()
    expect(() => cache.keys({ match: '' })).toThrow(
      expect.objectContaining({ code: 'CACHE_PATTERN_INVALID' }),
    )
  })

  it('can be left in the middle', async () => {
    const { cache } = stage()
    await fill(cache, 5)
    let seen = 0
    for await (const _key of cache.keys()) {
      seen += 1
      if (seen === 2) break
    }
    expect(seen).toBe(2)
  })
})
