import { describe, expect, it } from 'vitest'
import { parseSize } from '../../../../src/core/value-objects/cache-size.ts'
import {
  EVICTION_POLICIES,
  type EvictionPolicy,
} from '../../../../src/core/value-objects/eviction-policy.ts'
import { NO_SLOT } from '../../../../src/infrastructure/repositories/memory/slot-pages.ts'
import { SpaceStage } from './space-stage.ts'

const bytes = (size: number) => parseSize(size, 'maxBytes')

/** Makes everybody leave, and says in which order. */
function drained({ space, evicted }: SpaceStage): string[] {
  evicted.length = 0
  for (let slot = space.victim(NO_SLOT); slot !== NO_SLOT; slot = space.victim(NO_SLOT)) {
    space.evictForOthers(slot, 'shared')
  }
  return evicted.map((each) => each.slice(0, each.indexOf(' ')))
}

describe('MemorySpace.settle()', () => {
  it('makes those leave who are over a lowered limit, critical ones last, so many at a time', () => {
    const stage = new SpaceStage()
    stage.add('critical', { priority: 'critical' })
    for (const key of ['1st', '2nd', '3rd']) stage.add(key)
    expect(stage.space.settle(1)).toBe(true)
    stage.configure({ maxEntries: 1 })
    expect(stage.space.settle(0)).toBe(false)
    expect(stage.space.settle(2)).toBe(false)
    expect(stage.evicted).toEqual(['1st lru resize', '2nd lru resize'])
    expect(stage.space.settle(2)).toBe(true)
    expect(stage.evicted).toEqual(['1st lru resize', '2nd lru resize', '3rd lru resize'])
    stage.configure({ maxBytes: bytes(1) })
    expect(stage.space.settle(2)).toBe(true)
    expect(stage.evicted.at(-1)).toBe('critical lru resize')
    expect(stage.space.entries).toBe(0)
  })

  it('lets the oldest of the critical entries leave first', () => {
    const stage = new SpaceStage()
    for (const key of ['1st', '2nd', '3rd']) stage.add(key, { priority: 'critical' })
    stage.configure({ maxEntries: 1 })
    stage.space.settle(10)
    expect(stage.keys).toEqual(['3rd'])
  })

  it('makes those leave who are over a lowered common limit', () => {
    const stage = new SpaceStage({}, { maxEntries: 5 })
    for (const key of ['1st', '2nd', '3rd']) stage.set(key)
    stage.shared.maxEntries = 1
    expect(stage.space.settle(1)).toBe(false)
    expect(stage.space.settle(10)).toBe(true)
    expect(stage.keys).toEqual(['3rd'])
    expect(stage.evicted).toEqual(['1st lru resize', '2nd lru resize'])
  })

  it('lets critical entries leave where a lowered common limit has no room for them', () => {
    const stage = new SpaceStage({ evictionPolicy: 'fifo' }, { maxEntries: 5 })
    for (const key of ['1st', '2nd', '3rd']) stage.set(key, { priority: 'critical' })
    stage.set('low', { priority: 'low' })
    stage.shared.maxEntries = 1
    expect(stage.space.settle(10)).toBe(true)
    expect(stage.evicted).toEqual(['low fifo resize', '1st fifo resize', '2nd fifo resize'])
    expect(stage.set('3rd')).toBeUndefined()
  })

  it('lets a newcomer in over a lowered limit once enough have left for it, so that none takes long', () => {
    for (const [own, shared] of [
      [{ maxEntries: 1 }, undefined],
      [{}, 1],
    ] as const) {
      const stage = new SpaceStage()
      for (let at = 0; at < 200; at += 1) stage.set(`key:${at}`)
      stage.configure(own)
      stage.shared.maxEntries = shared
      expect(stage.set('new')).toBeUndefined()
      expect(stage.space.entries).toBe(200 - 64 + 1)
      for (let at = 0; at < 3; at += 1) stage.set(`newer:${at}`)
      expect(stage.space.entries).toBe(1)
      expect(stage.keys).toEqual(['newer:2'])
    }
  })

  it('has nothing to do where limits were raised', () => {
    const stage = new SpaceStage({ maxEntries: 2 })
    for (const key of ['1st', '2nd']) stage.set(key)
    stage.configure({ maxEntries: 3 })
    expect(stage.space.settle(1)).toBe(true)
    expect(stage.set('3rd')).toBeUndefined()
    expect(stage.evicted).toEqual([])
  })
})

describe('MemorySpace whose policy changes', () => {
  it('keeps the order of leaving', () => {
    const stage = new SpaceStage()
    for (const key of ['1st', '2nd', '3rd', '4th']) stage.add(key)
    stage.use('1st')
    stage.configure({ evictionPolicy: 'fifo' })
    expect(stage.keyOf(stage.space.victim(NO_SLOT))).toBe('2nd')
    while (!stage.space.settle(1));
    expect(drained(stage)).toEqual(['2nd', '3rd', '4th', '1st'])
  })

  it('lets those in the old order leave first, and moves them over so many at a time', () => {
    const stage = new SpaceStage()
    for (const key of ['1st', '2nd', '3rd']) stage.add(key)
    stage.configure({ evictionPolicy: 'fifo' })
    expect(stage.space.settle(1)).toBe(false)
    stage.add('4th')
    // The first is in the new order already, the second and the third wait in the old one.
    expect(drained(stage)).toEqual(['2nd', '3rd', '1st', '4th'])
  })

  it('follows uses, changes, removals and priorities of entries in either order', () => {
    const stage = new SpaceStage({ evictionPolicy: 'fifo' })
    for (const key of ['1st', '2nd', '3rd', '4th', '5th', '6th']) stage.add(key)
    stage.configure({ evictionPolicy: 'lru' })
    stage.space.settle(2)
    stage.use('1st')
    stage.remove('2nd')
    stage.set('3rd', { priority: 'critical' })
    stage.set('4th', { charge: 50, priority: 'low' })
    stage.remove('5th')
    expect([stage.space.entries, stage.space.bytes]).toEqual([4, 350])
    while (!stage.space.settle(1));
    expect(drained(stage).toSorted()).toEqual(['1st', '4th', '6th'])
    expect(stage.keys).toEqual(['3rd'])
  })

  it('spares the one that is about to be replaced, also where it alone is left in the old order', () => {
    const stage = new SpaceStage({ maxEntries: 2, maxBytes: bytes(200) })
    stage.set('same')
    stage.configure({ evictionPolicy: 'fifo' })
    stage.set('other')
    expect(stage.set('same', { charge: 150 })).toBeUndefined()
    expect(stage.keys).toEqual(['same'])
  })

  it('brings one change to its end before the next', () => {
    const stage = new SpaceStage()
    for (const key of ['1st', '2nd', '3rd']) stage.add(key)
    stage.use('1st')
    stage.configure({ evictionPolicy: 'fifo' })
    stage.configure({ evictionPolicy: 'sieve' })
    stage.configure({ evictionPolicy: 'lru' })
    expect(stage.space.settle(3)).toBe(false)
    expect(stage.space.settle(1)).toBe(true)
    expect(drained(stage)).toEqual(['2nd', '3rd', '1st'])
  })

  it('changes the order with the weights, and with what it counts, but not with nothing', () => {
    const stage = new SpaceStage({ priorityWeights: [1, 1, 1] })
    stage.add('1st', { priority: 'high' })
    stage.add('2nd', { priority: 'low' })
    stage.add('3rd', { priority: 'low' })
    stage.configure({ description: 'another' })
    expect(stage.space.settle(1)).toBe(true)
    stage.configure({ maxEntries: 3 })
    expect(stage.space.settle(3)).toBe(false)
    expect(stage.space.settle(1)).toBe(true)
    stage.configure({ priorityWeights: [1, 1, 64] })
    while (!stage.space.settle(1));
    expect(drained(stage)[0]).toBe('2nd')
  })

  it('is empty after clear() in the middle of it', () => {
    const stage = new SpaceStage()
    for (const key of ['1st', '2nd']) stage.add(key)
    stage.configure({ evictionPolicy: 'fifo' })
    stage.clear()
    expect(stage.space.settle(1)).toBe(true)
    for (const key of ['1st', '2nd']) stage.add(key)
    expect(drained(stage)).toEqual(['1st', '2nd'])
  })

  const pairs = EVICTION_POLICIES.flatMap((from) =>
    EVICTION_POLICIES.map((to): readonly [EvictionPolicy, EvictionPolicy] => [from, to]),
  )
  it.each(pairs)('from %s to %s loses nobody, whatever is counted before and after', (from, to) => {
    for (const maxBytes of [bytes(10_000), undefined]) {
      const stage = new SpaceStage({ evictionPolicy: from, maxEntries: 50 })
      fill(stage)
      stage.configure({ evictionPolicy: to, maxBytes })
      stage.space.settle(20)
      for (let at = 0; at < 50; at += 3) stage.use(`key:${at}`)
      for (let at = 0; at < 10; at += 1) expect(stage.set(`new:${at}`)).toBeUndefined()
      expect(stage.space.entries).toBe(50)
      while (!stage.space.settle(7));
      expect(new Set(drained(stage)).size).toBe(50)
      expect([stage.space.entries, stage.space.bytes, stage.shared.bytes]).toEqual([0, 0, 0])
    }
  })
})

/** Fifty entries of different sizes and priorities, every second of them used. */
function fill(stage: SpaceStage): void {
  for (let at = 0; at < 50; at += 1) {
    stage.set(`key:${at}`, { charge: 1 + (at % 7), priority: at % 3 === 0 ? 'low' : 'high' })
    if (at % 2 === 0) stage.use(`key:${at}`)
  }
}
