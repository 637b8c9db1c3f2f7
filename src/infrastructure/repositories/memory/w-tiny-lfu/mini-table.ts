/**
 * Which slot of a small cache holds the key with a hash: open addressing over 16-bit numbers, for at most
 * 2^14 slots. Two keys with one hash are one key here.
 */
export class MiniTable {
  /** By slot; whoever owns the slots writes it. */
  #hashes: Int32Array
  #places: Int16Array
  #mask: number

  /** For as many slots as there are hashes, a power of two. */
  constructor(hashes: Int32Array) {
    this.#hashes = hashes
    this.#places = new Int16Array(hashes.length * 2)
    this.#mask = this.#places.length - 1
  }

  get bytes(): number {
    return this.#places.byteLength
  }

  /** hot path: the slot, or -1. */
  find(hash: number): number {
    let at = placeOf(hash) & this.#mask
    for (;;) {
      const slot = (this.#places[at] ?? 0) - 1
      if (slot < 0 || this.#hashes[slot] === hash) return slot
      at = (at + 1) & this.#mask
    }
  }

  /** Notes a slot whose hash isn't noted yet. */
  add(slot: number): void {
    let at = placeOf(this.#hashes[slot] ?? 0) & this.#mask
    while (this.#places[at] !== 0) at = (at + 1) & this.#mask
    this.#places[at] = slot + 1
  }

  /** Forgets a slot that is noted, and moves up those that had to give way to it. */
  remove(slot: number): void {
    let hole = placeOf(this.#hashes[slot] ?? 0) & this.#mask
    while (this.#places[hole] !== slot + 1) hole = (hole + 1) & this.#mask
    for (let at = (hole + 1) & this.#mask; this.#places[at] !== 0; at = (at + 1) & this.#mask) {
      const place = this.#places[at] ?? 0
      const home = placeOf(this.#hashes[place - 1] ?? 0) & this.#mask
      if (((at - home) & this.#mask) < ((at - hole) & this.#mask)) continue
      this.#places[hole] = place
      hole = at
    }
    this.#places[hole] = 0
  }

  /** Goes on with a longer copy of the hashes, a power of two again. */
  grow(hashes: Int32Array): void {
    const before = this.#places
    this.#hashes = hashes
    this.#places = new Int16Array(hashes.length * 2)
    this.#mask = this.#places.length - 1
    for (const place of before) if (place !== 0) this.add(place - 1)
  }
}

/** Samples are keys whose hashes share some bits, so the others have to spread them. */
function placeOf(hash: number): number {
  const mixed = Math.imul(hash, 0x2c9277b5)
  return mixed ^ (mixed >>> 16)
}
