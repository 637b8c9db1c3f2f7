import { describe, expect, it } from 'vitest'
import { parseSize } from '../../../../src/core/value-objects/cache-size.ts'
import type { EVICTION_POLICIES } from '../../../../src/core/value-objects/eviction-policy.ts'
import {
  FULL_OF_CRITICAL,
  TOO_LARGE,
} from '../../../../src/infrastructure/repositories/memory/memory-limits.ts'
import {
  NOT_ADMITTED,
  USES_PER_TELLING,
} from '../../../../src/infrastructure/repositories/memory/memory-space.ts'
import { NO_SLOT } from '../../../../src/infrastructure/repositories/memory/slot-pages.ts'
import { SpaceStage } from './space-stage.ts'

const bytes = (size: number) => parseSize(size, 'maxBytes')

describe('MemorySpace', () => {
  it('counts what is in it, in its own limits and in the common ones', () => {
    const stage = new SpaceStage()
    const { space, shared } = stage
    stage.add('low', { charge: 70, priority: 'low' })
    stage.add('critical', { charge: 7, priority: 'critical' })
    expect([space.entries, space.bytes, shared.entries, shared.bytes]).toEqual([2, 77, 2, 77])
    stage.set('low', { charge: 60, priority: 'high' })
    expect([space.entries, space.bytes, shared.entries, shared.bytes]).toEqual([2, 67, 2, 67])
    stage.set('low', { charge: 50, priority: 'critical' })
    stage.set('critical', { charge: 5, priority: 'low' })
    expect([space.entries, space.bytes, shared.entries, shared.bytes]).toEqual([2, 55, 2, 55])
    stage.remove('low')
    stage.remove('critical')
    expect([space.entries, space.bytes, shared.entries, shared.bytes]).toEqual([0, 0, 0, 0])
  })

  it('is empty after clear(), and takes only its own out of the common count', () => {
    const stage = new SpaceStage()
    const { space, shared } = stage
    shared.add(5, 0)
    stage.add('key')
    stage.add('critical', { priority: 'critical' })
    stage.clear()
    expect([space.entries, space.bytes, shared.entries, shared.bytes]).toEqual([0, 0, 1, 5])
    expect(space.victim(NO_SLOT)).toBe(NO_SLOT)
    expect(space.settle(10)).toBe(true)
    stage.add('key')
    expect(stage.keyOf(space.victim(NO_SLOT))).toBe('key')
  })

  it('makes as many leave as it takes, by its policy, and says for which limit', () => {
    const stage = new SpaceStage({ maxBytes: bytes(400) })
    for (const key of ['1st', '2nd', '3rd', '4th']) stage.set(key)
    expect(stage.set('new', { charge: 200 })).toBeUndefined()
    expect(stage.evicted).toEqual(['1st lru bytes', '2nd lru bytes'])
    const byEntries = new SpaceStage({ maxEntries: 2, maxBytes: bytes(1000) })
    for (const key of ['1st', '2nd', '3rd']) byEntries.set(key)
    expect(byEntries.evicted).toEqual(['1st lru entries'])
  })

  it('makes nobody leave for an entry that couldn’t come in anyway', () => {
    const stage = new SpaceStage({ maxBytes: bytes(200) })
    stage.add('low', { priority: 'low', charge: 1 })
    stage.add('critical', { priority: 'critical' })
    expect(stage.set('new', { charge: 201 })).toBe(TOO_LARGE)
    expect(stage.set('new', { charge: 101 })).toBe(FULL_OF_CRITICAL)
    expect(stage.evicted).toEqual([])
    expect(stage.set('new', { charge: 100 })).toBeUndefined()
    expect(stage.evicted).toEqual(['low lru bytes'])
  })

  it('makes room under the common limits, and refuses by these as well', () => {
    const stage = new SpaceStage({}, { maxBytes: 200 })
    stage.add('low', { priority: 'low', charge: 1 })
    stage.add('critical', { priority: 'critical' })
    expect(stage.set('new', { charge: 101 })).toBe(FULL_OF_CRITICAL)
    expect(stage.evicted).toEqual([])
    expect(stage.set('new', { charge: 100 })).toBeUndefined()
    expect(stage.evicted).toEqual(['low lru shared'])
  })

  it.each([{ maxBytes: bytes(200) }, { maxEntries: 2, maxBytes: bytes(200) }])(
    'counts what the entry replaces as room, and never evicts it, with %o',
    (limits) => {
      for (const [own, shared] of [
        [limits, {}],
        [{}, limits],
      ]) {
        const stage = new SpaceStage(own, shared)
        stage.set('same', { charge: 1 })
        stage.set('other')
        expect(stage.set('same', { charge: 100 })).toBeUndefined()
        expect(stage.evicted).toEqual([])
        expect(stage.set('same', { charge: 101 })).toBeUndefined()
        expect(stage.keys).toEqual(['same'])
      }
    },
  )

  it('lets a critical entry take the place of one, in a space full of these', () => {
    const stage = new SpaceStage({ maxEntries: 1 })
    stage.set('same', { priority: 'critical' })
    expect(stage.set('other', { priority: 'critical' })).toBe(FULL_OF_CRITICAL)
    expect(stage.set('same', { priority: 'critical' })).toBeUndefined()
    expect(stage.set('same', { priority: 'low' })).toBeUndefined()
    expect(stage.set('other', { priority: 'critical' })).toBeUndefined()
    expect(stage.keys).toEqual(['other'])
  })

  it('gives up when a listener fills it with critical entries meanwhile', () => {
    for (const [own, shared] of [
      [{ maxEntries: 2 }, {}],
      [{}, { maxEntries: 2 }],
    ]) {
      const stage = new SpaceStage(own, shared)
      for (const key of ['1st', '2nd']) stage.add(key)
      stage.onEvicted = (key) => stage.add(`in place of ${key}`, { priority: 'critical' })
      expect(stage.set('new')).toBe(FULL_OF_CRITICAL)
    }
  })

  it('stays within its own limit when a listener fills it while others make room', () => {
    const stage = new SpaceStage({ maxEntries: 2 }, { maxEntries: 2 })
    const other = { victim: () => 0, urgency: () => 1000, evictForOthers: () => leave() }
    const leave = () => {
      stage.shared.remove(100, 0)
      other.victim = () => NO_SLOT
      stage.set('nested')
    }
    stage.budget.join(other)
    stage.shared.add(100, 0)
    stage.set('1st')
    expect(stage.set('new')).toBeUndefined()
    expect(stage.keys).toEqual(['nested', 'new'])
  })

  it('goes on when a listener empties it meanwhile', () => {
    const stage = new SpaceStage({ maxEntries: 2 }, { maxEntries: 2 })
    for (const key of ['1st', '2nd']) stage.add(key)
    stage.onEvicted = () => stage.clear()
    expect(stage.set('new')).toBeUndefined()
    expect(stage.keys).toEqual(['new'])
    expect([stage.space.entries, stage.shared.entries]).toEqual([1, 1])
  })

  it('refuses what its policy finds not worth the room that it takes, unless it is critical', () => {
    const stage = new SpaceStage({ evictionPolicy: 'w-tinylfu', maxBytes: bytes(1000) })
    for (let at = 0; at < 10; at += 1) stage.set(`popular:${at}`)
    for (let round = 0; round < 20; round += 1) {
      for (let at = 0; at < 10; at += 1) {
        if (stage.slotOf(`popular:${at}`) !== NO_SLOT) stage.use(`popular:${at}`)
      }
    }
    expect(stage.set('large', { charge: 900 })).toBe(NOT_ADMITTED)
    expect(stage.space.entries).toBe(10)
    expect(stage.evicted).toEqual([])
    expect(stage.set('critical', { charge: 900, priority: 'critical' })).toBeUndefined()
    expect(stage.keys).toHaveLength(2)
  })

  it('says how urgent a slot is by its idle time and its weight', () => {
    const stage = new SpaceStage({ priorityWeights: [1, 4, 8] })
    stage.add('first')
    const low = stage.add('low', { priority: 'low' })
    const medium = stage.add('medium', { priority: 'medium' })
    const high = stage.add('high', { priority: 'high' })
    // The stage says that the slot itself is how long it was idle.
    expect([low, medium, high].map((slot) => stage.space.urgency(slot))).toEqual([1, 0.5, 0.375])
  })

  it('chooses by entries where only these are limited, else by bytes', () => {
    const isByBytes = (own: object, shared: object) => new SpaceStage(own, shared).space.isByBytes
    expect(isByBytes({}, {})).toBe(true)
    expect(isByBytes({ maxEntries: 1 }, { maxBytes: 1 })).toBe(false)
    expect(isByBytes({ maxEntries: 1, maxBytes: bytes(1) }, {})).toBe(true)
    expect(isByBytes({}, { maxEntries: 1, maxBytes: 1 })).toBe(false)
    expect(isByBytes({}, { maxBytes: 1 })).toBe(true)
  })

  it('lets an order hold its own limit, else the common one, and less where it shares that', () => {
    expect(new SpaceStage({ maxBytes: bytes(500) }, { maxBytes: 900 }).space.capacity()).toBe(500)
    expect(new SpaceStage({ maxEntries: 5 }, { maxBytes: 900 }).space.capacity()).toBe(5)
    expect(new SpaceStage({}, {}).space.capacity()).toBe(Number.MAX_SAFE_INTEGER)
    const stage = new SpaceStage({}, { maxBytes: 900 })
    expect(stage.space.capacity()).toBe(900)
    stage.shared.add(500, 0)
    for (const key of ['1st', '2nd', '3rd', '4th', '5th']) stage.set(key)
    expect(stage.space.capacity()).toBe(400)
  })

  it('is told of every use by orders that need them, else of one in eight beyond the third', () => {
    const usesPerTelling = (evictionPolicy: (typeof EVICTION_POLICIES)[number]) =>
      new SpaceStage({ evictionPolicy }).space.usesPerTelling
    expect(usesPerTelling('lru')).toBe(1)
    expect(usesPerTelling('lfu')).toBe(1)
    expect(usesPerTelling('w-tinylfu')).toBe(USES_PER_TELLING)
    const stage = new SpaceStage({ evictionPolicy: 'w-tinylfu' })
    stage.add('key')
    stage.configure({ evictionPolicy: 'lru' })
    expect(stage.space.usesPerTelling).toBe(1)
    stage.configure({ evictionPolicy: 'w-tinylfu' })
    expect(stage.space.usesPerTelling).toBe(1)
    while (!stage.space.settle(10));
    expect(stage.space.usesPerTelling).toBe(USES_PER_TELLING)
  })
})
