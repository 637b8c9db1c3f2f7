/** Spans in milliseconds. */
export interface CoherenceLeaseSettings {
  /** How long an answered read makes the node coherent, from the moment it was sent. */
  readonly coherenceLeaseMs: number
  /** How long the node trusts no tier after it was incoherent: the others bring the marks that they couldn't. */
  readonly distrustMs: number
}

/**
 * Until when a node is known to have heard of every mark. Only an answered read of the log extends it,
 * and it counts from the moment the read was sent: what is appended after that may not be in the answer.
 */
export class CoherenceLease {
  readonly #settings: CoherenceLeaseSettings
  #fromMs = Number.NEGATIVE_INFINITY
  #untilMs = Number.NEGATIVE_INFINITY
  #hasBeenHeld = false

  constructor(settings: CoherenceLeaseSettings) {
    this.#settings = settings
  }

  get untilMs(): number {
    return this.#untilMs
  }

  isHeldAt(nowMs: number): boolean {
    return nowMs < this.#untilMs && nowMs >= this.#fromMs
  }

  revoke(): void {
    this.#untilMs = Number.NEGATIVE_INFINITY
  }

  extend(sentAtMs: number, nowMs: number): void {
    const untilMs = sentAtMs + this.#settings.coherenceLeaseMs
    // Its answer came after the lease that it would have given.
    if (untilMs <= nowMs) return
    if (this.#hasBeenHeld && nowMs >= this.#untilMs) {
      this.#fromMs = nowMs + this.#settings.distrustMs
    }
    this.#hasBeenHeld = true
    this.#untilMs = Math.max(this.#untilMs, untilMs)
  }
}
