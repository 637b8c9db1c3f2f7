import { describe, expect, it } from 'vitest'
import {
  Patience,
  type ReadBudget,
  readBudget,
} from '../../../../src/application/services/stores/patience.ts'
import type { CacheKey } from '../../../../src/core/value-objects/cache-key.ts'
import { createFakeClock } from '../../../../src/testing/fake-clock.ts'
import { countingScheduler } from '../../../fakes/counting-scheduler.ts'

const KEY = 'key' as CacheKey
const OTHER = 'other' as CacheKey

/** Somebody who asks a server that answers after so many milliseconds, and is told how long it took. */
function stage() {
  const time = createFakeClock()
  const scheduler = countingScheduler(time.scheduler)
  const patience = new Patience(scheduler)
  const nowMs = (): number => time.clock.monotonicMs()
  const ask = async (
    answersAfterMs: number,
    { keys = [KEY], budget = readBudget() }: { keys?: CacheKey[]; budget?: ReadBudget } = {},
  ): Promise<string> => {
    const askedAtMs = nowMs()
    const asked = new Promise<string>((resolve) =>
      time.scheduler.after(answersAfterMs, () => resolve('answered')),
    )
    const question = {
      keys,
      budget,
      isAnswer: (answer: string) => answer === 'answered',
      otherwise: () => 'gave up',
    }
    const answer = await patience.within(asked, question)
    const ms = nowMs() - askedAtMs
    // The ticks go on while others wait: who comes between two of them waits for less than that.
    return answer === 'answered' ? `answered after ${ms}` : `gave up by ${Math.ceil(ms / 20) * 20}`
  }
  /** Lets time pass in small steps until it is settled. */
  const settled = async <T>(asking: Promise<T>): Promise<T> => {
    let isSettled = false
    void asking.then(() => {
      isSettled = true
    })
    for (let ms = 0; ms < 2000 && !isSettled; ms += 1) await time.advance(1)
    return asking
  }
  return { time, scheduler, patience, ask, settled }
}

describe('Patience', () => {
  it('gives up after four ticks, and leaves no timer behind once all is answered', async () => {
    const { ask, settled, time, scheduler } = stage()
    await settled(ask(0))
    expect(await settled(ask(55))).toBe('answered after 55')
    expect(await settled(ask(200))).toBe('gave up by 80')
    await time.advance(200)
    expect(scheduler.tasks.size).toBe(0)
  })

  it('is one for all that a read asks', async () => {
    const { ask, settled } = stage()
    const budget = readBudget()
    await settled(ask(0))
    expect(await settled(ask(45, { budget }))).toBe('answered after 45')
    expect(await settled(ask(200, { budget }))).toBe('gave up by 40')
  })

  it('is renewed, a bit shorter, by who answers that there is nothing yet', async () => {
    const { ask, settled, patience } = stage()
    const budget = readBudget()
    await settled(ask(0))
    expect(await settled(ask(50, { budget }))).toBe('answered after 50')
    patience.renew(budget)
    expect(await settled(ask(200, { budget }))).toBe('gave up by 60')
  })

  it('is longer for many keys', async () => {
    const { ask, settled } = stage()
    expect(await settled(ask(200, { budget: readBudget(500) }))).toBe('gave up by 160')
    expect(readBudget(100)).toEqual(readBudget())
  })

  it('counts from the first question for a key that is still unanswered, whoever asked it', async () => {
    const { ask, settled, time } = stage()
    const first = ask(300)
    await time.advance(40)
    await time.advance(20)
    const [second, other] = [ask(300), ask(300, { keys: [OTHER] })]
    expect(await settled(second)).toMatch(/^gave up by [24]0$/)
    expect(await settled(other)).toBe('gave up by 80')
    expect(await first).toMatch(/^gave up/)
    expect(await settled(ask(300))).toBe('gave up by 0')
    await time.advance(400)
    expect(await settled(ask(10))).toBe('answered after 10')
  })

  it('does not give up who is far away: what is usual comes on top', async () => {
    const { ask, settled, time } = stage()
    expect(await settled(ask(110))).toBe('gave up by 80')
    await time.advance(200)
    const budget = readBudget()
    for (let round = 0; round < 20; round += 1)
      expect(await settled(ask(110, { budget }))).toBe('answered after 110')
    expect(await settled(ask(400))).toBe('gave up by 180')
  })

  it('learns that a server has become slow, and does not take a frozen one for slow', async () => {
    const { ask, settled, time } = stage()
    await settled(ask(5))
    for (let round = 0; round < 10; round += 1) {
      expect(await settled(ask(240))).toBe('gave up by 80')
      await time.advance(200)
      expect(await settled(ask(5))).toBe('answered after 5')
    }
    for (let round = 0; round < 30; round += 1) {
      await settled(ask(100))
      await time.advance(100)
    }
    expect(await settled(ask(100))).toBe('answered after 100')
  })

  it('learns nothing from who says that nobody answered', async () => {
    const { patience, ask, settled, time } = stage()
    const failing = new Promise<string>((resolve) =>
      time.scheduler.after(250, () => resolve('fault')),
    )
    const question = { keys: [KEY], budget: readBudget(), isAnswer: () => false }
    expect(await settled(patience.within(failing, { ...question, otherwise: () => 'late' }))).toBe(
      'late',
    )
    await time.advance(250)
    expect(await settled(ask(300))).toBe('gave up by 80')
  })

  it('does not take a pause of the process for a silence of the server', async () => {
    const { ask, time } = stage()
    const asking = ask(0)
    // One tick, however late: the answer is read after it.
    await time.advance(500)
    expect(await asking).toMatch(/^answered/)
  })
})
