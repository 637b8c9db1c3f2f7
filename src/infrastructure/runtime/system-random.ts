import { randomBytes } from 'node:crypto'
import type { Random } from '../../core/protocols/random.ts'

/** Bytes of a token: 128 bits, so that guessing one is hopeless and two never meet. */
const TOKEN_BYTES = 16

/** Chance from the engine, and tokens from the system's secure source: 22 characters of base64url. */
export class SystemRandom implements Random {
  next(): number {
    return Math.random()
  }

  token(): string {
    return randomBytes(TOKEN_BYTES).toString('base64url')
  }
}
