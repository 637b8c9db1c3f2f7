import { describe, expect, it } from 'vitest'
import { extendLife } from '../../../../src/application/services/stores/extend-life.ts'
import type { CacheEntry } from '../../../../src/core/entities/cache-entry.ts'
import { parseDuration } from '../../../../src/core/value-objects/duration.ts'
import { entryFixture } from '../../../../src/testing/entry-fixture.ts'
import { createFakeClock, FAKE_START_MS } from '../../../../src/testing/fake-clock.ts'

const sliding = entryFixture({
  expiresAtMs: FAKE_START_MS + 80,
  staleUntilMs: FAKE_START_MS + 90,
  slidingTtlMs: parseDuration(80, 'slidingTtl'),
})

async function extended(entry: CacheEntry, afterMs: number, headSeq = 3) {
  const time = createFakeClock()
  const touched: unknown[] = []
  const written: CacheEntry[] = []
  await time.advance(afterMs)
  const ports = {
    clock: time.clock,
    invalidation: { head: () => ({ generation: 'g', seq: headSeq }) },
  }
  const memory = { touch: (...call: unknown[]) => touched.push(call) }
  const remote = { set: async (one: CacheEntry) => written.push(one) }
  extendLife({ ...ports, memory, remote: undefined } as never, entry, 3)
  extendLife({ ...ports, memory: undefined, remote } as never, entry, 3)
  return { touched, written }
}

describe('extendLife()', () => {
  it('moves the end of a sliding entry in memory, and counts the use', async () => {
    const { touched } = await extended(sliding, 5)
    const life = { expiresAtMs: FAKE_START_MS + 85, staleUntilMs: FAKE_START_MS + 95 }
    expect(touched).toEqual([['key', life]])
  })

  it('counts the use of an entry that does not slide', async () => {
    const { touched, written } = await extended(entryFixture(), 5)
    expect(touched).toEqual([['key', undefined]])
    expect(written).toEqual([])
  })

  it('writes a backend entry again once an eighth of its sliding life has passed, not before', async () => {
    expect((await extended(sliding, 9)).written).toEqual([])
    expect((await extended(sliding, 10)).written).toEqual([
      { ...sliding, expiresAtMs: FAKE_START_MS + 90, staleUntilMs: FAKE_START_MS + 100 },
    ])
  })

  it('writes nothing again when a mark came since the entry was read', async () => {
    expect((await extended(sliding, 40, 4)).written).toEqual([])
  })
})
