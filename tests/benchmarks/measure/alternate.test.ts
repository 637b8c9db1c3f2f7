import { describe, expect, it } from 'vitest'
import { alternate } from '../../../benchmarks/measure/alternate.ts'

describe('alternate()', () => {
  it('measures one subject after the other, each round beginning with the next one', async () => {
    const order: string[] = []
    await alternate(['a', 'b', 'c'], 4, async (subject) => order.push(subject))
    expect(order.join('')).toBe('abcbcacababc')
  })

  it('keeps the numbers of each subject in the order of the rounds', async () => {
    let count = 0
    const measured = await alternate(['a', 'b'], 2, async () => {
      count += 1
      return count
    })
    expect(measured.get('a')).toEqual([1, 4])
    expect(measured.get('b')).toEqual([2, 3])
  })
})
