import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { SlotExpiry } from '../../../../src/infrastructure/repositories/memory/slot-expiry.ts'
import { type EntryOverrides, entryFixture } from '../../../../src/testing/entry-fixture.ts'
import { SlotStage } from './slot-stage.ts'

const always = (): boolean => true
const never = (): boolean => false

/** Slots of a store that began at 0, and what the expiry makes of them. */
function stage() {
  const slots = new SlotStage(0)
  const asked: number[] = []
  const removed: number[] = []
  const expiry = new SlotExpiry(slots.pages, slots.records, (slot, nowMs) => {
    asked.push(slot)
    if (nowMs < slots.records.lifeOf(slot).staleUntilMs) return
    removed.push(slot)
    slots.remove(slot)
  })
  const add = (endsAtMs: number, overrides: EntryOverrides<unknown> = {}): number => {
    const entry = entryFixture({ createdAtMs: 0, expiresAtMs: endsAtMs, ...overrides })
    const slot = slots.addEntry(entry)
    expiry.note(slot, entry.staleUntilMs)
    return slot
  }
  return { slots, expiry, asked, removed, add }
}

type Step =
  | { readonly kind: 'add' | 'move'; readonly pick: number; readonly lifeMs: number }
  | { readonly kind: 'remove'; readonly pick: number }
  | { readonly kind: 'pass'; readonly ms: number }

const spanMs = fc.oneof(
  fc.integer({ min: 0, max: 300 }),
  fc.integer({ min: 0, max: 2 ** 24 }),
  fc.constantFrom(63, 64, 65, 4095, 4096, 262_144, Number.POSITIVE_INFINITY),
)
const step: fc.Arbitrary<Step> = fc.oneof(
  fc.record({
    kind: fc.constantFrom(...(['add', 'add', 'move'] as const)),
    pick: fc.nat(),
    lifeMs: spanMs,
  }),
  fc.record({ kind: fc.constant('remove' as const), pick: fc.nat() }),
  fc.record({
    kind: fc.constant('pass' as const),
    ms: spanMs.filter((ms) => ms !== Number.POSITIVE_INFINITY),
  }),
)

/** An expiry, and beside it the ends of all lives. */
class ComparedExpiry {
  readonly #stage = stage()
  readonly #ends = new Map<number, number>()
  #nowMs = 0

  run(each: Step): void {
    const slot = 'pick' in each ? [...this.#ends.keys()][each.pick % this.#ends.size] : undefined
    if (each.kind === 'pass') this.#pass(each.ms)
    else if (each.kind === 'add') this.#add(this.#nowMs + each.lifeMs)
    else if (slot !== undefined && each.kind === 'move') this.#move(slot, this.#nowMs + each.lifeMs)
    else if (slot !== undefined) this.#remove(slot)
  }

  #add(endsAtMs: number): void {
    this.#ends.set(this.#stage.add(endsAtMs), endsAtMs)
  }

  #move(slot: number, endsAtMs: number): void {
    const life = { expiresAtMs: endsAtMs, staleUntilMs: endsAtMs }
    this.#stage.slots.records.moveLife(slot, life)
    this.#stage.expiry.note(slot, endsAtMs)
    this.#ends.set(slot, endsAtMs)
  }

  #remove(slot: number): void {
    this.#stage.slots.remove(slot)
    this.#ends.delete(slot)
  }

  #pass(ms: number): void {
    this.#nowMs += ms
    expect(this.#stage.expiry.removeDue(this.#nowMs, always)).toBe(true)
    for (const slot of this.#stage.removed.splice(0)) {
      expect(this.#ends.get(slot)).toBeLessThanOrEqual(this.#nowMs)
      this.#ends.delete(slot)
    }
    const tickAtMs = this.#nowMs - (this.#nowMs % 64)
    for (const endsAtMs of this.#ends.values()) expect(endsAtMs).toBeGreaterThan(tickAtMs)
  }
}

describe('SlotExpiry beside a list of ends', () => {
  it('removes in each tick who had died when it began, and nobody who hasn’t died', () => {
    fc.assert(
      fc.property(fc.array(step, { maxLength: 200 }), (steps) => {
        const compared = new ComparedExpiry()
        for (const each of steps) compared.run(each)
      }),
      { numRuns: 300 },
    )
  })
})

describe('SlotExpiry', () => {
  it('looks at nobody before anything has died, nor where nothing ever does', () => {
    const { expiry, asked, add } = stage()
    add(Number.POSITIVE_INFINITY)
    add(6400)
    expect(expiry.removeDue(0, always)).toBe(true)
    expect(expiry.removeDue(6399, always)).toBe(true)
    expect(asked).toEqual([])
    expect(expiry.removeDue(6400, always)).toBe(true)
    expect(asked).toEqual([0, 1])
    expect(expiry.removeDue(1e9, always)).toBe(true)
    expect(asked).toEqual([0, 1])
  })

  it('goes by the end of the stale window, not by that of freshness', () => {
    const { expiry, removed, add } = stage()
    const slot = add(64, { staleUntilMs: 640 })
    expiry.removeDue(639, always)
    expect(removed).toEqual([])
    expiry.removeDue(640, always)
    expect(removed).toEqual([slot])
  })

  it('removes at once what had died before the store began', () => {
    const { expiry, removed, add } = stage()
    const slot = add(-5)
    expect(expiry.removeDue(0, always)).toBe(true)
    expect(removed).toEqual([slot])
  })

  it('stops between two blocks when its time is up, and goes on where it stopped', () => {
    const { expiry, removed, add } = stage()
    for (let at = 0; at < 64 * 3; at += 1) add(10)
    expect(expiry.removeDue(1000, never)).toBe(false)
    expect(removed).toHaveLength(64)
    expect(expiry.removeDue(1000, never)).toBe(false)
    expect(expiry.removeDue(1000, never)).toBe(true)
    expect(removed).toHaveLength(64 * 3)
  })

  it('notices whose life became shorter', () => {
    const { slots, expiry, removed, add } = stage()
    const slot = add(1e6)
    slots.records.moveLife(slot, { expiresAtMs: 64, staleUntilMs: 64 })
    expiry.note(slot, 64)
    expiry.removeDue(64, always)
    expect(removed).toEqual([slot])
  })

  it('forgets all by clear()', () => {
    const { expiry, asked, add } = stage()
    add(10)
    expiry.clear()
    expect(expiry.removeDue(1000, always)).toBe(true)
    expect(asked).toEqual([])
    add(2000)
    expiry.removeDue(3000, always)
    expect(asked).not.toEqual([])
  })

  it('takes a listener that empties everything, or adds to it, while it removes', () => {
    const slots = new SlotStage(0)
    let onRemoved: () => void = () => undefined
    const expiry: SlotExpiry = new SlotExpiry(slots.pages, slots.records, (slot, nowMs) => {
      if (nowMs < slots.records.lifeOf(slot).staleUntilMs) return
      slots.remove(slot)
      onRemoved()
    })
    const add = (endsAtMs: number): void => {
      const entry = entryFixture({ createdAtMs: 0, expiresAtMs: endsAtMs })
      expiry.note(slots.addEntry(entry), entry.staleUntilMs)
    }
    for (let at = 0; at < 200; at += 1) add(10)
    let added = 0
    onRemoved = () => {
      if (added < 300) add(20)
      added += 1
    }
    expect(expiry.removeDue(100, always)).toBe(true)
    expect(expiry.removeDue(200, always)).toBe(true)
    expect(slots.pages.live).toBe(0)
    for (let at = 0; at < 200; at += 1) add(300)
    onRemoved = () => {
      slots.pages.clear()
      slots.records.clear()
      slots.storage.clear()
      expiry.clear()
    }
    expect(expiry.removeDue(1000, always)).toBe(true)
    expect(slots.pages.live).toBe(0)
  })
})
