import { describe, expect, it } from 'vitest'
import { STAGES, settle } from '../../fakes/cache-stage.ts'
import { type Deferred, deferred } from '../../fakes/deferred.ts'
import { outcome } from '../../fakes/outcome.ts'

describe.each(STAGES)('a load that was given up, over %s', (_, stage) => {
  it('is not stored when its schema agrees too late', async () => {
    const { cache, time } = stage()
    const verdict: Deferred<{ value: unknown }> = deferred()
    const schema = {
      '~standard': { version: 1 as const, vendor: 'test', validate: () => verdict.promise },
    }
    const any = cache.namespace('any', { schema, hardTimeout: 100 })
    const load = outcome(any.getOrSet('key', () => 'value'))
    await time.advance(100)
    expect(await load).toMatchObject({ code: 'CACHE_TIMEOUT' })
    verdict.resolve({ value: 'value' })
    await settle(time)
    expect((await any.stats()).entries).toBe(0)
  })

  it('calls no factory, whenever the last caller leaves', async () => {
    for (let turns = 0; turns < 40; turns += 1) {
      const { cache, time } = stage({ defaults: { maxConcurrentLoads: 1 } })
      const first = deferred<number>()
      const running = cache.getOrSet('running', () => first.promise)
      const controller = new AbortController()
      const begun: boolean[] = []
      const queued = outcome(
        cache.getOrSet(
          'queued',
          ({ signal }) => {
            begun.push(signal.aborted)
            return 1
          },
          { signal: controller.signal },
        ),
      )
      await settle(time)
      first.resolve(1)
      for (let turn = 0; turn < turns; turn += 1) await Promise.resolve()
      controller.abort('gone')
      await running
      await queued
      await settle(time)
      expect(begun).not.toContain(true)
      expect((await cache.stats()).activeLoads).toBe(0)
    }
  })
})
