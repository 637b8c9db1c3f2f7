import { describe, expect, it } from 'vitest'
import type { InvalidationPreview } from '../../../src/application/queries/preview-invalidation.ts'
import { backendStage, type CacheStage, memoryStage, STAGES } from '../../fakes/cache-stage.ts'
import { outcome } from '../../fakes/outcome.ts'
import { addDependencies, MEMBER, REACHED, SPARED, TARGETS } from '../../fakes/scopes.ts'

type Target = Parameters<CacheStage['cache']['previewInvalidation']>[0]

/** Moves on until the answer is there: the engine of regexes is read from disk when it is first needed. */
async function preview(
  { cache, time }: CacheStage,
  target: Target,
  limit?: number,
): Promise<InvalidationPreview> {
  let hasEnded = false
  const answer = cache
    .previewInvalidation(target, limit === undefined ? {} : { limit })
    .finally(() => {
      hasEnded = true
    })
  while (!hasEnded) await time.advance(0)
  return answer
}

async function fill({ cache }: CacheStage, count: number): Promise<void> {
  await cache.setMany(
    Array.from({ length: count }, (_, at) => ({
      key: `user:${String(at).padStart(5, '0')}`,
      value: at,
    })),
  )
}

describe.each(STAGES)('previewInvalidation over %s', (_, make) => {
  it.each(TARGETS)('counts what %s reaches, and nothing else', async (_name, target) => {
    const stage = make()
    addDependencies(stage.cache)
    await stage.cache.set(REACHED, 1, MEMBER)
    await stage.cache.set(SPARED, 2)
    expect(await preview(stage, target)).toEqual({
      matched: 1,
      scanned: 2,
      isComplete: true,
      sample: [REACHED],
    })
  })

  it('changes nothing: no mark, no event, no value that leaves', async () => {
    const stage = make()
    const { cache, events } = stage
    await cache.set(REACHED, 1)
    events.length = 0
    await preview(stage, 'user:*')
    expect(events).toEqual([])
    expect(await cache.invalidations(10)).toEqual([])
    expect(await cache.get(REACHED)).toBe(1)
    expect((await cache.stats()).invalidations).toBe(0)
  })

  it('finds nothing in an empty namespace', async () => {
    expect(await preview(make(), 'user:*')).toEqual({
      matched: 0,
      scanned: 0,
      isComplete: true,
      sample: [],
    })
  })

  it('counts no entry twice that is dead or invalid already', async () => {
    const stage = make()
    const { cache, time } = stage
    await cache.set('user:1', 1, { ttl: 1000 })
    await cache.set('user:2', 2, { tags: ['org:7'] })
    await cache.set('user:3', 3)
    await cache.set('user:4', 4, { ttl: 1000, staleIfError: '1h' })
    await cache.invalidate({ tag: 'org:7' })
    await time.advance(999)
    expect((await preview(stage, 'user:*')).matched).toBe(3)
    await time.advance(1)
    const { matched, sample } = await preview(stage, 'user:*')
    expect(matched).toBe(2)
    expect(sample.toSorted()).toEqual(['user:3', 'user:4'])
  })

  it('shows at most 20 keys', async () => {
    const stage = make()
    await fill(stage, 20)
    expect((await preview(stage, 'user:*')).sample).toHaveLength(20)
    await stage.cache.set('user:more', 1)
    const answer = await preview(stage, 'user:*')
    expect(answer.matched).toBe(21)
    expect(answer.sample).toHaveLength(20)
  })

  it('looks at as many entries as the limit says, and tells whether those were all', async () => {
    const stage = make()
    await fill(stage, 10)
    expect(await preview(stage, 'user:*', 9)).toMatchObject({
      matched: 9,
      scanned: 9,
      isComplete: false,
    })
    expect(await preview(stage, 'user:*', 10)).toMatchObject({
      matched: 10,
      scanned: 10,
      isComplete: true,
    })
    expect(await preview(stage, 'user:*', 11)).toMatchObject({ matched: 10, isComplete: true })
  })

  it('counts over more than one page, and ends within the limit there, too', async () => {
    const stage = make()
    await fill(stage, 1001)
    expect(await preview(stage, 'user:*')).toMatchObject({ matched: 1001, isComplete: true })
    expect(await preview(stage, 'user:*', 1000)).toMatchObject({ scanned: 1000, isComplete: false })
    expect(await preview(stage, 'user:*', 1001)).toMatchObject({ scanned: 1001, isComplete: true })
  })

  it('lets others run before it answers', async () => {
    const stage = make()
    const { cache } = stage
    await cache.set('user:1', 1)
    let hasEnded = false
    const answer = cache.previewInvalidation('user:*').then(() => {
      hasEnded = true
    })
    await new Promise<void>((resolve) => {
      setImmediate(resolve)
    })
    expect(hasEnded).toBe(false)
    await stage.time.advance(0)
    await answer
    expect(hasEnded).toBe(true)
  })

  it('looks into its own namespace only', async () => {
    const stage = make()
    await stage.cache.namespace('other').set('user:1', 1)
    await stage.cache.set('user:2', 2)
    expect((await preview(stage, 'user:*')).sample).toEqual(['user:2'])
  })

  it.each([
    ['an empty pattern', '', 'CACHE_PATTERN_INVALID'],
    ['a regex that is none', { regex: '(' }, 'CACHE_PATTERN_INVALID'],
    ['an empty tag', { tag: '' }, 'CACHE_TAG_INVALID'],
  ] as const)('refuses %s', async (_name, target, code) => {
    const { cache } = make()
    expect(await outcome(cache.previewInvalidation(target))).toMatchObject({ code })
  })
})

describe('previewInvalidation', () => {
  it('stops at 100 000 entries if no limit is said', async () => {
    const stage = memoryStage()
    for (let from = 0; from < 100_001; from += 10_000) {
      const length = Math.min(10_000, 100_001 - from)
      await stage.cache.setMany(
        Array.from({ length }, (_, at) => ({ key: `user:${from + at}`, value: 1 })),
      )
    }
    expect(await preview(stage, { prefix: 'user:' })).toMatchObject({
      matched: 100_000,
      scanned: 100_000,
      isComplete: false,
    })
  })

  it('rejects when the backend fails', async () => {
    const { cache, backend } = backendStage()
    backend.behave = ({ verb }) => (verb === 'list' ? 'reject' : 'now')
    await expect(cache.previewInvalidation('user:*')).rejects.toThrow()
  })
})
