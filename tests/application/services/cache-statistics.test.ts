import { describe, expect, it } from 'vitest'
import {
  type CacheStatistics,
  cacheStatistics,
  countRemoval,
} from '../../../src/application/services/cache-statistics.ts'
import type { RemovalCause } from '../../../src/core/protocols/cache-repository.ts'
import { entryFixture } from '../../../src/testing/entry-fixture.ts'
import { markFixture } from '../../fakes/mark-fixture.ts'

describe('cacheStatistics()', () => {
  it('begins with all counters at zero, anew each time', () => {
    const statistics = cacheStatistics()
    expect(new Set(Object.values(statistics))).toEqual(new Set([0]))
    statistics.hits += 1
    expect(cacheStatistics().hits).toBe(0)
  })
})

describe('countRemoval()', () => {
  it.each<[RemovalCause, Partial<CacheStatistics>]>([
    [{ kind: 'expired' }, { expired: 1 }],
    [
      { kind: 'evicted', rule: 'lru', limit: 'entries' },
      { evicted: 1, evictedForEntries: 1, evictedBytes: 70 },
    ],
    [
      { kind: 'evicted', rule: 'lru', limit: 'bytes' },
      { evicted: 1, evictedForBytes: 1, evictedBytes: 70 },
    ],
    [
      { kind: 'evicted', rule: 'lru', limit: 'shared' },
      { evicted: 1, evictedForShared: 1, evictedBytes: 70 },
    ],
    [
      { kind: 'evicted', rule: 'lru', limit: 'resize' },
      { evicted: 1, evictedForResize: 1, evictedBytes: 70 },
    ],
    [{ kind: 'refused', rule: 'too large' }, { refused: 1 }],
    [
      {
        kind: 'invalidated',
        mark: markFixture({ kind: 'namespace' }),
        position: { generation: 'g', seq: 1 },
      },
      { invalidated: 1 },
    ],
    [{ kind: 'replaced' }, {}],
    [{ kind: 'deleted' }, {}],
  ])('counts %o', (cause, counted) => {
    const statistics = cacheStatistics()
    countRemoval(statistics, entryFixture({ sizeBytes: 70 }), cause)
    expect(statistics).toEqual({ ...cacheStatistics(), ...counted })
  })
})
