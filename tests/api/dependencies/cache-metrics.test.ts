import { describe, expect, it } from 'vitest'
import { cacheMetrics, MAX_LABELLED_CACHES } from '../../../src/api/dependencies/cache-metrics.ts'
import { cacheSource } from '../../../src/api/dependencies/cache-source.ts'
import { createCache, type PlatformCache } from '../../../src/module.ts'

async function samples(metrics: ReturnType<typeof cacheMetrics>): Promise<Map<string, number>> {
  const text = await metrics.registry.metrics()
  const lines = text.split('\n').filter((line) => line !== '' && !line.startsWith('#'))
  return new Map(
    lines.map((line) => {
      const at = line.lastIndexOf(' ')
      return [line.slice(0, at), Number(line.slice(at + 1))]
    }),
  )
}

const USERS = 'tenant="default",cache="users"'

describe('cacheMetrics()', () => {
  it('reads the counters off the statistics of each cache', async () => {
    const cache = createCache()
    const metrics = cacheMetrics(cacheSource(cache))
    const users = cache.namespace('users', { maxBytes: 10_000 })
    await users.set('a', 1, { tags: ['t'] })
    await users.set('b', 1)
    await users.get('a')
    await users.get('c')
    await users.delete('b')
    await users.invalidate({ tag: 't' })
    await users.get('a')
    const read = await samples(metrics)
    expect(Object.fromEntries([...read].filter(([name]) => name.includes(USERS)))).toMatchObject({
      [`cache_gets_total{${USERS},result="hit"}`]: 1,
      [`cache_gets_total{${USERS},result="stale"}`]: 0,
      [`cache_gets_total{${USERS},result="miss"}`]: 2,
      [`cache_puts_total{${USERS}}`]: 2,
      [`cache_removals_total{${USERS},cause="explicit"}`]: 1,
      [`cache_removals_total{${USERS},cause="invalidated"}`]: 1,
      [`cache_size{${USERS}}`]: 0,
      [`cache_limit_bytes{${USERS}}`]: 10_000,
    })
  })

  it('counts from one scrape to the next, not from scrape to scrape', async () => {
    const cache = createCache()
    const metrics = cacheMetrics(cacheSource(cache))
    await cache.namespace('users').set('a', 1)
    await samples(metrics)
    await cache.namespace('users').set('a', 1)
    expect((await samples(metrics)).get(`cache_puts_total{${USERS}}`)).toBe(2)
    expect((await samples(metrics)).get(`cache_puts_total{${USERS}}`)).toBe(2)
  })

  it('leaves the limit out where a cache has none of its own', async () => {
    const cache = createCache()
    cache.namespace('users')
    const read = await samples(cacheMetrics(cacheSource(cache)))
    expect([...read.keys()].filter((name) => name.startsWith('cache_limit_bytes'))).toEqual([])
  })

  it('measures the factories by how they ended', async () => {
    const cache = createCache()
    const metrics = cacheMetrics(cacheSource(cache))
    const users = cache.namespace('users')
    await users.getOrSet('a', () => 1)
    await users
      .getOrSet('b', () => {
        throw new Error('no')
      })
      .catch(() => undefined)
    const read = await samples(metrics)
    const count = (result: string) =>
      read.get(`cache_load_duration_seconds_count{${USERS},result="${result}"}`)
    expect([count('success'), count('error')]).toEqual([1, 1])
  })

  it('takes in tenants that appear later', async () => {
    const caches = new Map<string, PlatformCache>()
    const metrics = cacheMetrics({
      cacheFor: (tenant) => caches.get(tenant),
      tenants: () => [{ name: 'late', description: '' }],
    })
    expect((await samples(metrics)).size).toBe(0)
    const late = createCache()
    caches.set('late', late)
    await samples(metrics)
    await late.namespace('users').getOrSet('a', () => 1)
    const read = await samples(metrics)
    const labels = 'tenant="late",cache="users"'
    expect(read.get(`cache_size{${labels}}`)).toBe(1)
    expect(read.get(`cache_load_duration_seconds_count{${labels},result="success"}`)).toBe(1)
  })

  it('adds the caches beyond the limit up under one name, so that no tenant makes it grow without end', async () => {
    const cache = createCache()
    const metrics = cacheMetrics(cacheSource(cache))
    for (let n = 0; n < MAX_LABELLED_CACHES + 10; n += 1) await cache.namespace(`c${n}`).set('a', 1)
    const read = await samples(metrics)
    const puts = [...read].filter(([name]) => name.startsWith('cache_puts_total'))
    expect(puts).toHaveLength(MAX_LABELLED_CACHES + 1)
    expect(puts.reduce((sum, [, value]) => sum + value, 0)).toBe(MAX_LABELLED_CACHES + 10)
    const others = read.get('cache_puts_total{tenant="other",cache="other"}')
    expect(others).toBeGreaterThanOrEqual(10)
    expect((await samples(metrics)).get('cache_puts_total{tenant="other",cache="other"}')).toBe(
      others,
    )
  })

  it('shows the process only when asked to', async () => {
    const source = cacheSource(createCache())
    const without = await cacheMetrics(source).registry.metrics()
    const own = await cacheMetrics(source, { processMetrics: true }).registry.metrics()
    expect(without).not.toContain('process_cpu')
    expect(own).toContain('process_cpu_seconds_total')
  })
})
