import { describe, expect, it } from 'vitest'
import { cacheStatistics } from '../../src/application/services/cache-statistics.ts'
import { EventDispatcher } from '../../src/application/services/event-dispatcher.ts'
import type { CacheEvent } from '../../src/core/events/cache-event.ts'
import type { CacheKey } from '../../src/core/value-objects/cache-key.ts'
import { Reporters } from '../../src/module/reporters.ts'
import { createFakeClock, FAKE_START_MS } from '../../src/testing/fake-clock.ts'
import { keepingLogger } from '../fakes/keeping-logger.ts'

const KEY = 'user:1' as CacheKey

function stage() {
  const faults: unknown[] = []
  const dispatcher = new EventDispatcher((_, error) => faults.push(error))
  const { logger, lines } = keepingLogger()
  const { clock } = createFakeClock()
  return { dispatcher, lines, faults, reporters: new Reporters({ clock, dispatcher, logger }) }
}

describe('Reporters', () => {
  it('counts, logs and announces what a namespace did less than it was asked', () => {
    const { dispatcher, lines, reporters } = stage()
    const events: CacheEvent[] = []
    dispatcher.on('degraded', (event) => events.push(event))
    const statistics = cacheStatistics()
    const error = new Error('away')
    reporters.of('users', statistics)('repository', 'counted a miss', error, KEY)
    expect(statistics.degraded).toBe(1)
    const did = 'counted a miss'
    const details = { err: error, namespace: 'users', part: 'repository', did }
    expect(lines).toEqual([['warn', 'the cache did less than it was asked', details]])
    const where = { namespace: 'users', key: KEY, part: 'repository', atMs: FAKE_START_MS }
    expect(events).toEqual([{ type: 'degraded', did, error, ...where }])
  })

  it('counts for the namespace alone that reports', () => {
    const { reporters } = stage()
    const [users, orders] = [cacheStatistics(), cacheStatistics()]
    const report = reporters.of('users', users)
    reporters.of('orders', orders)
    report('factory', 'served the stale value', new Error('a'), KEY)
    report('factory', 'served the stale value', new Error('b'), KEY)
    expect([users.degraded, orders.degraded]).toEqual([2, 0])
  })

  it('tells of the log under the name of the cache, with no key', () => {
    const { dispatcher, lines, reporters } = stage()
    const events: CacheEvent[] = []
    dispatcher.on('degraded', (event) => events.push(event))
    reporters.ofLog('shop')('tries again', 'why')
    expect(lines).toMatchObject([['warn', expect.any(String), { namespace: 'shop', part: 'log' }]])
    expect(events).toMatchObject([{ namespace: 'shop', part: 'log', key: undefined, error: 'why' }])
  })

  it('announces nothing where nobody listens, and needs no logger', () => {
    const { clock } = createFakeClock()
    const emitted: CacheEvent[] = []
    const dispatcher = new EventDispatcher(() => undefined)
    const emit = dispatcher.emit.bind(dispatcher)
    dispatcher.emit = (event) => {
      emitted.push(event)
      emit(event)
    }
    const report = new Reporters({ clock, dispatcher, logger: undefined }).ofLog('shop')
    report('tries again', 'unheard')
    expect(emitted).toEqual([])
    const end = dispatcher.on('degraded', () => undefined)
    report('tries again', 'heard')
    end()
    report('tries again', 'unheard again')
    expect(emitted).toMatchObject([{ error: 'heard' }])
  })
})
