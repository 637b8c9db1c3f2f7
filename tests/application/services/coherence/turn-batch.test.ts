import { describe, expect, it } from 'vitest'
import { TurnBatch } from '../../../../src/application/services/coherence/turn-batch.ts'

function recorded(limit = 10): { batch: TurnBatch<string, string>; sent: string[] } {
  const sent: string[] = []
  const batch = new TurnBatch<string, string>(limit, async (items) => {
    sent.push(items.join(''))
    return items.map((item) => item.toUpperCase())
  })
  return { batch, sent }
}

async function resultOf(batch: TurnBatch<string, string>, item: string, name?: string) {
  const { results, at } = batch.add(item, name)
  return (await results)[at]
}

describe('TurnBatch', () => {
  it('sends what is added in one turn as one batch, and hands each its own result', async () => {
    const { batch, sent } = recorded()
    const results = await Promise.all(['a', 'b', 'c'].map((item) => resultOf(batch, item)))
    expect(results).toEqual(['A', 'B', 'C'])
    expect(sent).toEqual(['abc'])
  })

  it('sends nothing in the call itself, and a batch of its own for what comes after the answer', async () => {
    const { batch, sent } = recorded()
    const first = resultOf(batch, 'a')
    expect(sent).toEqual([])
    await first
    expect(await resultOf(batch, 'b')).toBe('B')
    expect(sent).toEqual(['a', 'b'])
  })

  it('lets those who were answered together ask together again', async () => {
    const { batch, sent } = recorded()
    const twice = async (item: string): Promise<void> => {
      await resultOf(batch, item)
      await resultOf(batch, item)
    }
    await Promise.all(['a', 'b', 'c'].map(twice))
    expect(sent).toEqual(['abc', 'abc'])
  })

  it('begins the next batch when one is full, in order', async () => {
    const { batch, sent } = recorded(2)
    const results = await Promise.all(['a', 'b', 'c'].map((item) => resultOf(batch, item)))
    expect(results).toEqual(['A', 'B', 'C'])
    expect(sent).toEqual(['ab', 'c'])
  })

  it('begins the next batch for the second item of a name, and no other', async () => {
    const { batch, sent } = recorded()
    const items = [
      ['a', 'one'],
      ['b', 'two'],
      ['c', 'one'],
      ['d', 'two'],
    ] as const
    await Promise.all(items.map(([item, name]) => resultOf(batch, item, name)))
    expect(sent).toEqual(['ab', 'cd'])
  })

  it('fails all of a batch together, and the next one not', async () => {
    let isDown = true
    const batch = new TurnBatch<string, string>(10, async (items) => {
      if (isDown) throw new Error('down')
      return items
    })
    const outcomes = await Promise.allSettled(['a', 'b'].map((item) => resultOf(batch, item)))
    expect(outcomes.map(({ status }) => status)).toEqual(['rejected', 'rejected'])
    isDown = false
    expect(await resultOf(batch, 'c')).toBe('c')
  })
})
