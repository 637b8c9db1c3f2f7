import { describe, expect, it } from 'vitest'
import { eventually } from './eventually.ts'

describe('eventually()', () => {
  it('asks again while the answer is undefined, false or a failure, and answers the first other', async () => {
    const answers = [undefined, false, new Error('not yet'), 0] as const
    let asked = 0
    const probe = (): false | 0 | undefined => {
      const answer = answers[asked]
      asked += 1
      if (answer instanceof Error) throw answer
      return answer
    }
    expect(await eventually('get there', probe)).toBe(0)
    expect(asked).toBe(4)
  })

  it('rejects after the deadline, with what the last probe said', async () => {
    const probe = () => Promise.reject(new Error('still loading'))
    await expect(eventually('start', probe, 20)).rejects.toThrow(
      'Cannot start: not within 20 ms (still loading)',
    )
    await expect(eventually('start', () => undefined, 0)).rejects.toThrow(/within 0 ms$/)
  })
})
