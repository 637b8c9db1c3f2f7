import { describe, expect, it } from 'vitest'
import type { WarmReport } from '../../../src/application/commands/warm-cache.ts'
import { backendStage, memoryStage, STAGES, settle } from '../../fakes/cache-stage.ts'
import { deferred } from '../../fakes/deferred.ts'
import { outcome } from '../../fakes/outcome.ts'

const values = (count: number) =>
  Array.from({ length: count }, (_, at) => ({ key: `k${at}`, value: at }))

describe.each(STAGES)('warmCache(), over %s', (_, stage) => {
  it('stores values, and what factories make, with their options', async () => {
    const { cache } = stage()
    const report = await cache.warm([
      { key: 'a', value: 1, options: { ttl: 500 } },
      { key: 'b', load: () => 2, options: { tags: ['t'] } },
    ])
    expect(report).toEqual({
      stored: 2,
      skipped: 0,
      failed: 0,
      isComplete: true,
      firstError: undefined,
    })
    expect(await cache.lookup('a')).toMatchObject({ value: 1, ttlMs: 500 })
    expect(await cache.lookup('b')).toMatchObject({ value: 2, tags: ['t'] })
  })

  it('calls no factory for what is fresh, and stores a given value all the same', async () => {
    const { cache } = stage()
    await cache.set('a', 'held')
    await cache.set('b', 'held')
    let calls = 0
    const report = await cache.warm([
      { key: 'a', load: () => ++calls },
      { key: 'b', value: 'new' },
    ])
    expect(report).toMatchObject({ stored: 1, skipped: 1 })
    expect(calls).toBe(0)
    expect(await cache.get('b')).toBe('new')
  })

  it('counts as skipped what is not to be stored', async () => {
    const { cache } = stage()
    const report = await cache.warm([
      { key: 'a', value: 1, options: { ttl: 0 } },
      { key: 'b', load: () => undefined },
    ])
    expect(report).toMatchObject({ stored: 0, skipped: 2, failed: 0 })
  })

  it('counts an item that fails, keeps the first error, and goes on', async () => {
    const { cache } = stage()
    const first = new Error('first')
    const report = await cache.warm(
      [
        { key: 'a', load: () => Promise.reject(first) },
        { key: '', value: 1 },
        { key: 'c', value: 1, options: { ttl: -1 } },
        { key: 'd', value: 1 },
      ],
      { concurrency: 1 },
    )
    expect(report).toMatchObject({ stored: 1, failed: 3, firstError: first, isComplete: true })
    expect(await cache.get('d')).toBe(1)
  })

  it('takes a source that answers later', async () => {
    const { cache } = stage()
    async function* source() {
      for (const item of values(3)) {
        await Promise.resolve()
        yield item
      }
    }
    expect((await cache.warm(source())).stored).toBe(3)
  })

  it('hands on what the source throws', async () => {
    const { cache } = stage()
    function* source() {
      yield { key: 'a', value: 1 }
      throw new Error('source')
    }
    expect(await outcome(cache.warm(source()))).toEqual(new Error('source'))
    expect(await cache.get('a')).toBe(1)
  })

  it('has no more items under way than `concurrency` says, and the next when one has ended', async () => {
    const { cache, time } = stage()
    const ends = values(5).map(() => deferred<number>())
    let begun = 0
    const items = ends.map((end, at) => ({
      key: `k${at}`,
      load: () => {
        begun += 1
        return end.promise
      },
    }))
    const warming = cache.warm(items, { concurrency: 2 })
    await settle(time)
    expect(begun).toBe(2)
    ends[1]?.resolve(1)
    await settle(time)
    expect(begun).toBe(3)
    for (const end of ends) end.resolve(0)
    expect((await warming).stored).toBe(5)
  })

  it('begins no more items a second than `rate` says', async () => {
    const { cache, time } = stage()
    const begun: number[] = []
    const items = values(5).map(({ key }) => ({
      key,
      load: () => {
        begun.push(time.clock.monotonicMs())
        return key
      },
    }))
    const warming = cache.warm(items, { rate: 10 })
    await time.advance(1000)
    await warming
    expect(begun).toEqual([0, 100, 200, 300, 400])
  })

  it('stops when told to, keeps what it stored, and says that it is not complete', async () => {
    const { cache, time } = stage()
    const controller = new AbortController()
    const warming = cache.warm(values(100), { rate: 10, signal: controller.signal })
    await time.advance(450)
    controller.abort()
    await time.advance(1000)
    expect(await warming).toMatchObject({ stored: 5, isComplete: false })
    expect(await cache.get('k4')).toBe(4)
    expect(await cache.get('k5')).toBeUndefined()
  })

  it('begins nothing when it was told to stop before', async () => {
    const { cache } = stage()
    const report = await cache.warm(values(3), { signal: AbortSignal.abort() })
    expect(report).toMatchObject({ stored: 0, isComplete: false })
  })

  it('stops when the cache is closed', async () => {
    const { cache, time } = stage()
    const warming = cache.warm(values(100), { rate: 10 })
    await time.advance(250)
    await cache.close()
    await time.advance(1000)
    expect(await warming).toMatchObject({ stored: 3, isComplete: false })
  })

  it('reports its progress after each item; a report that throws does not stop it', async () => {
    const { cache, events } = stage()
    const seen: WarmReport[] = []
    const onProgress = (progress: WarmReport) => {
      seen.push(progress)
      if (seen.length === 1) throw new Error('of the listener')
    }
    await cache.warm(values(3), { concurrency: 1, onProgress })
    expect(seen.map(({ stored, isComplete }) => [stored, isComplete])).toEqual([
      [1, false],
      [2, false],
      [3, false],
    ])
    expect(events).toContainEqual(
      expect.objectContaining({ type: 'degraded', part: 'listener', did: 'went on warming' }),
    )
  })

  it.each([
    { concurrency: 0 },
    { concurrency: 1001 },
    { concurrency: 1.5 },
    { rate: 0 },
    { rate: -1 },
    { rate: Number.NaN },
  ])('refuses %o before it reads the source', async (options) => {
    const { cache } = stage()
    let isRead = false
    function* source() {
      isRead = true
      yield* values(1)
    }
    await expect(cache.warm(source(), options)).rejects.toMatchObject({
      code: 'CACHE_OPTION_INVALID',
    })
    expect(isRead).toBe(false)
  })
})

describe.each(STAGES)('warmCache() that is left early, over %s', (_, stage) => {
  it('in a pause of its rate begins nothing more', async () => {
    const { cache, time } = stage()
    const controller = new AbortController()
    const items = ['a', 'b', 'c'].map((key) => ({ key, value: 1 }))
    const warming = cache.warm(items, { rate: 1, signal: controller.signal })
    await time.advance(500)
    controller.abort()
    await time.advance(500)
    expect(await warming).toMatchObject({ stored: 1, isComplete: false })
    expect(await cache.has('b')).toBe(false)
  })

  it('lets its source clean up', async () => {
    const { cache } = stage()
    let isClosed = false
    function* source() {
      try {
        yield { key: 'a', value: 1 }
      } finally {
        isClosed = true
      }
    }
    await cache.warm(source(), { signal: AbortSignal.abort() })
    expect(isClosed).toBe(true)
  })
})

describe('warmCache() over a backend that is away', () => {
  it('counts values that it does not take as skipped', async () => {
    const { cache, backend } = backendStage()
    backend.behave = () => 'reject'
    const items = ['a', 'b'].map((key) => ({ key, value: 1 }))
    expect(await cache.warm(items)).toMatchObject({ stored: 0, skipped: 2, failed: 0 })
  })
})

describe('warmCache() over memory', () => {
  it('takes 1000 items under way at once', async () => {
    const { cache, time } = memoryStage()
    const warming = cache.warm(values(2000), { concurrency: 1000 })
    await time.advance(0)
    expect((await warming).stored).toBe(2000)
  })
})
