import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { isCacheError } from '../../../src/core/exceptions/cache-error.ts'
import {
  type InvalidationPattern,
  parseInvalidationPattern,
} from '../../../src/core/value-objects/invalidation-pattern.ts'

/** The pattern, or `undefined` if the random text is none. */
function parsed(source: string): InvalidationPattern | undefined {
  try {
    return parseInvalidationPattern(source)
  } catch (error) {
    if (isCacheError(error, 'CACHE_PATTERN_INVALID')) return undefined
    throw error
  }
}

/** The shortest of up to five runs: what the match itself needs, without the pauses of the machine. */
function shortestMs(pattern: InvalidationPattern, key: string): number {
  let shortest = Number.POSITIVE_INFINITY
  for (let run = 0; run < 5 && shortest > 1; run += 1) {
    const startMs = performance.now()
    pattern.matches(key)
    shortest = Math.min(shortest, performance.now() - startMs)
  }
  return shortest
}

const MANY_A = 'a'.repeat(512)

describe('the time of a match', () => {
  it.each([
    ['*a*a*a*a*b', MANY_A, false],
    ['*a*a*a*a*b', `${'a'.repeat(511)}b`, true],
    ['*a*a*a*a*b*', MANY_A, false],
    ['**a*b**c*', MANY_A, false],
    ['*a?*a?*a?*a?*a?*a?*a?*ab*', MANY_A, false],
    [`${'*a'.repeat(15)}*b*`.slice(2), MANY_A, false],
    [`${'**a'.repeat(15)}b**`, MANY_A, false],
    [`**${'a'.repeat(240)}*${'a'.repeat(240)}?b?`, MANY_A, false],
    [`${'**:a'.repeat(15)}:b*`, 'a:'.repeat(256), false],
    [`${'?'.repeat(14)}*${'a'.repeat(400)}b*`, MANY_A, false],
  ])('of %s stays under a millisecond on an adversarial key', (source, key, isMatch) => {
    const pattern = parseInvalidationPattern(source)
    expect(pattern.matches(key)).toBe(isMatch)
    expect(shortestMs(pattern, key)).toBeLessThanOrEqual(1)
  })

  it('of 10 000 random patterns on random keys never exceeds a millisecond', () => {
    const literal = fc.string({ unit: fc.constantFrom('a', 'a', 'a', 'b', ':'), maxLength: 60 })
    const wildcard = fc.constantFrom('*', '**', '?', ':**:')
    const long = fc
      .array(fc.tuple(wildcard, literal), { minLength: 1, maxLength: 16 })
      .map((parts) => parts.flat().join('').slice(0, 512))
    const longKey = fc
      .array(fc.tuple(fc.constantFrom('a', 'b', ':', 'ab', 'a:'), fc.nat(120)))
      .map((runs) =>
        runs
          .map(([text, count]) => text.repeat(count))
          .join('')
          .slice(0, 512),
      )
    let timed = 0
    let slowestMs = 0
    fc.assert(
      fc.property(long, longKey, (source, key) => {
        const pattern = parsed(source)
        fc.pre(pattern !== undefined)
        if (pattern === undefined) return
        timed += 1
        slowestMs = Math.max(slowestMs, shortestMs(pattern, key))
        slowestMs = Math.max(slowestMs, shortestMs(pattern, MANY_A))
        expect(slowestMs).toBeLessThanOrEqual(1)
      }),
      { numRuns: 10_000 },
    )
    expect(timed).toBe(10_000)
  })

  it('grows with the length of the key in proportion, not faster', () => {
    // Counted in characters looked at, not in time: the key is an object that counts.
    const looksAt = (length: number): number => {
      let looks = 0
      const key = 'a'.repeat(length)
      const counted = new Proxy(new String(key), {
        get: (_, name) => {
          if (name === 'length') return key.length
          return (...args: readonly number[]): unknown => {
            looks += 1
            const method: unknown = Reflect.get(String.prototype, name)
            const answer: unknown =
              typeof method === 'function' ? Reflect.apply(method, key, args) : undefined
            return name === 'slice' ? counted : answer
          }
        },
      })
      const pattern = parseInvalidationPattern(`${'**a*'.repeat(7)}b*`)
      Reflect.apply(pattern.matches, pattern, [counted])
      return looks
    }
    const [short, long] = [looksAt(256), looksAt(512)]
    expect(short).toBeGreaterThan(256)
    expect(long / short).toBeLessThan(2.1)
  })
})
