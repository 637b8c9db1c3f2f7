import type { CacheOptions } from '../../src/cache-options.ts'
import type { CacheEvent } from '../../src/core/events/cache-event.ts'
import { createCache, type PlatformCache } from '../../src/module.ts'
import { createFakeClock, type FakeClock } from '../../src/testing/fake-clock.ts'
import { fakeRandom } from './fake-random.ts'
import { UnreliableRepository } from './unreliable-repository.ts'

/** A cache on a clock that the test moves, without chance, with everything it said. */
export interface CacheStage {
  readonly cache: PlatformCache
  readonly time: FakeClock
  readonly events: CacheEvent[]
  /** The backend behind the cache; only there on a stage with one. */
  readonly backend: UnreliableRepository
}

/** A cache in memory. */
export function memoryStage(options: CacheOptions = {}): CacheStage {
  const time = createFakeClock()
  return staged(time, new UnreliableRepository(), options)
}

/** A cache over a backend that the test can make fail. */
export function backendStage(options: CacheOptions = {}): CacheStage {
  const time = createFakeClock()
  const backend = new UnreliableRepository(time.scheduler)
  return staged(time, backend, { repository: backend, ...options })
}

/** The same over memory and over a backend, for what must hold on both. */
export const STAGES: readonly (readonly [string, (options?: CacheOptions) => CacheStage])[] = [
  ['memory', memoryStage],
  ['a backend', backendStage],
]

function staged(time: FakeClock, backend: UnreliableRepository, options: CacheOptions): CacheStage {
  const { clock, scheduler } = time
  const cache = createCache({ clock, scheduler, random: fakeRandom(), ...options })
  const events: CacheEvent[] = []
  cache.on('*', (event) => events.push(event))
  return { cache, time, events, backend }
}

/** Lets promises and what is due now settle. */
export function settle(time: FakeClock): Promise<void> {
  return time.advance(0)
}
