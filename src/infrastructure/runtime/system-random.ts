import { randomBytes } from 'node:crypto'
import type { Random } from '../../core/protocols/random.ts'

/** Bytes of a token: 128 bits, so that guessing one is hopeless and two never meet. */
const TOKEN_BYTES = 16
/** So many are drawn at a time: a call of the secure source costs ten times a token. */
const POOLED_TOKENS = 256

/** Chance from the engine, and tokens from the system's secure source: 22 characters of base64url. */
export class SystemRandom implements Random {
  #pool = Buffer.alloc(0)
  #next = 0

  next(): number {
    return Math.random()
  }

  token(): string {
    if (this.#next === this.#pool.length) {
      this.#pool = randomBytes(TOKEN_BYTES * POOLED_TOKENS)
      this.#next = 0
    }
    const from = this.#next
    this.#next += TOKEN_BYTES
    return this.#pool.toString('base64url', from, this.#next)
  }
}
