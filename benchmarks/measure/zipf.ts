/** Draws numbers, always the same ones in the same order. */
export class Zipf {
  readonly #count: number
  readonly #exponent: number
  readonly #zeta: number
  readonly #alpha: number
  readonly #eta: number
  #state = 0x9e3779b9

  /**
   * Numbers from 0 to below `count`, the n-th most frequent of them in proportion to 1 / n^exponent.
   * Which of them are frequent is scattered: neighbours have nothing in common.
   *
   * Source: Gray, Sundaresan, Englert, Baclawski, Weinberger: Quickly generating billion-record
   * synthetic databases, SIGMOD 1994.
   *
   * @param count from 2 to 10^11
   * @param exponent above 0, below 1
   */
  constructor(count: number, exponent: number) {
    this.#count = count
    this.#exponent = exponent
    this.#zeta = zeta(count, exponent)
    this.#alpha = 1 / (1 - exponent)
    this.#eta = (1 - (2 / count) ** (1 - exponent)) / (1 - zeta(2, exponent) / this.#zeta)
  }

  next(): number {
    return (this.#rank() * SCATTER) % this.#count
  }

  #rank(): number {
    const chance = this.#random()
    const share = chance * this.#zeta
    if (share < 1) return 0
    if (share < 1 + 0.5 ** this.#exponent) return 1
    const rank = Math.floor(this.#count * (this.#eta * chance - this.#eta + 1) ** this.#alpha)
    return Math.min(rank, this.#count - 1)
  }

  /** Mulberry32: 0 to below 1. */
  #random(): number {
    this.#state = (this.#state + 0x6d2b79f5) | 0
    let mixed = Math.imul(this.#state ^ (this.#state >>> 15), 1 | this.#state)
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32
  }
}

/** A prime: its multiples meet every number below any count that it doesn't divide. */
const SCATTER = 48_271
/** So many terms are added one by one; the integral of the rest is off by less than a millionth. */
const EXACT_TERMS = 10_000

function zeta(count: number, exponent: number): number {
  let sum = 0
  const exact = Math.min(count, EXACT_TERMS)
  for (let term = 1; term <= exact; term += 1) sum += 1 / term ** exponent
  const power = 1 - exponent
  return sum + ((count + 0.5) ** power - (exact + 0.5) ** power) / power
}
