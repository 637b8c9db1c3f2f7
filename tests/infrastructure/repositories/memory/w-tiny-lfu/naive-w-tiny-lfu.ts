import type { Frequencies } from '../../../../../src/infrastructure/repositories/memory/w-tiny-lfu/frequency-sketch.ts'
import {
  CLEAR_CONTEST,
  CONTEST,
  type WTinyLfuArm,
} from '../../../../../src/infrastructure/repositories/memory/w-tiny-lfu/w-tiny-lfu-arm.ts'
import { WTinyLfuOrder } from '../../../../../src/infrastructure/repositories/memory/w-tiny-lfu/w-tiny-lfu-order.ts'
import type { WTinyLfuSteering } from '../../../../../src/infrastructure/repositories/memory/w-tiny-lfu/w-tiny-lfu-steering.ts'
import type { NaiveOrder, NaiveSpace, OrderCase, StageItem } from '../eviction/order-stage.ts'

/** Exact counts up to 5: so few that nobody is let in by chance, which begins at 6. */
export class ExactFrequencies implements Frequencies {
  readonly #counts = new Map<number, number>()

  add(hash: number): void {
    this.#counts.set(hash, Math.min(5, this.frequency(hash) + 1))
  }

  frequency(hash: number): number {
    return this.#counts.get(hash) ?? 0
  }

  fit(): void {}
}

/** Stays with one arm, and samples nobody. */
export function frozenSteering(arm: WTinyLfuArm): WTinyLfuSteering {
  return {
    arm,
    samplings: 0,
    samples: () => false,
    record: () => {},
    forget: () => {},
    fit: () => {},
  }
}

interface NaiveEntry {
  readonly item: StageItem
  uses: number
}

/** The policy with one arm, as its description says it, in arrays whose first element came in last. */
class NaiveWTinyLfu implements NaiveOrder {
  readonly #space: NaiveSpace
  readonly #arm: WTinyLfuArm
  readonly #frequencies: Frequencies
  readonly #window: NaiveEntry[] = []
  readonly #main: NaiveEntry[] = []
  #named: NaiveEntry | undefined
  #excess = 0
  #shareBefore = 0
  #untilLook = 0
  #leastWeight = Number.POSITIVE_INFINITY
  #weightsLately: number[] = []

  constructor(space: NaiveSpace, arm: WTinyLfuArm, frequencies: Frequencies) {
    this.#space = space
    this.#arm = arm
    this.#frequencies = frequencies
  }

  add(item: StageItem): void {
    if (this.#untilLook === 0) this.#look()
    this.#untilLook -= 1
    const weight = this.#weightOf(item)
    this.#weightsLately.push(weight)
    const entry = { item, uses: weight > this.#leastWeight ? 1 : 0 }
    if (this.#space.isByBytes && item.charge > this.#share()) this.#window.push(entry)
    else this.#window.unshift(entry)
    for (let moved = 0; moved < 8; moved += 1) {
      const total = this.#sizeOf(this.#window) + this.#sizeOf(this.#main)
      const last =
        this.#sizeOf(this.#window) > this.#share() && total <= this.#space.capacity()
          ? this.#candidate(entry)
          : undefined
      if (last === undefined) return
      this.#moveToMain(last)
    }
  }

  use(item: StageItem): void {
    const entry = this.#entryOf(item)
    entry.uses = Math.min(3, entry.uses + 1)
  }

  replace(): void {}

  remove(item: StageItem): void {
    const entry = this.#entryOf(item)
    if (this.#named === entry) this.#named = undefined
    for (const queue of [this.#window, this.#main]) {
      if (queue.includes(entry)) queue.splice(queue.indexOf(entry), 1)
    }
  }

  victim(except: StageItem | undefined): StageItem | undefined {
    const named = this.#named
    if (named === undefined || named.item === except || named.uses > 0) {
      this.#named = this.#choose(except === undefined ? undefined : this.#entryOf(except))
    }
    return this.#named?.item
  }

  #choose(except: NaiveEntry | undefined): NaiveEntry | undefined {
    this.#handOver(except)
    const rest = this.#window.filter((entry) => entry !== except)
    const isIn = rest.length < this.#window.length
    const newcomer = isIn && except !== undefined ? this.#sizeOf([except]) : 1
    const isFull = this.#sizeOf(rest) + (newcomer > this.#share() ? 0 : newcomer) > this.#share()
    const candidate = isFull ? this.#candidate(except) : undefined
    const victim = this.#mainVictim(except)
    if (victim === undefined) return candidate ?? this.#candidate(except)
    if (candidate === undefined) return victim
    if (!this.#isBetter(candidate.item, victim.item)) return candidate
    this.#moveToMain(candidate)
    return victim
  }

  #handOver(except: NaiveEntry | undefined): void {
    const share = this.#share()
    if (share < (this.#shareBefore * 7) / 8) {
      this.#excess = this.#sizeOf(this.#window) - share
      this.#shareBefore = share
    }
    this.#shareBefore = Math.max(share, this.#shareBefore)
    for (let moved = 0; moved < 8 && this.#excess > 0; moved += 1) {
      const last = this.#window.findLast((entry) => entry !== except)
      if (last === undefined || this.#sizeOf(this.#window) <= share) this.#excess = 0
      else {
        this.#excess -= this.#sizeOf([last])
        this.#moveToMain(last)
      }
    }
  }

  #isBetter(candidate: StageItem, victim: StageItem): boolean {
    const newcomer = this.#frequencies.frequency(candidate.hash) * this.#weightOf(candidate)
    const old = this.#frequencies.frequency(victim.hash) * this.#weightOf(victim)
    if (this.#arm.rule === CONTEST) return newcomer > old
    if (this.#arm.rule === CLEAR_CONTEST) return newcomer > 1.5 * old
    return newcomer >= 3 * this.#weightOf(victim)
  }

  #candidate(except: NaiveEntry | undefined): NaiveEntry | undefined {
    const last = (): NaiveEntry | undefined => this.#window.findLast((entry) => entry !== except)
    for (let round = 0; round < 4; round += 1) {
      const entry = last()
      if (entry === undefined || entry.uses === 0) return entry
      entry.uses = 0
      this.#window.splice(this.#window.indexOf(entry), 1)
      this.#window.unshift(entry)
    }
    const entry = last()
    if (entry !== undefined) entry.uses = 0
    return entry
  }

  #mainVictim(except: NaiveEntry | undefined): NaiveEntry | undefined {
    for (;;) {
      const entry = this.#main.findLast((each) => each !== except)
      if (entry === undefined || entry.uses === 0) return entry
      entry.uses -= 1
      this.#main.splice(this.#main.indexOf(entry), 1)
      this.#main.unshift(entry)
    }
  }

  #moveToMain(entry: NaiveEntry): void {
    this.#window.splice(this.#window.indexOf(entry), 1)
    entry.uses = 0
    this.#main.unshift(entry)
  }

  /** The weights of one turn count in the next one. */
  #look(): void {
    this.#untilLook = Math.max(8, Math.floor((this.#window.length + this.#main.length) / 4))
    this.#leastWeight = Math.min(...this.#weightsLately)
    this.#weightsLately = []
  }

  #entryOf(item: StageItem): NaiveEntry {
    const entry = [...this.#window, ...this.#main].find((each) => each.item === item)
    if (entry === undefined) throw new Error('Cannot find an item that is in')
    return entry
  }

  #sizeOf(queue: readonly NaiveEntry[]): number {
    return queue.reduce((size, { item }) => size + (this.#space.isByBytes ? item.charge : 1), 0)
  }

  #share(): number {
    return Math.max(1, Math.floor(this.#space.capacity() * this.#arm.windowShare))
  }

  #weightOf({ rank }: StageItem): number {
    return this.#space.weights[rank] ?? 0
  }
}

/** The policy with one arm and exact frequencies, beside its model. */
export function wTinyLfuCase(arm: WTinyLfuArm): OrderCase {
  let frequencies = new ExactFrequencies()
  return {
    name: `w-tinylfu ${arm.windowShare} ${arm.rule}`,
    createOrder: (space) => {
      frequencies = new ExactFrequencies()
      return new WTinyLfuOrder(space, frequencies, frozenSteering(arm))
    },
    createModel: (space) => new NaiveWTinyLfu(space, arm, frequencies),
    isChained: true,
  }
}
