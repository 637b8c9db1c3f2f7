import { cellSize } from './cell-size.ts'
import { MAX_SLAB_BYTES, SizeClass } from './size-class.ts'
import { CELL_BITS, CELL_MASK, Slab } from './slab.ts'

/**
 * Memory outside the heap, for records of any length.
 *
 * Idea: records of nearly the same length share slabs, which are cut into cells of one size, so that a
 * record's end costs at most three bytes (a 128th above 2 KiB) and taking or freeing a cell a few writes.
 * Slabs grow with what their size holds, from 4 KiB to 1 MiB: little is held for little, and the newest,
 * half-empty one is a small part of much. Where many records of one length come in a row, they get cells of
 * just that length.
 *
 * The known harm of size classes is that sizes change over time, and each slab of an old size is held for
 * a few records. So records move: a size with too many free cells empties its sparsest slabs, in slices.
 * A record's cell doesn't say whose it is. The owner of the records finds out by the key in it, which costs
 * little because few records ever move.
 *
 * What holds once `compact` has nothing left to do: `heldBytes` is at most 1.1 times `liveBytes`, and
 * 16 KiB for each size of cell in use besides. Rejected: a bound of 1.05, for which a store with random
 * frees copies twice as much all the time.
 */

/** Most slabs, also counting each record above 64 KiB as one: an address has 19 bits for it. */
export const MAX_SLABS: number = 1 << (32 - CELL_BITS)

/** One slice of compaction copies about so many bytes between two questions whether it may go on. */
const SLICE_BYTES = 16 << 10
/** What moving a record costs besides its bytes, in bytes copied: finding its owner, mostly. */
const MOVE_COST_BYTES = 512

/** Stands in the place of a slab that was released; it has no cells. */
const NO_SLAB = new Slab(0, 0)

/** Tells the owner of a record that it has moved; false if nobody owns it, and it has to stay. */
export type MoveRecord = (from: number, to: number) => boolean

export class SlabPages {
  /** By the upper 19 bits of an address; the lower 13 are the cell. */
  readonly slabs: Slab[] = []
  readonly #classes = new Map<number, SizeClass>()
  readonly #freeNumbers: number[] = []
  #sparse: SizeClass[] = []
  /** An empty slab that is kept for a moment: whoever frees a record often writes one like it next. */
  #spare: Slab | undefined
  /** The slab that is being emptied; nothing is put into it. */
  #source: Slab | undefined
  #cursor = 0
  #heldBytes = 0
  #liveBytes = 0

  /** Bytes of all slabs, with their bits. */
  get heldBytes(): number {
    return this.#heldBytes
  }

  /** Bytes of all cells in use. */
  get liveBytes(): number {
    return this.#liveBytes
  }

  /** Sizes of cells that there are slabs of. */
  get sizes(): number {
    return this.#classes.size
  }

  /**
   * The address of a free cell with room for so many bytes: any 32 bits, signed.
   *
   * @throws RangeError if there is no memory, or no number left for a slab; nothing has changed then
   */
  alloc(bytes: number): number {
    const exact = this.#classes.get(bytes)
    if (exact !== undefined) return this.#take(exact)
    const cellBytes = cellSize(bytes)
    const sizeClass = this.#classes.get(cellBytes) ?? new SizeClass(cellBytes)
    return this.#take(sizeClass.leavesTooMuch(bytes) ? new SizeClass(bytes) : sizeClass)
  }

  /** @throws RangeError if nothing is there */
  free(address: number): void {
    const slab = this.#slabAt(address)
    const wasOpen = !slab.isFull && slab !== this.#source
    slab.give(address & CELL_MASK)
    const sizeClass = this.#classOf(slab)
    sizeClass.live -= 1
    this.#liveBytes -= slab.cellBytes
    if (slab.live === 0) {
      if (wasOpen) sizeClass.unlink(slab)
      this.#release(slab, sizeClass)
    } else if (!wasOpen && slab !== this.#source) sizeClass.link(slab)
    this.#noteSparse(sizeClass)
  }

  /** The size of an address's cell in bytes. */
  sizeOf(address: number): number {
    return this.#slabAt(address).cellBytes
  }

  clear(): void {
    this.slabs.length = 0
    this.#classes.clear()
    this.#freeNumbers.length = 0
    this.#sparse = []
    this.#spare = undefined
    this.#source = undefined
    this.#heldBytes = 0
    this.#liveBytes = 0
  }

  /**
   * Moves records out of sparse slabs for as long as `mayGoOn` says; true if nothing is left to do.
   *
   * A record is still at its old address as well while `move` runs; a record that may not move stays,
   * and its size is left alone until something of that size is freed.
   */
  compact(mayGoOn: () => boolean, move: MoveRecord): boolean {
    while (this.#source !== undefined || this.#chooseSource()) {
      if (!mayGoOn()) return false
      this.#moveSome(move)
    }
    this.#dropSpare()
    return true
  }

  #take(sizeClass: SizeClass): number {
    const slab = sizeClass.open ?? this.#addSlab(sizeClass)
    const cell = slab.take()
    sizeClass.live += 1
    this.#liveBytes += slab.cellBytes
    if (slab.isFull) sizeClass.unlink(slab)
    return (slab.number << CELL_BITS) | cell
  }

  #addSlab(sizeClass: SizeClass): Slab {
    if (this.#freeNumbers.length === 0 && this.slabs.length >= MAX_SLABS) {
      throw new RangeError(`Cannot hold more: expected at most ${MAX_SLABS} slabs`)
    }
    const slab = this.#takeSpare(sizeClass) ?? new Slab(sizeClass.cellBytes, sizeClass.slabCells)
    slab.number = this.#freeNumbers.pop() ?? this.slabs.length
    this.slabs[slab.number] = slab
    this.#heldBytes += slab.bytes.length
    this.#classes.set(sizeClass.cellBytes, sizeClass)
    sizeClass.slabs += 1
    sizeClass.cells += slab.cells
    sizeClass.link(slab)
    return slab
  }

  #takeSpare({ cellBytes, slabCells }: SizeClass): Slab | undefined {
    const spare = this.#spare
    if (spare?.cellBytes !== cellBytes || spare.cells > slabCells) return undefined
    this.#dropSpare()
    return spare
  }

  #dropSpare(): void {
    this.#heldBytes -= this.#spare?.bytes.length ?? 0
    this.#spare = undefined
  }

  /** An empty slab that isn't linked any more leaves its size. */
  #release(slab: Slab, sizeClass: SizeClass): void {
    sizeClass.slabs -= 1
    sizeClass.cells -= slab.cells
    if (sizeClass.slabs === 0) this.#classes.delete(sizeClass.cellBytes)
    this.slabs[slab.number] = NO_SLAB
    this.#freeNumbers.push(slab.number)
    if (slab === this.#source) this.#source = undefined
    this.#dropSpare()
    if (slab.bytes.length <= MAX_SLAB_BYTES) this.#spare = slab
    else this.#heldBytes -= slab.bytes.length
  }

  #noteSparse(sizeClass: SizeClass): void {
    if (sizeClass.isListed || !sizeClass.isSparse) return
    sizeClass.isListed = true
    this.#sparse.push(sizeClass)
  }

  #chooseSource(): boolean {
    for (let each = this.#sparse.at(-1); each !== undefined; each = this.#sparse.at(-1)) {
      const slab = each.isSparse ? each.sparsest() : undefined
      if (slab !== undefined) {
        each.unlink(slab)
        this.#source = slab
        this.#cursor = 0
        return true
      }
      each.isListed = false
      this.#sparse.pop()
    }
    return false
  }

  #moveSome(move: MoveRecord): void {
    const source = this.#source
    for (let bytes = 0; bytes < SLICE_BYTES && source !== undefined; ) {
      if (!this.#moveOne(source, move)) this.#giveUp(source)
      if (this.#source !== source) return
      bytes += source.cellBytes + MOVE_COST_BYTES
    }
  }

  /** Moves the next record; false if it has to stay, or there is no room but in a slab as large. */
  #moveOne(source: Slab, move: MoveRecord): boolean {
    const sizeClass = this.#classOf(source)
    if (sizeClass.open === undefined && sizeClass.slabCells >= source.cells) return false
    const cell = source.nextLive(this.#cursor)
    const from = (source.number << CELL_BITS) | cell
    const to = this.#take(sizeClass)
    const { cellBytes } = source
    const at = cell * cellBytes
    source.bytes.copy(this.#slabAt(to).bytes, (to & CELL_MASK) * cellBytes, at, at + cellBytes)
    const isMoved = move(from, to)
    this.free(isMoved ? from : to)
    this.#cursor = cell + 1
    return isMoved
  }

  #giveUp(source: Slab): void {
    const sizeClass = this.#classOf(source)
    this.#source = undefined
    sizeClass.link(source)
    sizeClass.isListed = false
    this.#sparse = this.#sparse.filter((each) => each !== sizeClass)
  }

  #slabAt(address: number): Slab {
    return this.slabs[address >>> CELL_BITS] ?? NO_SLAB
  }

  #classOf(slab: Slab): SizeClass {
    return this.#classes.get(slab.cellBytes) as SizeClass // It has this slab.
  }
}
