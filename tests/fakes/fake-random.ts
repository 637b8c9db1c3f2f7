import type { Random } from '../../src/core/protocols/random.ts'

/** Chance that a test decides: always the same number, and tokens that count up, which begin with `prefix`. */
export function fakeRandom(value = 0, prefix = 'token-'): Random {
  let tokens = 0
  return {
    next: () => value,
    token: () => {
      tokens += 1
      return `${prefix}${tokens}`
    },
  }
}
