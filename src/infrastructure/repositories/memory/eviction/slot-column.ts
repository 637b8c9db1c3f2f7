import { PAGE_BITS, PAGE_MASK, PAGE_SLOTS } from '../slot-pages.ts'

const FIRST_PAGE_SLOTS = 64
const EMPTY_PAGE: Int32Array = new Int32Array(0)

/**
 * One more integer for each slot, for the orders that need one: 4 bytes by slot number, in pages like
 * those of `SlotPages`. It grows page by page as slots are written, and copies none but the first, which
 * begins small and doubles.
 */
export class SlotColumn {
  readonly #pages: Int32Array[] = []

  /** Bytes of its pages. */
  get bytes(): number {
    return this.#pages.reduce((bytes, page) => bytes + page.byteLength, 0)
  }

  /** What was written for the slot last; 0 if nothing was. */
  get(slot: number): number {
    return this.#pages[slot >>> PAGE_BITS]?.[slot & PAGE_MASK] ?? 0
  }

  /** Keeps a signed integer of 32 bits. */
  set(slot: number, value: number): void {
    const at = slot & PAGE_MASK
    let page = this.#pages[slot >>> PAGE_BITS]
    if (page === undefined || at >= page.length) page = this.#grow(slot)
    page[at] = value
  }

  #grow(slot: number): Int32Array {
    const number = slot >>> PAGE_BITS
    // No holes: an array with any is slower to read.
    while (this.#pages.length < number) this.#pages.push(EMPTY_PAGE)
    const before = this.#pages[number] ?? EMPTY_PAGE
    const page = new Int32Array(number === 0 ? roomFor(slot) : PAGE_SLOTS)
    page.set(before)
    this.#pages[number] = page
    return page
  }
}

/** Slots of a first page in which `at` has a place. */
function roomFor(at: number): number {
  let room = FIRST_PAGE_SLOTS
  while (room <= at) room *= 2
  return room
}
