// hot path: benchmarks/memory-hit.bench.ts
/**
 * The numbers of a namespace's entries: columns of 32-bit integers, indexed by slot, in pages.
 *
 * Idea: an entry is a slot number, and everything but its key and its value is an integer in a typed
 * array, so that the garbage collector has nothing to walk and a hit fetches one cache line of them.
 * A page holds 4096 slots and is never copied or moved once it is full-sized: growing costs the
 * allocation of one page, however many entries there are. The first page begins small and doubles.
 *
 * What a hit looks at and writes to are two words, apart from all the others: of ten thousand entries they
 * are 80 kB, which stay in the processor's cache.
 */

/** No slot: the end of a list, or nothing found. */
export const NO_SLOT = -1

export const PAGE_BITS = 12
export const PAGE_SLOTS: number = 1 << PAGE_BITS
export const PAGE_MASK: number = PAGE_SLOTS - 1
/** Most slots of one store: the key table has this many bits for a slot's number. */
export const MAX_SLOTS: number = 1 << 26

/** Words of `hot`. */
export const HOT_WORDS = 2
/** Words of `warm`. */
export const WARM_WORDS = 2
/** Words of `cold`; one less where the storage says what a slot counts (`leaveCharges`). */
export const COLD_WORDS = 5

/** What a hit looks at: fields of the policy, of the record and of the storage, and until when it is surely fresh. */
export const META = 0
/** How often it was read, and when last. */
export const ACCESS = 1
/** What else is to be known of the record. */
export const FORM = 2
/** Where key and value are, or what the key's hash is: the storage's own. */
export const PLACE = 3

/** Cold words of a slot. */
export const NEXT = 0
const PREVIOUS = 1
export const CREATED = 2
export const BIRTH = 3
export const CHARGE = 4

/** Fields of `META`: bits 0 and 1 are the priority's rank, 2 and 3 the queue, 4 and 5 the uses (`slot-layout` has the rest). */
export const RANK_MASK = 3
export const QUEUE_SHIFT = 2
export const USES_SHIFT = 4
export const USES_ONE: number = 1 << USES_SHIFT
export const USES_MASK: number = 3 << USES_SHIFT

/** `PREVIOUS` of a slot that isn't in use: no slot's number, and not the end of a list. */
const FREE = -2

const FIRST_PAGE_SLOTS = 64
const CHECKED_SHIFT = 5

/** One page's slots that are in use, and the first of those that aren't (the rest by `NEXT`). */
interface PageState {
  live: number
  firstFree: number
  capacity: number
  /** The count of marks that `checked` goes by. */
  checkedVersion: number
}

export class SlotPages {
  /** `META` and `ACCESS` of each slot. A page that was given back is an empty array. */
  readonly hot: Int32Array[] = []
  /** `FORM` and `PLACE` of each slot. */
  readonly warm: Int32Array[] = []
  /** `COLD_WORDS` per slot, or one less. */
  readonly cold: Int32Array[] = []
  #coldWords = COLD_WORDS
  #chargeOf: ((slot: number) => number) | undefined
  readonly #checked: Int32Array[] = []
  readonly #states: PageState[] = []
  /** Pages with a free slot; a page may stand here twice or be full by now. */
  #open: number[] = []
  #live = 0

  /** Slots in use. */
  get live(): number {
    return this.#live
  }

  /** One more than the highest number that a slot in use can have. */
  get length(): number {
    const last = this.#states.length - 1
    return last < 0 ? 0 : (last << PAGE_BITS) + this.#stateOf(last).capacity
  }

  /** Bytes of all columns. */
  get bytes(): number {
    let bytes = 0
    for (const { capacity } of this.#states) {
      bytes += capacity * (HOT_WORDS + WARM_WORDS + this.#coldWords) * 4 + (capacity >>> 3)
    }
    return bytes
  }

  /** A free slot with all words zero; `NO_SLOT` if there are `MAX_SLOTS` already. */
  take(): number {
    const page = this.#openPage()
    if (page === NO_SLOT) return NO_SLOT
    const state = this.#stateOf(page)
    const at = state.firstFree
    const cold = this.cold[page] as Int32Array // An open page has its columns.
    const warm = this.warm[page] as Int32Array // As above.
    const hot = this.hot[page] as Int32Array // As above.
    state.firstFree = cold[at * this.#coldWords + NEXT] ?? NO_SLOT
    state.live += 1
    this.#live += 1
    // Not `fill`, whose call takes longer than the few words.
    const coldWords = this.#coldWords
    for (let word = 0; word < coldWords; word += 1) cold[at * coldWords + word] = 0
    warm[at * WARM_WORDS] = 0
    warm[at * WARM_WORDS + 1] = 0
    hot[at * HOT_WORDS] = 0
    hot[at * HOT_WORDS + 1] = 0
    return (page << PAGE_BITS) | at
  }

  /** Takes a slot back. Its words mean nothing from here on; a page without any slot in use is freed. */
  give(slot: number): void {
    const page = slot >>> PAGE_BITS
    const at = slot & PAGE_MASK
    const state = this.#stateOf(page)
    const wasFull = state.firstFree === NO_SLOT
    this.setNext(slot, state.firstFree)
    this.uncheck(slot)
    // Tells the sweep and the listing that nobody is here.
    this.setPrevious(slot, FREE)
    state.firstFree = at
    state.live -= 1
    this.#live -= 1
    if (state.live === 0 && page > 0) this.#release(page)
    else if (wasFull) this.#open.push(page)
  }

  clear(): void {
    this.hot.length = 0
    this.warm.length = 0
    this.cold.length = 0
    this.#checked.length = 0
    this.#states.length = 0
    this.#open = []
    this.#live = 0
  }

  /** True if the slot is in use. */
  isUsed(slot: number): boolean {
    const page = this.cold[slot >>> PAGE_BITS]
    const previous = page?.[(slot & PAGE_MASK) * this.#coldWords + PREVIOUS]
    return previous !== undefined && previous !== FREE
  }

  /** From here on `chargeOf` says what a slot counts, and there is no column for it. Before the first slot is taken. */
  leaveCharges(chargeOf: (slot: number) => number): void {
    this.#coldWords = COLD_WORDS - 1
    this.#chargeOf = chargeOf
  }

  /** hot path: true if the slot was found valid at this count of marks. */
  isChecked(slot: number, version: number): boolean {
    const page = slot >>> PAGE_BITS
    const state = this.#states[page] as PageState // Slots are given out within pages.
    if (state.checkedVersion !== version) return false
    const at = slot & PAGE_MASK
    return (((this.#checked[page] as Int32Array)[at >>> CHECKED_SHIFT] ?? 0) & (1 << at)) !== 0 // As above.
  }

  /** Notes that the slot was found valid at this count of marks. */
  setChecked(slot: number, version: number): void {
    const page = slot >>> PAGE_BITS
    const state = this.#stateOf(page)
    const checked = this.#checked[page] as Int32Array // As above.
    if (state.checkedVersion !== version) {
      checked.fill(0)
      state.checkedVersion = version
    }
    const at = slot & PAGE_MASK
    checked[at >>> CHECKED_SHIFT] = (checked[at >>> CHECKED_SHIFT] ?? 0) | (1 << at)
  }

  meta(slot: number): number {
    return (this.hot[slot >>> PAGE_BITS] as Int32Array)[(slot & PAGE_MASK) * HOT_WORDS] ?? 0 // As above.
  }

  setMeta(slot: number, value: number): void {
    const page = this.hot[slot >>> PAGE_BITS] as Int32Array // As above.
    page[(slot & PAGE_MASK) * HOT_WORDS] = value
  }

  /** hot path: `PLACE` of a slot. */
  place(slot: number): number {
    const page = this.warm[slot >>> PAGE_BITS] as Int32Array // As above.
    return page[(slot & PAGE_MASK) * WARM_WORDS + PLACE - HOT_WORDS] ?? 0
  }

  /** `META`, `ACCESS`, `FORM` or `PLACE` of a slot. */
  hotWord(slot: number, word: number): number {
    const at = slot & PAGE_MASK
    const page = (word < HOT_WORDS ? this.hot : this.warm)[slot >>> PAGE_BITS] as Int32Array // As above.
    return page[word < HOT_WORDS ? at * HOT_WORDS + word : at * WARM_WORDS + word - HOT_WORDS] ?? 0
  }

  setHot(slot: number, word: number, value: number): void {
    const at = slot & PAGE_MASK
    const page = (word < HOT_WORDS ? this.hot : this.warm)[slot >>> PAGE_BITS] as Int32Array // As above.
    page[word < HOT_WORDS ? at * HOT_WORDS + word : at * WARM_WORDS + word - HOT_WORDS] = value
  }

  coldWord(slot: number, word: number): number {
    return (
      (this.cold[slot >>> PAGE_BITS] as Int32Array)[(slot & PAGE_MASK) * this.#coldWords + word] ??
      0 // As above.
    )
  }

  setCold(slot: number, word: number, value: number): void {
    const page = this.cold[slot >>> PAGE_BITS] as Int32Array // As above.
    page[(slot & PAGE_MASK) * this.#coldWords + word] = value
  }

  next(slot: number): number {
    return this.coldWord(slot, NEXT)
  }

  setNext(slot: number, next: number): void {
    this.setCold(slot, NEXT, next)
  }

  previous(slot: number): number {
    return this.coldWord(slot, PREVIOUS)
  }

  setPrevious(slot: number, previous: number): void {
    this.setCold(slot, PREVIOUS, previous)
  }

  /** What a slot in use counts against limits in bytes. */
  charge(slot: number): number {
    return this.#chargeOf === undefined ? this.coldWord(slot, CHARGE) >>> 0 : this.#chargeOf(slot)
  }

  setCharge(slot: number, charge: number): void {
    if (this.#chargeOf === undefined) this.setCold(slot, CHARGE, charge | 0)
  }

  /** The rank of its priority: 0 for `low` to 3 for `critical`. */
  rank(slot: number): number {
    return this.meta(slot) & RANK_MASK
  }

  /** 0 to 3: which of the policy's queues it is in. */
  queue(slot: number): number {
    return (this.meta(slot) >>> QUEUE_SHIFT) & 3
  }

  setQueue(slot: number, queue: number): void {
    this.setMeta(slot, (this.meta(slot) & ~(3 << QUEUE_SHIFT)) | (queue << QUEUE_SHIFT))
  }

  /** Reads since the policy lowered it last, 0 to 3; a read beyond three leaves it at three. */
  uses(slot: number): number {
    return (this.meta(slot) >>> USES_SHIFT) & 3
  }

  setUses(slot: number, uses: number): void {
    this.setMeta(slot, (this.meta(slot) & ~USES_MASK) | (uses << USES_SHIFT))
  }

  #stateOf(pageNumber: number): PageState {
    return this.#states[pageNumber] as PageState // As above.
  }

  /** Forgets that the slot was found valid. */
  uncheck(slot: number): void {
    const at = slot & PAGE_MASK
    const checked = this.#checked[slot >>> PAGE_BITS] as Int32Array // As above.
    checked[at >>> CHECKED_SHIFT] = (checked[at >>> CHECKED_SHIFT] ?? 0) & ~(1 << at)
  }

  /** A page with a free slot. */
  #openPage(): number {
    for (let page = this.#open.at(-1); page !== undefined; page = this.#open.at(-1)) {
      const state = this.#states[page]
      if (state !== undefined && state.capacity > 0 && state.firstFree !== NO_SLOT) return page
      this.#open.pop()
    }
    const first = this.#states[0]
    if (first !== undefined && first.capacity < PAGE_SLOTS) return this.#growFirst(first)
    return this.#addPage()
  }

  #addPage(): number {
    let page = this.#states.findIndex(({ capacity }) => capacity === 0)
    if (page === -1) page = this.#states.length
    if (page >= MAX_SLOTS / PAGE_SLOTS) return NO_SLOT
    const capacity = page === 0 ? FIRST_PAGE_SLOTS : PAGE_SLOTS
    this.#states[page] = { live: 0, firstFree: NO_SLOT, capacity, checkedVersion: -1 }
    this.hot[page] = new Int32Array(capacity * HOT_WORDS)
    this.warm[page] = new Int32Array(capacity * WARM_WORDS)
    this.cold[page] = new Int32Array(capacity * this.#coldWords)
    this.#checked[page] = new Int32Array(capacity >>> CHECKED_SHIFT)
    this.#chain(page, 0, capacity)
    this.#open.push(page)
    return page
  }

  #growFirst(state: PageState): number {
    const from = state.capacity
    state.capacity = from * 2
    this.hot[0] = grown(this.hot[0], state.capacity * HOT_WORDS)
    this.warm[0] = grown(this.warm[0], state.capacity * WARM_WORDS)
    this.cold[0] = grown(this.cold[0], state.capacity * this.#coldWords)
    this.#checked[0] = grown(this.#checked[0], state.capacity >>> CHECKED_SHIFT)
    this.#chain(0, from, state.capacity)
    this.#open.push(0)
    return 0
  }

  /** Puts the slots of a page from `from` on into its list of free ones, lowest first. */
  #chain(pageNumber: number, from: number, to: number): void {
    const state = this.#stateOf(pageNumber)
    const cold = this.cold[pageNumber] as Int32Array // As above.
    for (let at = to - 1; at >= from; at -= 1) {
      cold[at * this.#coldWords + NEXT] = state.firstFree
      cold[at * this.#coldWords + PREVIOUS] = FREE
      state.firstFree = at
    }
  }

  /** Frees the columns of a page; the last pages are forgotten, so that a walk by number gets shorter. */
  #release(pageNumber: number): void {
    this.#states[pageNumber] = { live: 0, firstFree: NO_SLOT, capacity: 0, checkedVersion: -1 }
    this.hot[pageNumber] = new Int32Array(0)
    this.warm[pageNumber] = new Int32Array(0)
    this.cold[pageNumber] = new Int32Array(0)
    this.#checked[pageNumber] = new Int32Array(0)
    while (this.#states.length > 1 && this.#states.at(-1)?.capacity === 0) {
      this.#states.pop()
      this.hot.pop()
      this.warm.pop()
      this.cold.pop()
      this.#checked.pop()
    }
  }
}

function grown(words: Int32Array | undefined, length: number): Int32Array {
  const copy = new Int32Array(length)
  if (words !== undefined) copy.set(words)
  return copy
}
