import { describe, expect, it } from 'vitest'
import {
  extraRounds,
  MAX_HAND_STEPS,
} from '../../../../../src/infrastructure/repositories/memory/eviction/extra-rounds.ts'

describe('extraRounds', () => {
  it.each([
    [1, 0],
    [1.99, 0],
    [2, 1],
    [3.99, 1],
    [4, 2],
    [7.99, 2],
    [8, 3],
    [16, 3],
    [1e9, 3],
  ])('of weight %d is %d', (weight, rounds) => {
    expect(extraRounds(weight)).toBe(rounds)
  })
})

describe('MAX_HAND_STEPS', () => {
  it('gives up at most one used entry in a thousand', () => {
    expect(MAX_HAND_STEPS).toBeGreaterThan(1000)
  })
})
