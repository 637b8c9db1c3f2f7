import { describe, expect, it } from 'vitest'
import { resolveCacheOptions } from '../../src/cache-options.ts'
import type { CacheEvent } from '../../src/core/events/cache-event.ts'
import { SystemClock } from '../../src/infrastructure/runtime/system-clock.ts'
import { SystemRandom } from '../../src/infrastructure/runtime/system-random.ts'
import { SystemScheduler } from '../../src/infrastructure/runtime/system-scheduler.ts'
import { systemParts } from '../../src/module/system-parts.ts'
import { createFakeClock } from '../../src/testing/fake-clock.ts'
import { fakeRandom } from '../fakes/fake-random.ts'
import { keepingLogger } from '../fakes/keeping-logger.ts'

const EVENT: CacheEvent = {
  type: 'degraded',
  namespace: 'users',
  key: undefined,
  part: 'log',
  did: 'tries again',
  error: undefined,
  atMs: 0,
}

/** Resolves once a task of this scheduler has had its turn. */
function turn(after: (delayMs: number, task: () => void) => unknown): Promise<void> {
  return new Promise((resolve) => {
    after(0, resolve)
  })
}

describe('systemParts', () => {
  it('takes what the user has brought', () => {
    const { clock, scheduler } = createFakeClock()
    const random = fakeRandom()
    const parts = systemParts(resolveCacheOptions({ clock, scheduler, random }))
    expect(parts.clock).toBe(clock)
    expect(parts.scheduler).toBe(scheduler)
    expect(parts.random).toBe(random)
  })

  it('takes the own of the machine for the rest, and says nothing without a logger', () => {
    const parts = systemParts(resolveCacheOptions({}))
    expect(parts.clock).toBeInstanceOf(SystemClock)
    expect(parts.scheduler).toBeInstanceOf(SystemScheduler)
    expect(parts.random).toBeInstanceOf(SystemRandom)
    expect(parts.logger).toBeUndefined()
  })

  it('logs the failure of a listener, and of a timer of its own', async () => {
    const { logger, lines } = keepingLogger()
    const { dispatcher, scheduler } = systemParts(resolveCacheOptions({ logger }))
    const fault = new Error('listener')
    dispatcher.on('degraded', () => {
      throw fault
    })
    dispatcher.emit(EVENT)
    const late = new Error('timer')
    scheduler.after(0, () => {
      throw late
    })
    await turn((delayMs, task) => scheduler.deadline(delayMs, task))
    expect(lines).toEqual([
      ['error', 'a listener of the cache failed', { err: fault, event: 'degraded' }],
      ['error', 'a timer of the cache failed', { err: late }],
    ])
  })

  it('survives a logger that fails, and the failures that there is no logger for', async () => {
    const fail = (): never => {
      throw new Error('the disk is full')
    }
    for (const logger of [{ warn: fail, error: fail }, undefined]) {
      const options = logger === undefined ? {} : { logger }
      const { dispatcher, scheduler, logger: guarded } = systemParts(resolveCacheOptions(options))
      dispatcher.on('*', fail)
      expect(() => dispatcher.emit(EVENT)).not.toThrow()
      expect(() => guarded?.warn({}, 'said')).not.toThrow()
      scheduler.after(0, fail)
      await turn((delayMs, task) => scheduler.deadline(delayMs, task))
    }
  })
})
