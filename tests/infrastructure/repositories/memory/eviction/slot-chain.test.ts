import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { SlotChain } from '../../../../../src/infrastructure/repositories/memory/eviction/slot-chain.ts'
import {
  CHARGE,
  NO_SLOT,
  SlotPages,
} from '../../../../../src/infrastructure/repositories/memory/slot-pages.ts'

function filled(charges: readonly number[]): {
  pages: SlotPages
  chain: SlotChain
  slots: number[]
} {
  const pages = new SlotPages()
  const chain = new SlotChain(pages)
  const slots = charges.map((charge) => {
    const slot = pages.take()
    pages.setCold(slot, CHARGE, charge)
    chain.addFirst(slot)
    return slot
  })
  return { pages, chain, slots }
}

/** From the first on; checks the links back, too. */
function slotsOf(pages: SlotPages, chain: SlotChain): number[] {
  const slots: number[] = []
  let before = NO_SLOT
  for (let slot = chain.first; slot !== NO_SLOT; slot = pages.next(slot)) {
    expect(pages.previous(slot)).toBe(before)
    slots.push(slot)
    before = slot
  }
  expect(chain.last).toBe(before)
  return slots
}

interface ChainStep {
  readonly kind: 'add' | 'append' | 'remove' | 'front' | 'charge'
  readonly pick: number
  readonly charge: number
}

const chainStep: fc.Arbitrary<ChainStep> = fc.record({
  kind: fc.constantFrom('add', 'append', 'remove', 'front', 'charge'),
  pick: fc.nat({ max: 50 }),
  charge: fc.integer({ min: 1, max: 9 }),
})

/** A chain and an array that is led through the same steps. */
class ComparedChain {
  readonly #pages = new SlotPages()
  readonly #chain = new SlotChain(this.#pages)
  readonly #model: number[] = []

  run({ kind, pick, charge }: ChainStep): void {
    const at = pick % Math.max(this.#model.length, 1)
    const slot = this.#model[at]
    if (kind === 'add' || kind === 'append') this.#add(charge, kind === 'append')
    else if (slot !== undefined) this.#change(kind, slot, charge)
    const charges = this.#model.map((each) => this.#pages.charge(each))
    expect(slotsOf(this.#pages, this.#chain)).toEqual(this.#model)
    expect(this.#chain.length).toBe(this.#model.length)
    expect(this.#chain.charge).toBe(charges.reduce((sum, each) => sum + each, 0))
  }

  #add(charge: number, isLast: boolean): void {
    const slot = this.#pages.take()
    this.#pages.setCold(slot, CHARGE, charge)
    if (isLast) {
      this.#chain.addLast(slot)
      this.#model.push(slot)
    } else {
      this.#chain.addFirst(slot)
      this.#model.unshift(slot)
    }
  }

  #change(kind: ChainStep['kind'], slot: number, charge: number): void {
    if (kind === 'charge') {
      const before = this.#pages.charge(slot)
      this.#pages.setCold(slot, CHARGE, charge)
      this.#chain.recharge(slot, before)
      return
    }
    this.#model.splice(this.#model.indexOf(slot), 1)
    if (kind === 'remove') this.#chain.remove(slot)
    else {
      this.#chain.moveFirst(slot)
      this.#model.unshift(slot)
    }
  }
}

describe('SlotChain', () => {
  it('is empty at first', () => {
    const { chain } = filled([])
    expect(chain).toMatchObject({ first: NO_SLOT, last: NO_SLOT, length: 0, charge: 0 })
    expect(chain.lastBut(NO_SLOT)).toBe(NO_SLOT)
  })

  it('lastBut() answers the last, the one before it if that is excepted, nobody if it was the only one', () => {
    const { chain, slots } = filled([1, 1])
    expect(chain.lastBut(NO_SLOT)).toBe(slots[0])
    expect(chain.lastBut(slots[1] ?? NO_SLOT)).toBe(slots[0])
    expect(chain.lastBut(slots[0] ?? NO_SLOT)).toBe(slots[1])
    chain.remove(slots[1] ?? NO_SLOT)
    expect(chain.lastBut(slots[0] ?? NO_SLOT)).toBe(NO_SLOT)
  })

  it('clear() forgets everybody', () => {
    const { chain } = filled([3, 4])
    chain.clear()
    expect(chain).toMatchObject({ first: NO_SLOT, last: NO_SLOT, length: 0, charge: 0 })
  })

  it('adds up charges beyond 32 bits', () => {
    const { chain } = filled([0xffff_ffff, 0xffff_ffff])
    expect(chain.charge).toBe(2 * 0xffff_ffff)
  })

  it('recharge() counts the difference to the charge before', () => {
    const { pages, chain, slots } = filled([3, 4])
    pages.setCold(slots[0] ?? NO_SLOT, CHARGE, 10)
    chain.recharge(slots[0] ?? NO_SLOT, 3)
    expect(chain.charge).toBe(14)
  })

  it('is an array that is added to at either end, over any steps', () => {
    fc.assert(
      fc.property(fc.array(chainStep, { maxLength: 60, size: 'max' }), (steps) => {
        const compared = new ComparedChain()
        for (const step of steps) compared.run(step)
      }),
    )
  })
})
