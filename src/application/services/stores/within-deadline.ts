import { CacheTimeout } from '../../../core/exceptions/cache-timeout.ts'
import type { Scheduler } from '../../../core/protocols/scheduler.ts'

/**
 * Does `act` and answers what it answers, unless that takes too long: then rejects with CACHE_TIMEOUT,
 * and what comes later is nobody's. What `act` throws at once rejects, too.
 *
 * @param what names the act in the error's message, such as `read "user:1"`
 */
export function withinDeadline<T>(
  scheduler: Scheduler,
  timeoutMs: number,
  what: string,
  act: () => T | PromiseLike<T>,
): Promise<T> {
  return new Promise<T>((resolve, reject) => {
    const cancel = scheduler.deadline(timeoutMs, () => reject(new CacheTimeout(what, timeoutMs)))
    const attempt = async (): Promise<T> => act()
    attempt().then(resolve, reject).finally(cancel)
  })
}
