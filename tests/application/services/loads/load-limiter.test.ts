import { describe, expect, it } from 'vitest'
import { LoadLimiter } from '../../../../src/application/services/loads/load-limiter.ts'
import { type Flight, SingleFlight } from '../../../../src/application/services/single-flight.ts'
import { parseCacheKey } from '../../../../src/core/value-objects/cache-key.ts'
import { outcome } from '../../../fakes/outcome.ts'

const flights = new SingleFlight()

function load(key = 'key', outer?: Flight): Flight {
  return flights.begin({
    membership: { key: parseCacheKey(key), tags: [], dependsOn: [] },
    birth: { generation: 'g', seq: 0 },
    isRefresh: false,
    previous: undefined,
    outer,
    leaseToken: undefined,
  })
}

/** True once the promise has settled, after all that is due. */
async function isSettled(promise: Promise<unknown>): Promise<boolean> {
  const pending = Symbol('pending')
  await Promise.resolve()
  return (await Promise.race([promise, Promise.resolve(pending)])) !== pending
}

describe('LoadLimiter', () => {
  it('without a limit lets everybody run', async () => {
    const limiter = new LoadLimiter(undefined, 1)
    for (let at = 0; at < 100; at += 1) await limiter.acquire(load())
    expect([limiter.running, limiter.queued]).toEqual([100, 0])
  })

  it('lets as many run as the limit, and the rest in order as places come free', async () => {
    const limiter = new LoadLimiter(1, 2)
    const release = await limiter.acquire(load())
    const order: number[] = []
    const second = limiter.acquire(load()).then((next) => {
      order.push(2)
      return next
    })
    const third = limiter.acquire(load()).then(() => order.push(3))
    expect([limiter.running, limiter.queued]).toEqual([1, 2])
    release()
    const releaseSecond = await second
    expect(order).toEqual([2])
    releaseSecond()
    await third
    expect(order).toEqual([2, 3])
    expect([limiter.running, limiter.queued]).toEqual([1, 0])
  })

  it('gives a place back once, however often it is told', async () => {
    const limiter = new LoadLimiter(2, 1)
    const [release] = [await limiter.acquire(load()), await limiter.acquire(load())]
    release()
    release()
    expect(limiter.running).toBe(1)
  })

  it('takes the place for the one who waited at once, so that nobody slips in between', async () => {
    const limiter = new LoadLimiter(1, 2)
    const release = await limiter.acquire(load())
    const waiting = limiter.acquire(load())
    release()
    const late = limiter.acquire(load())
    await waiting
    expect(await isSettled(late)).toBe(false)
  })

  it('refuses one more than may wait, and says what the limit is', async () => {
    const limiter = new LoadLimiter(1, 1)
    await limiter.acquire(load())
    const waiting = limiter.acquire(load())
    expect(await outcome(limiter.acquire(load('late')))).toMatchObject({
      code: 'CACHE_LOAD_REJECTED',
      message: 'Cannot load "late": 1 loads run and 1 wait, which is the limit',
    })
    expect(await isSettled(waiting)).toBe(false)
  })

  it('lets go of a waiting load that is aborted, with the reason', async () => {
    const limiter = new LoadLimiter(1, 1)
    const release = await limiter.acquire(load())
    const leaving = load()
    const end = outcome(limiter.acquire(leaving))
    leaving.controller.abort('gone')
    expect(await end).toBe('gone')
    expect(limiter.queued).toBe(0)
    release()
    expect(limiter.running).toBe(0)
  })

  it('does not let a load wait that is aborted already', async () => {
    const limiter = new LoadLimiter(1, 1)
    await limiter.acquire(load())
    const aborted = load()
    aborted.controller.abort('gone')
    expect(await outcome(limiter.acquire(aborted))).toBe('gone')
    expect(limiter.queued).toBe(0)
  })

  it('is not disturbed by an abort after the place was given', async () => {
    const limiter = new LoadLimiter(1, 1)
    const release = await limiter.acquire(load())
    const next = load()
    const waiting = limiter.acquire(next)
    release()
    next.controller.abort('too late')
    const releaseNext = await waiting
    expect(limiter.running).toBe(1)
    releaseNext()
    expect(limiter.running).toBe(0)
  })

  it('lets those run who wait when the limit is raised, and none when it is lowered', async () => {
    const limiter = new LoadLimiter(1, 5)
    await limiter.acquire(load())
    const waiting = [1, 2, 3].map(() => limiter.acquire(load()))
    limiter.configure(3, 5)
    await Promise.all(waiting.slice(0, 2))
    expect([limiter.running, limiter.queued]).toEqual([3, 1])
    limiter.configure(1, 5)
    expect([limiter.running, limiter.queued]).toEqual([3, 1])
    limiter.configure(undefined, 5)
    await waiting[2]
    expect([limiter.running, limiter.queued]).toEqual([4, 0])
  })

  it('lets a load run inside one that runs, however deep, beyond the limit', async () => {
    const limiter = new LoadLimiter(1, 1)
    const outer = load('outer')
    const release = await limiter.acquire(outer)
    const middle = load('middle', outer)
    await limiter.acquire(load('inner', middle))
    expect(limiter.running).toBe(2)
    release()
    expect(limiter.running).toBe(1)
  })

  it('lets a load wait whose outer one holds no place here', async () => {
    const limiter = new LoadLimiter(1, 1)
    await limiter.acquire(load())
    const waiting = limiter.acquire(load('inner', load('elsewhere')))
    expect(await isSettled(waiting)).toBe(false)
  })

  it('lend() lets a waiting load in for one that holds a place, and for no other', async () => {
    const limiter = new LoadLimiter(1, 2)
    const running = load('running')
    await limiter.acquire(running)
    const wanted = load('wanted')
    const waiting = limiter.acquire(wanted)
    limiter.lend(wanted, load('outside'))
    expect(limiter.queued).toBe(1)
    limiter.lend(wanted, running)
    await waiting
    expect([limiter.running, limiter.queued]).toEqual([2, 0])
    limiter.lend(wanted, running)
    expect(limiter.running).toBe(2)
  })
})
