/** Most cells of one slab: an address has this many bits for the cell. */
export const CELL_BITS = 13
export const MAX_CELLS: number = 1 << CELL_BITS
export const CELL_MASK: number = MAX_CELLS - 1

/** No cell: the end of the list of free ones, or no further one in use. */
export const NO_CELL = -1

/**
 * Cells of one size in a piece of memory outside the heap.
 *
 * After the cells stands a bit for each that says whether it is in use. Free cells that were in use before
 * are chained through their own first two bytes; those behind `#touched` were never used, so that nothing
 * has to be written to begin with, and the system gives memory only as it is needed.
 */
export class Slab {
  readonly cellBytes: number
  readonly cells: number
  readonly bytes: Buffer
  /** Cells in use. */
  live = 0
  /** Neighbours among the slabs of the same size that have a free cell. */
  previous: Slab | undefined = undefined
  next: Slab | undefined = undefined
  /** Where it is found by address. */
  number = 0
  readonly #bitsFrom: number
  #touched = 0
  #firstFree: number = NO_CELL

  /** @throws RangeError if there is no memory */
  constructor(cellBytes: number, cells: number) {
    this.cellBytes = cellBytes
    this.cells = cells
    this.#bitsFrom = cellBytes * cells
    this.bytes = Buffer.allocUnsafeSlow(this.#bitsFrom + Math.ceil(cells / 8))
    this.bytes.fill(0, this.#bitsFrom)
  }

  get isFull(): boolean {
    return this.live === this.cells
  }

  /** Takes a free cell; there must be one. */
  take(): number {
    const cell = this.#firstFree === NO_CELL ? this.#touched++ : this.#pop()
    this.live += 1
    const at = this.#bitsFrom + (cell >>> 3)
    this.bytes[at] = (this.bytes[at] ?? 0) | (1 << (cell & 7))
    return cell
  }

  /**
   * Takes a cell back.
   *
   * @throws RangeError if it isn't in use: two entries in one cell would read each other's bytes
   */
  give(cell: number): void {
    if (!this.isLive(cell)) throw new RangeError(`Cannot free cell ${cell}: it is not in use`)
    const at = this.#bitsFrom + (cell >>> 3)
    this.bytes[at] = (this.bytes[at] ?? 0) & ~(1 << (cell & 7))
    this.#push(cell)
    this.live -= 1
  }

  isLive(cell: number): boolean {
    return ((this.bytes[this.#bitsFrom + (cell >>> 3)] ?? 0) & (1 << (cell & 7))) !== 0
  }

  /** The first cell in use from this one on, or `NO_CELL`. */
  nextLive(from: number): number {
    let cell = from
    while (cell < this.#touched) {
      const bits = (this.bytes[this.#bitsFrom + (cell >>> 3)] ?? 0) >>> (cell & 7)
      if (bits === 0) cell = (cell | 7) + 1
      else return cell + 31 - Math.clz32(bits & -bits)
    }
    return NO_CELL
  }

  /** `NO_CELL` is written as all ones, which no cell with a successor is: there are 2^13 cells at most. */
  #push(cell: number): void {
    const at = cell * this.cellBytes
    this.bytes[at] = this.#firstFree & 0xff
    this.bytes[at + 1] = (this.#firstFree >> 8) & 0xff
    this.#firstFree = cell
  }

  #pop(): number {
    const cell = this.#firstFree
    const at = cell * this.cellBytes
    const next = (this.bytes[at] ?? 0) | ((this.bytes[at + 1] ?? 0) << 8)
    this.#firstFree = next === 0xffff ? NO_CELL : next
    return cell
  }
}
