/**
 * The hashes of who left lately: a window over a stream of hashes, with a quick answer to "is it in?".
 *
 * Every hash that is remembered gets the next number, and is in the window while its number is among the
 * last ones. So nothing has to be taken out: an old number is as good as none, and goes when its place is
 * needed. Hashes are kept whole; two keys with one hash are one ghost.
 *
 * The table grows without a stall (extendible hashing, Fagin et al. 1979): a directory, indexed by the
 * upper bits of a mixed hash, of pages of at most 1024 cells, where linear probing finds a cell by the lower
 * bits. A page that is three quarters full drops what has left the window; if more than half is left, it
 * doubles, or splits into two. So no step costs more than a page, but for the directory's doubling, which
 * copies one reference for some hundred hashes.
 */

/** A page: its depth, its cells in use, and then two words for each cell, hash and number. */
const DEPTH = 0
const IN_USE = 1
const HEADER_WORDS = 2
const CELL_WORDS = 2
const FIRST_PAGE_CELLS = 16
/**
 * Numbers are odd, since 0 is the number of an empty cell. They are counted in 32 bits and begin anew after
 * them; the first ones are not far from where they change their sign, so that it is nothing rare.
 */
const STEP = 2
const FIRST_NUMBER = 0x7fff_ff81
const MAX_PAGE_CELLS = 1024
/** The directory doubles only while the window has so many hashes for each of its places. */
const MIN_PER_PLACE = 16
/** A window with fewer for each place belongs to a directory that a far larger window has left. */
const FEW_PER_PLACE = 4

export class GhostWindow {
  /** A page of depth d stands at 2^(bits - d) places in a row. */
  #directory: Int32Array[] = [emptyPage(FIRST_PAGE_CELLS, 0)]
  #bits = 0
  /** How many hashes the window has room for. */
  #length = 1
  #newest = FIRST_NUMBER - STEP
  #oldest = FIRST_NUMBER
  /** A full-sized page for the next one that is built anew. */
  #spare: Int32Array | undefined

  /** Bytes of its pages. */
  get bytes(): number {
    let bytes = 0
    for (const page of new Set(this.#directory)) bytes += page.byteLength
    return bytes
  }

  /** Takes in a hash, and keeps it with the last others: `length` in all, at least 1. */
  remember(hash: number, length: number): void {
    this.#length = length
    if (length < this.#directory.length * FEW_PER_PLACE) this.#forgetAll()
    this.#newest = (this.#newest + STEP) | 0
    const oldest = (this.#newest - (length - 1) * STEP) | 0
    // What has left the window stays out of it when it grows.
    if (((oldest - this.#oldest) | 0) > 0) this.#oldest = oldest
    this.#put(hash, this.#newest)
  }

  /** True if the hash was in the window; then it isn't any more. */
  take(hash: number): boolean {
    const mixed = mix(hash)
    const page = this.#pageOf(mixed)
    const at = findCell(page, hash, mixed)
    if (!this.#isIn(page[at + 1] ?? 0)) return false
    page[at + 1] = this.#oldest - STEP
    return true
  }

  #isIn(number: number): boolean {
    return number !== 0 && ((number - this.#oldest) | 0) >= 0
  }

  #put(hash: number, number: number): void {
    const mixed = mix(hash)
    let page = this.#pageOf(mixed)
    let at = findCell(page, hash, mixed)
    while (page[at + 1] === 0 && isFull(page)) {
      this.#makeRoom(mixed)
      page = this.#pageOf(mixed)
      at = findCell(page, hash, mixed)
    }
    if (page[at + 1] === 0) page[IN_USE] = (page[IN_USE] ?? 0) + 1
    page[at] = hash
    page[at + 1] = number
  }

  #pageOf(mixed: number): Int32Array {
    return this.#directory[this.#placeOf(mixed)] as Int32Array // The directory has 2^bits places.
  }

  #placeOf(mixed: number): number {
    return this.#bits === 0 ? 0 : mixed >>> (32 - this.#bits)
  }

  /** Puts one or two new pages in the place of a full one, and what is still in the window into them. */
  #makeRoom(mixed: number): void {
    const full = this.#pageOf(mixed)
    const depth = full[DEPTH] ?? 0
    const cells = cellsOf(full)
    const isCrowded = this.#countIn(full) * 2 > cells
    if (!isCrowded) this.#setPages(mixed, depth, this.#newPage(cells, depth))
    else if (cells < MAX_PAGE_CELLS) this.#setPages(mixed, depth, this.#newPage(cells * 2, depth))
    else if (depth < this.#bits || this.#mayDouble()) this.#split(mixed, depth)
    else {
      // A thousand hashes that begin alike are no hashes, and not worth a large directory.
      full.fill(0, IN_USE)
      return
    }
    this.#refill(full)
    if (cells === MAX_PAGE_CELLS) this.#spare = full
  }

  #refill(page: Int32Array): void {
    for (let at = HEADER_WORDS; at < page.length; at += CELL_WORDS) {
      const number = page[at + 1] ?? 0
      if (this.#isIn(number)) this.#put(page[at] ?? 0, number)
    }
  }

  #mayDouble(): boolean {
    return this.#directory.length * 2 * MIN_PER_PLACE <= this.#length
  }

  #split(mixed: number, depth: number): void {
    if (depth === this.#bits) {
      this.#directory = this.#directory.flatMap((page) => [page, page])
      this.#bits += 1
    }
    const half = 1 << (31 - depth)
    const deeper = depth + 1
    this.#setPages(mixed & ~half, deeper, this.#newPage(MAX_PAGE_CELLS, deeper))
    this.#setPages(mixed | half, deeper, this.#newPage(MAX_PAGE_CELLS, deeper))
  }

  /** Puts a page of some depth at all places that it has in the directory. */
  #setPages(mixed: number, depth: number, page: Int32Array): void {
    const places = 1 << (this.#bits - depth)
    const first = this.#placeOf(mixed) & ~(places - 1)
    this.#directory.fill(page, first, first + places)
  }

  #newPage(cells: number, depth: number): Int32Array {
    const spare = this.#spare
    if (cells < MAX_PAGE_CELLS || spare === undefined) return emptyPage(cells, depth)
    this.#spare = undefined
    spare.fill(0)
    spare[DEPTH] = depth
    return spare
  }

  #countIn(page: Int32Array): number {
    let count = 0
    for (let at = HEADER_WORDS; at < page.length; at += CELL_WORDS) {
      if (this.#isIn(page[at + 1] ?? 0)) count += 1
    }
    return count
  }

  /** After a far larger window: its pages would stay for good, since each is too rarely full. */
  #forgetAll(): void {
    if (this.#bits === 0) return
    this.#directory = [emptyPage(FIRST_PAGE_CELLS, 0)]
    this.#bits = 0
    this.#spare = undefined
  }
}

function emptyPage(cells: number, depth: number): Int32Array {
  const page = new Int32Array(HEADER_WORDS + cells * CELL_WORDS)
  page[DEPTH] = depth
  return page
}

function cellsOf(page: Int32Array): number {
  return (page.length - HEADER_WORDS) / CELL_WORDS
}

function isFull(page: Int32Array): boolean {
  return (page[IN_USE] ?? 0) * 4 >= cellsOf(page) * 3
}

/** Where the cell of a hash begins, or the empty cell that ends the search; some cell is always empty. */
function findCell(page: Int32Array, hash: number, mixed: number): number {
  const mask = cellsOf(page) - 1
  for (let cell = mixed & mask; ; cell = (cell + 1) & mask) {
    const at = HEADER_WORDS + cell * CELL_WORDS
    if (page[at + 1] === 0 || page[at] === hash) return at
  }
}

/** Spreads a hash over all 32 bits: the finisher of MurmurHash3 (Appleby), which maps no two to one. */
function mix(hash: number): number {
  let mixed = hash ^ (hash >>> 16)
  mixed = Math.imul(mixed, 0x85eb_ca6b)
  mixed ^= mixed >>> 13
  mixed = Math.imul(mixed, 0xc2b2_ae35)
  return mixed ^ (mixed >>> 16)
}
