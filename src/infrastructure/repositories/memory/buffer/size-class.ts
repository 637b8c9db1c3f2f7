import { MAX_CELL_BYTES, MIN_CELL_BYTES } from './cell-size.ts'
import { MAX_CELLS, type Slab } from './slab.ts'

/** What the first slab of a size takes. */
const FIRST_SLAB_BYTES = 4096
/** What a slab takes at most, unless a single record needs more. */
export const MAX_SLAB_BYTES: number = 1 << 20

/** Left for the system's own header, so that a slab fills whole pages of the system with it. */
const HEADER_BYTES = 32
/**
 * What a slab takes besides its bytes, in the heap and in the system: measured, Node 20.20. With n bytes in
 * use, slabs of the size s cost n / s times this, and the half of s that the newest leaves empty: least
 * for s the root of 2 n times this.
 */
export const SLAB_COST_BYTES = 860
/** Free cells that are put up with: one for so many in use. */
const LIVE_PER_FREE = 12

/** The slabs with cells of one size, and which of them have a free cell. */
export class SizeClass {
  readonly cellBytes: number
  slabs = 0
  /** Cells of all its slabs. */
  cells = 0
  /** Cells in use. */
  live = 0
  /** It is listed for compaction. */
  isListed = false
  #open: Slab | undefined
  /** The length of the last record that left some of its cell, and how much those of this length left in a row. */
  #lastBytes = 0
  #leftBytes = 0

  constructor(cellBytes: number) {
    this.cellBytes = cellBytes
  }

  /** A slab with a free cell: the one that got it last, which is fuller than most. */
  get open(): Slab | undefined {
    return this.#open
  }

  /** How many cells a new slab should have. */
  get slabCells(): number {
    if (this.cellBytes > MAX_CELL_BYTES) return 1
    const best = Math.sqrt(2 * SLAB_COST_BYTES * this.live * this.cellBytes)
    const bytes = 1 << (31 - Math.clz32(Math.min(Math.max(best, FIRST_SLAB_BYTES), MAX_SLAB_BYTES)))
    const cells = Math.floor(((bytes - HEADER_BYTES) * 8) / (this.cellBytes * 8 + 1))
    return Math.min(Math.max(cells, 1), MAX_CELLS)
  }

  /**
   * True if too many cells are free. Otherwise what is free is at most a twelfth of what is in use, or less
   * than a new slab would have.
   */
  get isSparse(): boolean {
    const free = this.cells - this.live
    return free * LIVE_PER_FREE > this.live && free >= this.slabCells
  }

  /**
   * Notes a record that leaves some of its cell; true if those of its length that came in a row leave as
   * much as a slab is: from here on cells of just that length cost less.
   */
  leavesTooMuch(bytes: number): boolean {
    if (bytes !== this.#lastBytes) this.#leftBytes = 0
    this.#lastBytes = bytes
    this.#leftBytes += this.cellBytes - bytes
    return this.#leftBytes > FIRST_SLAB_BYTES && bytes >= MIN_CELL_BYTES
  }

  link(slab: Slab): void {
    slab.previous = undefined
    slab.next = this.#open
    if (this.#open !== undefined) this.#open.previous = slab
    this.#open = slab
  }

  unlink(slab: Slab): void {
    if (slab.previous === undefined) this.#open = slab.next
    else slab.previous.next = slab.next
    if (slab.next !== undefined) slab.next.previous = slab.previous
    slab.previous = undefined
    slab.next = undefined
  }

  /**
   * The slab whose cells should move elsewhere: of those whose cells find room in the others, the one with
   * the smallest part in use; of all, if there is none (they are larger than a new one then).
   */
  sparsest(): Slab | undefined {
    const free = this.cells - this.live
    let best: Slab | undefined
    for (let slab = this.#open; slab !== undefined; slab = slab.next) {
      if (best === undefined || isBetter(slab, best, free)) best = slab
    }
    return best
  }
}

function isBetter(slab: Slab, best: Slab, free: number): boolean {
  const fits = slab.cells <= free
  if (fits !== best.cells <= free) return fits
  return slab.live * best.cells < best.live * slab.cells
}
