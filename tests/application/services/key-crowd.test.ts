import { describe, expect, it } from 'vitest'
import { KeyCrowd } from '../../../src/application/services/key-crowd.ts'
import type { PositionedMark } from '../../../src/core/protocols/invalidation-log.ts'
import { parseCacheKey } from '../../../src/core/value-objects/cache-key.ts'
import { positionedFixture } from '../../fakes/mark-fixture.ts'

const mark = (seq: number, soft = false): PositionedMark =>
  positionedFixture(seq, { kind: 'key', key: parseCacheKey('any') }, { soft })

describe('KeyCrowd', () => {
  it('takes the hard marks, and leaves the soft ones', () => {
    const crowd = new KeyCrowd()
    expect(crowd.isEmpty).toBe(true)
    const keys = new Map([
      ['hard', { hard: mark(3), soft: undefined }],
      ['both', { hard: mark(4), soft: mark(5, true) }],
      ['soft', { hard: undefined, soft: mark(6, true) }],
    ])
    crowd.take(keys)
    expect([...keys]).toEqual([
      ['both', { hard: undefined, soft: mark(5, true) }],
      ['soft', { hard: undefined, soft: mark(6, true) }],
    ])
    expect(['hard', 'both', 'soft', 'none'].map((key) => crowd.seqOf(key))).toEqual([3, 4, -1, -1])
    expect(crowd.isEmpty).toBe(false)
  })

  it('knows the newest mark of a key, and forgets batches as a whole', () => {
    const crowd = new KeyCrowd()
    for (const seq of [1, 3]) {
      const both = ['a', `b${seq}`].map((key, at) => [
        key,
        { hard: mark(seq + at), soft: undefined },
      ])
      crowd.take(new Map(both as [string, { hard: PositionedMark; soft: undefined }][]))
    }
    expect(crowd.seqOf('a')).toBe(3)
    crowd.forget(1)
    expect(crowd.seqOf('b1')).toBe(2)
    crowd.forget(2)
    expect([crowd.seqOf('b1'), crowd.seqOf('a')]).toEqual([-1, 3])
    crowd.clear()
    expect(crowd.isEmpty).toBe(true)
  })

  it('is full at some time', () => {
    const crowd = new KeyCrowd()
    for (let batches = 0; batches < 20; batches += 1) {
      expect(crowd.isFull).toBe(false)
      crowd.take(new Map())
    }
    expect(crowd.isFull).toBe(true)
  })
})
