// hot path: benchmarks/memory-hit.bench.ts
import { keyHash } from './key-hash.ts'
import { type KeyedSlots, KeyTable } from './key-table.ts'
import { NO_SLOT } from './slot-pages.ts'

/**
 * Up to so many keys a `Map` is the faster index: V8 keeps the hash of a string that was looked up before,
 * while ours costs a look at each character, two thirds of a hit where everything is in the processor's
 * cache. Beyond, the misses of that cache decide: the table has half as many, takes a fifth of the
 * memory, and never stops to rehash. Moving this many keys over takes about two milliseconds, once.
 */
export const MAX_MAPPED_KEYS = 16_384

/** Which slot a key has. */
export class KeyIndex {
  readonly #slots: KeyedSlots
  readonly #hashSeed: number
  readonly #keepsKeys: boolean
  readonly #table: KeyTable
  #map: Map<string, number> | undefined
  /** Of the key that the table was asked for last. */
  #lastHash = 0

  /** @param keepsKeys true if the slots hold their keys as strings, and their hashes; else a map would be all that holds them */
  constructor(slots: KeyedSlots, hashSeed: number, keepsKeys: boolean) {
    this.#slots = slots
    this.#hashSeed = hashSeed
    this.#keepsKeys = keepsKeys
    this.#table = new KeyTable(slots)
    this.#map = keepsKeys ? new Map() : undefined
  }

  /** hot path: the slot of a key; `NO_SLOT` if it has none. */
  find(key: string): number {
    if (this.#map !== undefined) return this.#map.get(key) ?? NO_SLOT
    return this.#findInTable(key, false)
  }

  /** As `find`, of a key that most likely isn't here: at a million of them a twentieth of a set less. */
  findRare(key: string): number {
    if (this.#map !== undefined) return this.#map.get(key) ?? NO_SLOT
    return this.#findInTable(key, this.#keepsKeys)
  }

  #findInTable(key: string, looksAtHashes: boolean): number {
    if (typeof key !== 'string') return NO_SLOT // Whoever called finds out what else it is.
    this.#lastHash = keyHash(key, this.#hashSeed)
    return this.#table.find(key, this.#lastHash, looksAtHashes)
  }

  /** The hash of the key that `find` has just found in this slot, which mostly needs no look at the slot. */
  foundHash(slot: number): number {
    return this.#map === undefined ? this.#lastHash : this.#slots.hashOf(slot)
  }

  /** The hash of the key that `find` has just been asked for, found or not; the table needed it already. */
  soughtHash(key: string): number {
    return this.#map === undefined ? this.#lastHash : this.hashOf(key)
  }

  hashOf(key: string): number {
    return keyHash(key, this.#hashSeed)
  }

  /** Adds a slot that has a key which isn't here yet; the slot is written already. */
  add(slot: number, key: string, hash: number): void {
    if (this.#map === undefined) {
      this.#table.add(slot, hash)
      return
    }
    this.#map.set(key, slot)
    if (this.#map.size > MAX_MAPPED_KEYS) this.#moveToTable(this.#map)
  }

  remove(slot: number, key: string, hash: number): void {
    if (this.#map === undefined) this.#table.remove(slot, hash)
    else this.#map.delete(key)
  }

  clear(): void {
    this.#table.clear()
    this.#map = this.#keepsKeys ? new Map() : undefined
  }

  #moveToTable(map: ReadonlyMap<string, number>): void {
    this.#map = undefined
    for (const slot of map.values()) this.#table.add(slot, this.#slots.hashOf(slot))
  }
}
