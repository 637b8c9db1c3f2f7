import { WATCHED } from '../slot-layout.ts'
import type { SlotPages } from '../slot-pages.ts'
import { SlotSweep } from '../slot-sweep.ts'

/** Who learns from the requests of some of the keys. */
export interface KeySampler {
  /** Counts how often it began to sample keys that it didn't before. */
  readonly samplings: number
  samples(hash: number): boolean
}

/**
 * Which slots' uses are told to those who sample keys. A bit of `META` says so, that a hit looks at anyway,
 * so that most hits need no hash and no call. It may say so of a slot that nobody samples any more.
 */
export class SlotWatch {
  readonly #pages: SlotPages
  readonly #hashOf: (slot: number) => number
  readonly #policy: KeySampler
  #estimates: KeySampler | undefined
  readonly #sweep: SlotSweep
  /** Grows whenever uses are to be told that weren't before; for which the bits are right, and to which they are brought. */
  #samplings = 0
  #settled = 0
  #aim = 0

  constructor(pages: SlotPages, hashOf: (slot: number) => number, policy: KeySampler) {
    this.#pages = pages
    this.#hashOf = hashOf
    this.#policy = policy
    this.#sweep = new SlotSweep(pages)
  }

  /** Who samples beside the policy from here on. */
  setEstimates(estimates: KeySampler | undefined): void {
    if (estimates === this.#estimates) return
    this.#samplings += 1 + (this.#estimates?.samplings ?? 0)
    this.#estimates = estimates
  }

  /** True if somebody samples keys with this hash. */
  isSampled(hash: number): boolean {
    return this.#policy.samples(hash) || this.#estimates?.samples(hash) === true
  }

  /** Sets or clears the bit of a slot. */
  note(slot: number, hash: number): void {
    const meta = this.#pages.meta(slot) & ~WATCHED
    this.#pages.setMeta(slot, this.isSampled(hash) ? meta | WATCHED : meta)
  }

  /** Where keys are sampled that weren't before, sets the bits of the slots, in slices. True if nothing is left to do. */
  refresh(mayGoOn: () => boolean): boolean {
    const samplings = this.#samplings + this.#policy.samplings + (this.#estimates?.samplings ?? 0)
    if (samplings === this.#settled) return true
    if (samplings !== this.#aim) this.#sweep.startRound()
    this.#aim = samplings
    const isDone = this.#sweep.walk((slot) => {
      this.note(slot, this.#hashOf(slot))
      return true
    }, mayGoOn)
    if (isDone) this.#settled = samplings
    return isDone
  }
}
