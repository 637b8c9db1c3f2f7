import { describe, expect, it } from 'vitest'
import {
  CLEAR_CONTEST,
  CONTEST,
  isNewcomerBetter,
  THRESHOLD,
  W_TINY_LFU_ARMS,
} from '../../../../../src/infrastructure/repositories/memory/w-tiny-lfu/w-tiny-lfu-arm.ts'

describe('isNewcomerBetter()', () => {
  it.each([
    [CONTEST, 1, 1, false],
    [CONTEST, 2, 1, true],
    [CONTEST, 1, 0, true],
    [CLEAR_CONTEST, 1, 0, true],
    [CLEAR_CONTEST, 2, 1, true],
    [CLEAR_CONTEST, 3, 2, false],
    [CLEAR_CONTEST, 4, 2, true],
    [CLEAR_CONTEST, 4, 3, false],
    [CLEAR_CONTEST, 5, 3, true],
    [CLEAR_CONTEST, 6, 4, false],
    [THRESHOLD, 2, 0, false],
    [THRESHOLD, 3, 15, true],
  ] as const)('by rule %i lets %i in for %i: %s', (rule, newcomer, victim, isBetter) => {
    expect(isNewcomerBetter(rule, newcomer, victim, 1)).toBe(isBetter)
  })

  it('by threshold asks three times the weight of who must go', () => {
    expect(isNewcomerBetter(THRESHOLD, 5, 0, 2)).toBe(false)
    expect(isNewcomerBetter(THRESHOLD, 6, 0, 2)).toBe(true)
  })
})

describe('W_TINY_LFU_ARMS', () => {
  it('begins with the one for frequency', () => {
    expect(W_TINY_LFU_ARMS[0]).toEqual({ windowShare: 0.01, rule: CLEAR_CONTEST })
  })

  it('never gives all to one queue', () => {
    expect(W_TINY_LFU_ARMS.every(({ windowShare }) => windowShare > 0 && windowShare < 1)).toBe(
      true,
    )
  })
})
