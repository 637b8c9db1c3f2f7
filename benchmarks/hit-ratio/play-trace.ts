import type {
  CreateEvictionOrder,
  EvictionOrder,
  EvictionSpace,
} from '../../src/infrastructure/repositories/memory/eviction/eviction-order.ts'
import {
  CHARGE,
  NO_SLOT,
  SlotPages,
} from '../../src/infrastructure/repositories/memory/slot-pages.ts'

/** One request for each key number; keys are numbered from 0 by first appearance. */
export type Trace = Int32Array

/** How a trace is played. */
export interface Play {
  readonly trace: Trace
  /** Bytes of each request's object; without them each entry counts one. */
  readonly sizes?: Int32Array
  /** In entries, or in bytes if there are sizes. */
  readonly capacity: number
  /** Chooses the hashes. */
  readonly seed: number
  /** Hears of each request, before the cache does. */
  readonly onRequest?: (hash: number, charge: number) => void
}

const MAX_USES = 3
const UNTOLD_MASK = 7

/** A read-through cache around an eviction order, that holds nothing but slots. */
class TraceCache {
  readonly pages: SlotPages = new SlotPages()
  readonly #play: Play
  readonly #order: EvictionOrder
  readonly #slots: Int32Array
  readonly #keys: Int32Array
  readonly #hashes: Int32Array
  #used = 0
  #untold = 0

  constructor(create: CreateEvictionOrder, play: Play) {
    const keys = keysOf(play.trace)
    this.#play = play
    this.#slots = new Int32Array(keys).fill(NO_SLOT)
    this.#keys = new Int32Array(keys)
    this.#hashes = Int32Array.from({ length: keys }, (_, key) => hashOf(key, play.seed))
    const space: EvictionSpace = {
      pages: this.pages,
      endTick: () => 0,
      hashOf: (slot) => this.#hashes[this.#keys[slot] ?? 0] ?? 0,
      isByBytes: play.sizes !== undefined,
      capacity: () => play.capacity,
      weights: [1, 1, 1],
    }
    this.#order = create(space)
  }

  /** True if the request at this place of the trace is a hit. */
  request(at: number): boolean {
    const key = this.#play.trace[at] ?? 0
    const hash = this.#hashes[key] ?? 0
    const charge = this.#play.sizes?.[at] ?? 1
    this.#play.onRequest?.(hash, charge)
    const slot = this.#slots[key] ?? NO_SLOT
    if (slot === NO_SLOT) {
      this.#load(key, hash, charge)
      return false
    }
    const uses = this.pages.uses(slot)
    if (uses < MAX_USES) this.pages.setUses(slot, uses + 1)
    if (this.#isTold(hash, uses)) this.#order.use(slot, hash, uses)
    return true
  }

  /** Where an order samples, it is told of each use that raises the uses, and of every eighth of the others. */
  #isTold(hash: number, uses: number): boolean {
    if (this.#order.followsEveryUse === true) return true
    if (this.#order.samples?.(hash) !== true) return false
    if (uses < MAX_USES) return true
    this.#untold = (this.#untold + 1) & UNTOLD_MASK
    return this.#untold === 0
  }

  #load(key: number, hash: number, charge: number): void {
    const { capacity } = this.#play
    if (charge > capacity) return
    if (this.#used + charge > capacity && !this.#order.admits(hash, charge)) return
    while (this.#used + charge > capacity) this.#evict()
    const slot = this.pages.take()
    this.pages.setCold(slot, CHARGE, charge)
    this.#keys[slot] = key
    this.#slots[key] = slot
    this.#used += charge
    this.#order.add(slot, hash)
  }

  #evict(): void {
    const slot = this.#order.victim(NO_SLOT)
    this.#used -= this.pages.charge(slot)
    this.#order.remove(slot, true)
    this.#slots[this.#keys[slot] ?? 0] = NO_SLOT
    this.pages.give(slot)
  }
}

/** The hit ratio in per cent, of requests. */
export function playTrace(create: CreateEvictionOrder, play: Play): number {
  const cache = new TraceCache(create, play)
  let hits = 0
  for (let at = 0; at < play.trace.length; at += 1) if (cache.request(at)) hits += 1
  return (100 * hits) / play.trace.length
}

function keysOf(trace: Trace): number {
  let highest = -1
  for (const key of trace) if (key > highest) highest = key
  return highest + 1
}

/** Source of the constants: Wellons, "Prospecting for Hash Functions", lowbias32. */
function hashOf(key: number, seed: number): number {
  let mixed = (key ^ Math.imul(seed, 0x9e3779b9)) | 0
  mixed = Math.imul(mixed ^ (mixed >>> 16), 0x7feb352d)
  mixed = Math.imul(mixed ^ (mixed >>> 15), 0x846ca68b)
  return mixed ^ (mixed >>> 16)
}
