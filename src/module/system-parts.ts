import { EventDispatcher } from '../application/services/event-dispatcher.ts'
import type { CacheLogger, CacheSettings } from '../cache-options.ts'
import type { Clock } from '../core/protocols/clock.ts'
import type { Random } from '../core/protocols/random.ts'
import type { Scheduler } from '../core/protocols/scheduler.ts'
import { SystemClock } from '../infrastructure/runtime/system-clock.ts'
import { SystemRandom } from '../infrastructure/runtime/system-random.ts'
import { SystemScheduler } from '../infrastructure/runtime/system-scheduler.ts'
import { guardedLogger } from './guarded-logger.ts'

/** What a cache stands on: time, chance, and whom it tells. */
export interface SystemParts {
  readonly clock: Clock
  readonly random: Random
  readonly scheduler: Scheduler
  readonly logger: CacheLogger | undefined
  readonly dispatcher: EventDispatcher
}

/** What the user has brought, and the machine's own for the rest. */
export function systemParts(settings: CacheSettings): SystemParts {
  const logger = settings.logger === undefined ? undefined : guardedLogger(settings.logger)
  return {
    clock: settings.clock ?? new SystemClock(),
    random: settings.random ?? new SystemRandom(),
    scheduler:
      settings.scheduler ??
      new SystemScheduler((error) => logger?.error({ err: error }, 'a timer of the cache failed')),
    logger,
    dispatcher: new EventDispatcher((event, error) =>
      logger?.error({ err: error, event: event.type }, 'a listener of the cache failed'),
    ),
  }
}
