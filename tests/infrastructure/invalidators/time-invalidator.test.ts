import { describe, expect, it } from 'vitest'
import type { MemoryStore } from '../../../src/core/protocols/cache-repository.ts'
import {
  DEFAULT_SWEEP_BUDGET_MS,
  DEFAULT_SWEEP_EVERY_MS,
  TimeInvalidator,
} from '../../../src/infrastructure/invalidators/time-invalidator.ts'
import { createFakeClock } from '../../../src/testing/fake-clock.ts'

/** Time moved by hand, to which the work of stores adds, and a record of all slices. */
function stage() {
  const time = createFakeClock(0)
  let workedMs = 0
  const clock = {
    nowMs: () => time.clock.nowMs() + workedMs,
    monotonicMs: () => time.clock.monotonicMs() + workedMs,
  }
  const slices: string[] = []
  const invalidator = new TimeInvalidator({ scheduler: time.scheduler, clock })

  /** A store whose rounds, and what is due in it each time, take `roundMs` of work. */
  const storeOf = (name: string, roundMs: number): MemoryStore => {
    let leftMs = roundMs
    const work = (verb: string, budgetMs: number): boolean => {
      const spentMs = Math.min(budgetMs, leftMs)
      slices.push(`${name}${verb} at ${time.nowMs} for ${spentMs}`)
      workedMs += spentMs
      leftMs -= spentMs
      if (leftMs > 0) return false
      leftMs = roundMs
      return true
    }
    const store: Pick<MemoryStore, 'expire' | 'sweep' | 'startRound'> = {
      expire: (budgetMs) => work(' expires', budgetMs),
      sweep: (budgetMs) => work('', budgetMs),
      startRound() {
        slices.push(`${name} begins`)
        leftMs = roundMs
      },
    }
    // The invalidator asks a store for nothing else.
    return store as MemoryStore
  }
  const worked = () => workedMs
  return { time, invalidator, slices, storeOf, worked }
}

describe('TimeInvalidator, every now and then', () => {
  it('lets each store remove what is due, in slices of the default length at the default times', async () => {
    const { time, invalidator, slices, storeOf } = stage()
    expect([DEFAULT_SWEEP_EVERY_MS, DEFAULT_SWEEP_BUDGET_MS]).toEqual([1000, 4])
    invalidator.add(storeOf('a', 3))
    await time.advance(999)
    expect(slices).toEqual([])
    await time.advance(1001)
    expect(slices).toEqual(['a expires at 1000 for 3', 'a expires at 2000 for 3'])
  })

  it('goes on in another slice at once for as long as something is due', async () => {
    const { time, invalidator, slices, storeOf } = stage()
    invalidator.add(storeOf('a', 10))
    const others = () => slices.push('others')
    time.scheduler.after(1000, () => time.scheduler.soon(others))
    await time.advance(1000)
    expect(slices).toEqual([
      'a expires at 1000 for 4',
      'others',
      'a expires at 1000 for 4',
      'a expires at 1000 for 2',
    ])
  })

  it('gives small stores their slices within one, and goes on in another when the time is up', async () => {
    const { time, invalidator, slices, storeOf } = stage()
    for (const name of ['a', 'b', 'c', 'd', 'e']) invalidator.add(storeOf(name, 1.5))
    await time.advance(1000)
    expect(slices).toEqual([
      'a expires at 1000 for 1.5',
      'b expires at 1000 for 1.5',
      'c expires at 1000 for 1',
      'd expires at 1000 for 1.5',
      'e expires at 1000 for 1.5',
      'c expires at 1000 for 0.5',
    ])
  })

  it('holds the event loop for one slice and no longer, however many stores there are', async () => {
    const { time, invalidator, storeOf, worked } = stage()
    for (let at = 0; at < 50; at += 1) invalidator.add(storeOf(`store ${at}`, 8))
    let heldMs = 0
    // Each task that the scheduler runs is one stretch that the event loop is held.
    const everyTask = time.scheduler.soon
    Object.assign(time.scheduler, {
      soon: (run: () => void) =>
        everyTask(() => {
          const beforeMs = worked()
          run()
          heldMs = Math.max(heldMs, worked() - beforeMs)
        }),
    })
    await time.advance(1000)
    expect(worked()).toBe(50 * 8)
    expect(heldMs).toBe(4)
  })

  it('goes by other times if it is told to', async () => {
    const { time, slices, storeOf } = stage()
    const { scheduler, clock } = time
    const invalidator = new TimeInvalidator({ scheduler, clock, sweepEveryMs: 10, budgetMs: 1 })
    invalidator.add(storeOf('a', 1))
    await time.advance(20)
    expect(slices).toEqual(['a expires at 10 for 1', 'a expires at 20 for 1'])
  })

  it('adds a store once, and sweeps none that was removed', async () => {
    const { time, invalidator, slices, storeOf } = stage()
    const store = storeOf('a', 1)
    invalidator.add(store)
    invalidator.add(store)
    await time.advance(1000)
    expect(slices).toHaveLength(1)
    invalidator.remove(store)
    invalidator.remove(store)
    await time.advance(5000)
    expect(slices).toHaveLength(1)
  })
})

describe('TimeInvalidator.requestRound()', () => {
  it('runs a whole round at once, slice by slice, and says when it begins and ends', async () => {
    const { time, invalidator, slices, storeOf } = stage()
    const store = storeOf('a', 10)
    invalidator.add(store)
    invalidator.requestRound(store, {
      onStart: () => slices.push('start'),
      onDone: () => slices.push('done'),
    })
    await time.advance(0)
    const expected = ['start', 'a begins', 'a at 0 for 4', 'a at 0 for 4', 'a at 0 for 2', 'done']
    expect(slices).toEqual(expected)
  })

  it('leaves the event loop free between two slices', async () => {
    const { time, invalidator, slices, storeOf } = stage()
    const store = storeOf('a', 10)
    invalidator.add(store)
    invalidator.requestRound(store, { onDone: () => {} })
    const tick = () => {
      slices.push('others')
      if (slices.length < 8) time.scheduler.soon(tick)
    }
    time.scheduler.soon(tick)
    await time.advance(0)
    const sliced = slices.filter((each) => each !== 'a begins').slice(0, 5)
    expect(sliced).toEqual(['a at 0 for 4', 'others', 'a at 0 for 4', 'others', 'a at 0 for 2'])
  })

  it('lets rounds that are asked for while one runs share the next one', async () => {
    const { time, invalidator, slices, storeOf } = stage()
    const store = storeOf('a', 8)
    invalidator.add(store)
    const ask = (name: string) =>
      invalidator.requestRound(store, { onDone: () => slices.push(`${name} done`) })
    ask('first')
    ask('second')
    ask('third')
    await time.advance(100)
    const rounds = slices.filter((each) => !each.includes('for'))
    expect(rounds).toEqual(['a begins', 'first done', 'a begins', 'second done', 'third done'])
  })

  it('lets a store rest nine times as long as its round worked before the next one', async () => {
    const { time, invalidator, slices, storeOf } = stage()
    const store = storeOf('a', 10)
    invalidator.add(store)
    const ask = () => invalidator.requestRound(store, { onDone: () => slices.push('done') })
    ask()
    await time.advance(1)
    ask()
    await time.advance(88)
    expect(slices.filter((each) => each === 'done')).toHaveLength(1)
    await time.advance(1)
    expect(slices.filter((each) => each === 'done')).toHaveLength(2)
  })

  it('runs at once again after the rest', async () => {
    const { time, invalidator, slices, storeOf } = stage()
    const store = storeOf('a', 10)
    invalidator.add(store)
    const ask = () => invalidator.requestRound(store, { onDone: () => slices.push('done') })
    ask()
    await time.advance(90)
    ask()
    await time.advance(0)
    expect(slices.filter((each) => each === 'done')).toHaveLength(2)
  })

  it('lets the rounds of two stores take turns', async () => {
    const { time, invalidator, slices, storeOf } = stage()
    for (const name of ['a', 'b']) {
      const store = storeOf(name, 8)
      invalidator.add(store)
      invalidator.requestRound(store, { onDone: () => slices.push(`${name} done`) })
    }
    await time.advance(0)
    const turns = slices.filter((each) => !each.includes('begins'))
    const expected = [
      'a at 0 for 4',
      'b at 0 for 4',
      'a at 0 for 4',
      'a done',
      'b at 0 for 4',
      'b done',
    ]
    expect(turns).toEqual(expected)
  })

  it('goes on with the usual slices after it', async () => {
    const { time, invalidator, slices, storeOf } = stage()
    const store = storeOf('a', 1)
    invalidator.add(store)
    invalidator.requestRound(store, { onDone: () => {} })
    await time.advance(2000)
    const due = ['a expires at 1000 for 1', 'a expires at 2000 for 1']
    const expected = ['a begins', 'a at 0 for 1', ...due]
    expect(slices).toEqual(expected)
  })

  it('takes a request from within the end of a round', async () => {
    const { time, invalidator, slices, storeOf } = stage()
    const store = storeOf('a', 1)
    invalidator.add(store)
    const onDone = () => {
      if (slices.push('done') < 6) invalidator.requestRound(store, { onDone })
    }
    invalidator.requestRound(store, { onDone })
    await time.advance(500)
    expect(slices.filter((each) => each === 'done')).toHaveLength(2)
  })

  it('does nothing for a store that was not added, or was removed', async () => {
    const { time, invalidator, slices, storeOf } = stage()
    const store = storeOf('a', 8)
    const ask = () => invalidator.requestRound(store, { onDone: () => slices.push('done') })
    ask()
    invalidator.add(store)
    ask()
    ask()
    invalidator.remove(store)
    await time.advance(5000)
    expect(slices).toEqual(['a begins'])
  })
})

describe('TimeInvalidator.close()', () => {
  it('ends everything, also a round under way and one that rests, and may be called twice', async () => {
    const { time, invalidator, slices, storeOf } = stage()
    const [resting, running] = [storeOf('resting', 1), storeOf('running', 8)]
    const onDone = () => slices.push('done')
    invalidator.add(resting)
    invalidator.requestRound(resting, { onDone })
    await time.advance(0)
    invalidator.requestRound(resting, { onDone })
    invalidator.add(running)
    invalidator.requestRound(running, { onDone })
    invalidator.close()
    invalidator.close()
    const { length } = slices
    await time.advance(5000)
    expect(slices).toHaveLength(length)
  })

  it('can be followed by new stores', async () => {
    const { time, invalidator, slices, storeOf } = stage()
    invalidator.add(storeOf('a', 1))
    invalidator.close()
    invalidator.add(storeOf('b', 1))
    await time.advance(1000)
    expect(slices).toEqual(['b expires at 1000 for 1'])
  })
})
