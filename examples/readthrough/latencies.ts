const STEPS_PER_OCTAVE = 16

/** Durations, counted in steps of 4 %, so that a million of them take no more room than ten. */
export class Latencies {
  readonly #counts = new Map<number, number>()
  #count = 0

  get count(): number {
    return this.#count
  }

  add(ms: number): void {
    const step = Math.ceil(Math.log2(Math.max(ms, Number.EPSILON)) * STEPS_PER_OCTAVE)
    this.#counts.set(step, (this.#counts.get(step) ?? 0) + 1)
    this.#count += 1
  }

  /** The duration in milliseconds that this share of all doesn't exceed, up to 4 % too high; `undefined` if there is none. */
  quantile(share: number): number | undefined {
    const rank = Math.max(1, Math.ceil(share * this.#count))
    let seen = 0
    for (const step of [...this.#counts.keys()].sort((a, b) => a - b)) {
      seen += this.#counts.get(step) ?? 0
      if (seen >= rank) return 2 ** (step / STEPS_PER_OCTAVE)
    }
    return undefined
  }
}
