import { describe, expect, it } from 'vitest'
import { NumberTexts } from '../../../../src/api/routers/tenant-cache-router/number-texts.ts'

describe('NumberTexts', () => {
  it('writes each number once, however often it is asked for', () => {
    const written: number[] = []
    const texts = new NumberTexts((number) => {
      written.push(number)
      return `n${number}`
    })
    expect([texts.of(0), texts.of(7), texts.of(0), texts.of(7)]).toEqual(['n0', 'n7', 'n0', 'n7'])
    expect(written).toEqual([0, 7])
  })

  it('answers the right text for numbers that share a slot', () => {
    const texts = new NumberTexts((number) => `n${number}`)
    const numbers = [1, 4097, 8193, 1, 1_795_547_703, 1, 4097]
    expect(numbers.map((number) => texts.of(number))).toEqual(numbers.map((number) => `n${number}`))
  })
})
