import assert from 'node:assert/strict'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import {
  CHARGE,
  COLD_WORDS,
  CREATED,
  FORM,
  HOT_WORDS,
  META,
  NEXT,
  PAGE_SLOTS,
  PLACE,
  SlotPages,
  WARM_WORDS,
} from '../../../../src/infrastructure/repositories/memory/slot-pages.ts'

const WORD_BYTES = 4 * (HOT_WORDS + WARM_WORDS + COLD_WORDS) + 1 / 8

/** Takes a slot and makes it count as one in use. */
function takeUsed(pages: SlotPages): number {
  const slot = pages.take()
  pages.setCold(slot, CHARGE, 1)
  return slot
}

function takeMany(pages: SlotPages, count: number): number[] {
  return Array.from({ length: count }, () => takeUsed(pages))
}

type Step =
  | { readonly kind: 'take'; readonly count: number }
  | { readonly kind: 'give'; readonly pick: number; readonly count: number }
  | { readonly kind: 'clear' }

const step: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 6,
    arbitrary: fc.record({
      kind: fc.constant('take' as const),
      count: fc.oneof(fc.integer({ min: 1, max: 70 }), fc.constant(PAGE_SLOTS)),
    }),
  },
  {
    weight: 5,
    arbitrary: fc.record({
      kind: fc.constant('give' as const),
      pick: fc.nat(),
      count: fc.oneof(fc.integer({ min: 1, max: 70 }), fc.constant(2 * PAGE_SLOTS)),
    }),
  },
  { weight: 1, arbitrary: fc.constant({ kind: 'clear' as const }) },
)

/** Pages, and beside them the words that each slot in use was given. */
class ComparedPages {
  readonly #pages = new SlotPages()
  readonly #words = new Map<number, number>()
  #written = 0

  run(each: Step): void {
    if (each.kind === 'take') for (let at = 0; at < each.count; at += 1) this.#take()
    else if (each.kind === 'give') this.#give(each.pick, each.count)
    else {
      this.#pages.clear()
      this.#words.clear()
    }
    this.#compare()
  }

  drain(): void {
    this.#give(0, this.#words.size)
    this.#compare()
    expect(this.#pages.length).toBeLessThanOrEqual(PAGE_SLOTS)
  }

  #take(): void {
    const pages = this.#pages
    const slot = pages.take()
    assert.ok(!this.#words.has(slot), 'nobody is in the slot')
    for (let word = 0; word < HOT_WORDS + WARM_WORDS; word += 1)
      assert.equal(pages.hotWord(slot, word), 0)
    for (let word = 0; word < COLD_WORDS; word += 1) assert.equal(pages.coldWord(slot, word), 0)
    assert.ok(!pages.isChecked(slot, 1), 'the check was forgotten')
    this.#written += 1
    this.#words.set(slot, this.#written)
    pages.setHot(slot, PLACE, this.#written)
    pages.setHot(slot, FORM, -this.#written)
    pages.setMeta(slot, this.#written)
    pages.setCold(slot, CHARGE, this.#written)
    pages.setCold(slot, CREATED, -this.#written)
    if (this.#written % 2 === 0) pages.setChecked(slot, 1)
  }

  #give(pick: number, count: number): void {
    const slots = [...this.#words.keys()]
    for (let at = 0; at < Math.min(count, slots.length); at += 1) {
      const slot = slots[(pick + at) % slots.length] ?? 0
      this.#pages.give(slot)
      this.#words.delete(slot)
      assert.ok(!this.#pages.isUsed(slot), 'a slot that was given back is free')
    }
  }

  #compare(): void {
    const pages = this.#pages
    assert.equal(pages.live, this.#words.size)
    let used = 0
    for (let slot = 0; slot < pages.length; slot += 1) if (pages.isUsed(slot)) used += 1
    assert.equal(used, this.#words.size, 'who counts as used was taken')
    for (const [slot, word] of this.#words) {
      assert.equal(pages.place(slot), word)
      assert.equal(pages.hotWord(slot, FORM), -word)
      assert.equal(pages.meta(slot), word)
      assert.equal(pages.charge(slot), word)
      assert.equal(pages.coldWord(slot, CREATED), -word)
      assert.equal(pages.isChecked(slot, 1), word % 2 === 0)
    }
  }
}

describe('SlotPages beside a set of slots', () => {
  it('gives no slot out twice and leaves the words of others alone, whatever is taken and given back', () => {
    fc.assert(
      fc.property(fc.array(step, { maxLength: 25 }), (steps) => {
        const compared = new ComparedPages()
        for (const each of steps) compared.run(each)
        compared.drain()
      }),
      { numRuns: 100 },
    )
  })
})

describe('SlotPages', () => {
  it('is empty, and without columns, before anybody takes a slot', () => {
    const pages = new SlotPages()
    expect([pages.live, pages.length, pages.bytes]).toEqual([0, 0, 0])
    expect(pages.isUsed(0)).toBe(false)
  })

  it('begins with 64 slots, doubles up to a page, and adds pages of 4096', () => {
    const pages = new SlotPages()
    const bytesOf = (count: number) => {
      takeMany(pages, count - pages.live)
      return pages.bytes
    }
    expect(bytesOf(1)).toBe(64 * WORD_BYTES)
    expect(bytesOf(64)).toBe(64 * WORD_BYTES)
    expect(bytesOf(65)).toBe(128 * WORD_BYTES)
    expect(bytesOf(PAGE_SLOTS)).toBe(PAGE_SLOTS * WORD_BYTES)
    expect(bytesOf(PAGE_SLOTS + 1)).toBe(2 * PAGE_SLOTS * WORD_BYTES)
    expect(pages.length).toBe(2 * PAGE_SLOTS)
  })

  it('is as long as its columns', () => {
    const pages = new SlotPages()
    const lengthOf = (count: number) => {
      takeMany(pages, count - pages.live)
      return pages.length
    }
    expect([1, 64, 65, PAGE_SLOTS, PAGE_SLOTS + 1].map(lengthOf)).toEqual([
      64,
      64,
      128,
      PAGE_SLOTS,
      2 * PAGE_SLOTS,
    ])
  })

  it('keeps words and checks while the first page grows', () => {
    const pages = new SlotPages()
    const slots = takeMany(pages, 64)
    for (const slot of slots) {
      pages.setHot(slot, PLACE, slot + 1000)
      pages.setCold(slot, CHARGE, slot + 1)
      pages.setChecked(slot, 3)
    }
    takeMany(pages, 1000)
    for (const slot of slots) {
      expect(pages.hotWord(slot, PLACE)).toBe(slot + 1000)
      expect(pages.charge(slot)).toBe(slot + 1)
      expect(pages.isChecked(slot, 3)).toBe(true)
    }
  })

  it('hands out the slots of a young store in order', () => {
    expect(takeMany(new SlotPages(), 130)).toEqual(Array.from({ length: 130 }, (_, at) => at))
  })

  it('frees a page whose last slot was given back, and forgets it if it is the last page', () => {
    const pages = new SlotPages()
    const slots = takeMany(pages, 3 * PAGE_SLOTS)
    const inPage = (page: number) => slots.slice(page * PAGE_SLOTS, (page + 1) * PAGE_SLOTS)
    for (const slot of inPage(1)) pages.give(slot)
    expect(pages.bytes).toBe(2 * PAGE_SLOTS * WORD_BYTES)
    expect(pages.length).toBe(3 * PAGE_SLOTS)
    expect(pages.isUsed(PAGE_SLOTS)).toBe(false)
    for (const slot of inPage(2)) pages.give(slot)
    expect(pages.bytes).toBe(PAGE_SLOTS * WORD_BYTES)
    expect(pages.length).toBe(PAGE_SLOTS)
    for (const slot of inPage(0)) pages.give(slot)
    expect([pages.live, pages.length]).toEqual([0, PAGE_SLOTS])
  })

  it('uses the number of a freed page before a new one', () => {
    const pages = new SlotPages()
    const slots = takeMany(pages, 3 * PAGE_SLOTS)
    for (const slot of slots.slice(PAGE_SLOTS, 2 * PAGE_SLOTS)) pages.give(slot)
    const again = takeMany(pages, PAGE_SLOTS)
    expect(Math.min(...again)).toBe(PAGE_SLOTS)
    expect(Math.max(...again)).toBe(2 * PAGE_SLOTS - 1)
    expect(takeUsed(pages)).toBe(3 * PAGE_SLOTS)
  })

  it('is as new after clear(), with the same arrays of pages', () => {
    const pages = new SlotPages()
    const { hot, warm, cold } = pages
    takeMany(pages, PAGE_SLOTS + 1)
    pages.clear()
    expect([pages.live, pages.length, pages.bytes]).toEqual([0, 0, 0])
    expect(takeUsed(pages)).toBe(0)
    expect(pages.hot).toBe(hot)
    expect(pages.warm).toBe(warm)
    expect(pages.cold).toBe(cold)
  })
})

describe('SlotPages by fields', () => {
  it('says META by its own method and as a word like others', () => {
    const pages = new SlotPages()
    const slot = takeUsed(pages)
    pages.setMeta(slot, -7)
    expect(pages.hotWord(slot, META)).toBe(-7)
    pages.setHot(slot, META, 9)
    pages.setHot(slot, PLACE, 5)
    expect([pages.meta(slot), pages.place(slot), pages.hotWord(slot, PLACE)]).toEqual([9, 5, 5])
  })

  it('keeps rank, queue and uses apart from each other and from the rest of the word', () => {
    const pages = new SlotPages()
    const slot = takeUsed(pages)
    pages.setHot(slot, META, ~0x3c | 2)
    pages.setQueue(slot, 2)
    pages.setUses(slot, 1)
    expect([pages.rank(slot), pages.queue(slot), pages.uses(slot)]).toEqual([3, 2, 1])
    pages.setQueue(slot, 1)
    pages.setUses(slot, 3)
    expect([pages.rank(slot), pages.queue(slot), pages.uses(slot)]).toEqual([3, 1, 3])
    pages.setUses(slot, 0)
    pages.setQueue(slot, 0)
    expect(pages.hotWord(slot, META)).toBe(~0x3c)
  })

  it('reads a charge as unsigned, up to the highest that the column holds', () => {
    const pages = new SlotPages()
    const slot = pages.take()
    expect(pages.charge(slot)).toBe(0)
    pages.setCold(slot, CHARGE, 0xffff_ffff | 0)
    expect(pages.charge(slot)).toBe(0xffff_ffff)
    expect(pages.isUsed(slot)).toBe(true)
  })

  it('links slots across pages', () => {
    const pages = new SlotPages()
    const slots = takeMany(pages, PAGE_SLOTS + 2)
    const [first = 0, last = 0] = [slots[0], slots.at(-1)]
    pages.setNext(first, last)
    pages.setPrevious(last, first)
    expect([pages.next(first), pages.previous(last)]).toEqual([last, first])
    expect(pages.coldWord(first, NEXT)).toBe(last)
  })

  it('forgets all checks of a page with the first one at another count of marks', () => {
    const pages = new SlotPages()
    const slots = takeMany(pages, PAGE_SLOTS + 1)
    const [one = 0, two = 0] = slots
    const elsewhere = slots.at(-1) ?? 0
    for (const slot of [one, two, elsewhere]) pages.setChecked(slot, 7)
    expect(pages.isChecked(one, 7)).toBe(true)
    expect(pages.isChecked(one, 8)).toBe(false)
    pages.setChecked(two, 8)
    expect([one, two, elsewhere].map((slot) => pages.isChecked(slot, 8))).toEqual([
      false,
      true,
      false,
    ])
    expect([one, two, elsewhere].map((slot) => pages.isChecked(slot, 7))).toEqual([
      false,
      false,
      true,
    ])
  })

  it('forgets the check of one slot alone by uncheck(), and of one that was given back', () => {
    const pages = new SlotPages()
    const [one = 0, two = 0, three = 0] = takeMany(pages, 3)
    for (const slot of [one, two, three]) pages.setChecked(slot, 1)
    pages.uncheck(one)
    pages.give(two)
    expect(takeUsed(pages)).toBe(two)
    expect([one, two, three].map((slot) => pages.isChecked(slot, 1))).toEqual([false, false, true])
  })
})
