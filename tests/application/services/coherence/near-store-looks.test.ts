import { describe, expect, it } from 'vitest'
import { NearStore } from '../../../../src/application/services/coherence/near-store.ts'
import type { MemoryStore } from '../../../../src/core/protocols/cache-repository.ts'
import type { Clock } from '../../../../src/core/protocols/clock.ts'
import type { CacheKey } from '../../../../src/core/value-objects/cache-key.ts'

const KEY = 'key' as CacheKey
const MAX_READS_PER_LOOK = 16

/** A near store whose memory holds one value for every key, on a coarse clock that the test moves. */
function stage(isCoarse = true) {
  const time = { nowMs: 0, reading: 1 }
  const clock: Clock = {
    nowMs: () => time.nowMs,
    monotonicMs: () => time.nowMs,
  }
  if (isCoarse) Object.defineProperty(clock, 'reading', { get: () => time.reading })
  const node = {
    looks: 0,
    coherent: true,
    pendingMarks: 0,
    get isCoherent() {
      node.looks += 1
      return node.coherent
    },
    isAwaitingMark: () => false,
  }
  const memory = { read: () => 'value', clear: () => undefined } as Partial<MemoryStore>
  const near = new NearStore({
    memory: memory as MemoryStore, // Nothing else of it is asked here.
    marks: { check: () => ({ kind: 'valid' }) },
    node,
    namespace: 'ns',
    clock,
  })
  const read = (times: number): unknown[] => Array.from({ length: times }, () => near.read(KEY))
  return { near, node, time, read }
}

describe('NearStore.read on a coarse clock', () => {
  it('looks at the lease for fewer and fewer of many reads of one moment, and at least for every sixteenth', () => {
    const { node, read } = stage()
    read(1 + 2 + 4 + 8)
    const looksToGetThere = node.looks
    read(10 * MAX_READS_PER_LOOK)
    expect(looksToGetThere).toBeLessThanOrEqual(5)
    expect(node.looks - looksToGetThere).toBeGreaterThanOrEqual(10)
    expect(node.looks - looksToGetThere).toBeLessThanOrEqual(11)
  })

  it('looks for each of those that are a millisecond apart', () => {
    const { node, time, read } = stage()
    for (let at = 0; at < 20; at += 1) {
      time.nowMs += 1
      read(1)
    }
    expect(node.looks).toBe(20)
  })

  it('answers nothing once the reading has moved on and the node is coherent no more', () => {
    const { node, time, read } = stage()
    read(20)
    node.coherent = false
    time.reading += 1
    expect(read(1)).toEqual([undefined])
    node.coherent = true
    expect(read(1)).toEqual(['value'])
  })

  it('answers no more than fifteen reads by an earlier look, wherever the clock stands', () => {
    const { node, read } = stage()
    read(500)
    node.coherent = false
    const answered = read(100).filter((value) => value !== undefined)
    expect(answered.length).toBeLessThan(MAX_READS_PER_LOOK)
    expect(read(1)).toEqual([undefined])
  })

  it('looks again after it was cleared, and sees a waiting mark at once', () => {
    const { near, node, read } = stage()
    read(20)
    node.pendingMarks = 1
    expect(read(1)).toEqual([undefined])
    node.pendingMarks = 0
    node.coherent = false
    near.clear()
    expect(read(1)).toEqual([undefined])
  })

  it('looks for each read on a clock that is read each time', () => {
    const { node, read } = stage(false)
    read(50)
    expect(node.looks).toBe(50)
  })
})
