import { describe, expect, it } from 'vitest'
import { cacheStatistics } from '../../../../src/application/services/cache-statistics.ts'
import { DecisionRing } from '../../../../src/application/services/decision-ring.ts'
import { type LoadResult, noteLoad } from '../../../../src/application/services/loads/note-load.ts'
import type { CacheEvent } from '../../../../src/core/events/cache-event.ts'
import { parseCacheKey } from '../../../../src/core/value-objects/cache-key.ts'
import { createFakeClock, FAKE_START_MS } from '../../../../src/testing/fake-clock.ts'

const key = parseCacheKey('key')
const success: LoadResult = {
  outcome: 'success',
  durationMs: 7,
  error: undefined,
  isRefresh: false,
}

function noted(result: LoadResult, isHeard = true) {
  const emitted: CacheEvent[] = []
  const statistics = cacheStatistics()
  const decisions = new DecisionRing()
  const events = { hears: () => isHeard, emit: (event: CacheEvent) => emitted.push(event) }
  noteLoad(
    { name: 'ns', clock: createFakeClock().clock, statistics, decisions, events },
    key,
    result,
  )
  return { emitted, statistics, decision: decisions.find(key) }
}

describe('noteLoad()', () => {
  it('counts a success with its time', () => {
    const { statistics, decision } = noted(success)
    expect(statistics).toEqual({ ...cacheStatistics(), loads: 1, loadMs: 7 })
    expect(decision).toBeUndefined()
  })

  it('counts a refresh that succeeded', () => {
    expect(noted({ ...success, isRefresh: true }).statistics.refreshes).toBe(1)
  })

  it.each([
    ['failure', 0],
    ['timeout', 1],
  ] as const)('counts a %s, and keeps it for explain', (outcome, loadTimeouts) => {
    const { statistics, decision } = noted({
      ...success,
      outcome,
      error: new Error('why'),
      isRefresh: true,
    })
    expect(statistics).toEqual({
      ...cacheStatistics(),
      loads: 1,
      loadMs: 7,
      loadFailures: 1,
      loadTimeouts,
    })
    expect(decision).toEqual({
      key,
      cause: { kind: 'load-failed', error: 'Error: why' },
      atMs: FAKE_START_MS,
    })
  })

  it('tells listeners all of it, and nobody if nobody listens', () => {
    const error = new Error('why')
    expect(noted({ ...success, outcome: 'failure', error }).emitted).toEqual([
      {
        type: 'loaded',
        namespace: 'ns',
        key,
        outcome: 'failure',
        durationMs: 7,
        error,
        isRefresh: false,
        atMs: FAKE_START_MS,
      },
    ])
    expect(noted(success, false).emitted).toEqual([])
  })

  it('takes whatever was thrown', () => {
    const { decision } = noted({ ...success, outcome: 'failure', error: Object.create(null) })
    expect(decision?.cause).toEqual({ kind: 'load-failed', error: 'something that has no text' })
  })
})
