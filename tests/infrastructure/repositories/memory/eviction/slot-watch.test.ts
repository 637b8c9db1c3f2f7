import { describe, expect, it } from 'vitest'
import {
  type KeySampler,
  SlotWatch,
} from '../../../../../src/infrastructure/repositories/memory/eviction/slot-watch.ts'
import { WATCHED } from '../../../../../src/infrastructure/repositories/memory/slot-layout.ts'
import { SlotPages } from '../../../../../src/infrastructure/repositories/memory/slot-pages.ts'

const never = (): boolean => false
const always = (): boolean => true

/** Samples the hashes that it is told to; each change that adds some counts. */
class Sampler implements KeySampler {
  samplings = 0
  #hashes: ReadonlySet<number>

  constructor(...hashes: number[]) {
    this.#hashes = new Set(hashes)
  }

  samples(hash: number): boolean {
    return this.#hashes.has(hash)
  }

  sample(...hashes: number[]): void {
    this.#hashes = new Set(hashes)
    this.samplings += 1
  }
}

/** Slots whose hashes are their numbers. */
function stage(policy: KeySampler, slots = 0) {
  const pages = new SlotPages()
  const watch = new SlotWatch(pages, (slot) => slot, policy)
  const add = (): number => {
    const slot = pages.take()
    pages.setPrevious(slot, -1)
    watch.note(slot, slot)
    return slot
  }
  for (let at = 0; at < slots; at += 1) add()
  const watched = (): number[] =>
    Array.from({ length: slots }, (_, slot) => slot).filter(
      (slot) => (pages.meta(slot) & WATCHED) !== 0,
    )
  return { pages, watch, watched }
}

describe('SlotWatch', () => {
  it('marks the slots whose hashes the policy or the estimates sample', () => {
    const { watch, watched } = stage(new Sampler(1, 3), 5)
    expect(watched()).toEqual([1, 3])
    watch.setEstimates(new Sampler(3, 4))
    expect([1, 3, 4, 0].map((hash) => watch.isSampled(hash))).toEqual([true, true, true, false])
    watch.note(4, 4)
    watch.note(0, 0)
    expect(watched()).toEqual([1, 3, 4])
  })

  it('leaves all else that META says, and clears its bit where nobody samples', () => {
    const policy = new Sampler(0)
    const { pages, watch } = stage(policy, 1)
    pages.setMeta(0, -1)
    policy.sample()
    watch.note(0, 0)
    expect(pages.meta(0)).toBe(-1 & ~WATCHED)
    policy.sample(0)
    watch.note(0, 0)
    expect(pages.meta(0)).toBe(-1)
  })

  it('brings all slots up to date in slices once keys are sampled that were not', () => {
    const policy = new Sampler()
    const { watch, watched } = stage(policy, 200)
    expect(watch.refresh(never)).toBe(true)
    policy.sample(5, 150)
    expect(watch.refresh(never)).toBe(false)
    expect(watched()).toEqual([5])
    expect(watch.refresh(always)).toBe(true)
    expect(watched()).toEqual([5, 150])
    expect(watch.refresh(never)).toBe(true)
  })

  it('begins anew when the sample changes once more on the way', () => {
    const policy = new Sampler()
    const { watch, watched } = stage(policy, 200)
    policy.sample(150)
    watch.refresh(never)
    policy.sample(5)
    while (!watch.refresh(never));
    expect(watched()).toEqual([5])
  })

  it('does the same when estimates begin, or others take their place', () => {
    const { watch, watched } = stage(new Sampler(), 100)
    const first = new Sampler(7)
    first.samplings = 9
    watch.setEstimates(first)
    while (!watch.refresh(never));
    expect(watched()).toEqual([7])
    watch.setEstimates(first)
    expect(watch.refresh(never)).toBe(true)
    watch.setEstimates(new Sampler(8))
    while (!watch.refresh(never));
    expect(watched()).toEqual([8])
    watch.setEstimates(undefined)
    while (!watch.refresh(never));
    expect(watched()).toEqual([])
  })
})
