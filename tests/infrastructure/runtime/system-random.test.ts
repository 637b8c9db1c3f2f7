import { describe, expect, it } from 'vitest'
import { SystemRandom } from '../../../src/infrastructure/runtime/system-random.ts'

describe('SystemRandom', () => {
  it('answers numbers from 0 to below 1, and not always the same', () => {
    const random = new SystemRandom()
    const numbers = Array.from({ length: 1000 }, () => random.next())
    expect(Math.min(...numbers)).toBeGreaterThanOrEqual(0)
    expect(Math.max(...numbers)).toBeLessThan(1)
    expect(new Set(numbers).size).toBeGreaterThan(990)
  })

  it('answers tokens of 128 bits that fit in a URL, each once', () => {
    const random = new SystemRandom()
    const tokens = Array.from({ length: 1000 }, () => random.token())
    for (const token of tokens) expect(token).toMatch(/^[\w-]{22}$/)
    expect(new Set(tokens).size).toBe(1000)
  })
})
