import type { DistributionService } from '../../src/core/protocols/distribution-service.ts'
import type { InvalidationLog } from '../../src/core/protocols/invalidation-log.ts'
import type { LogPosition } from '../../src/core/value-objects/log-position.ts'
import { MemoryDistributor } from '../../src/infrastructure/distributors/memory-distributor.ts'
import { type Deferred, deferred } from './deferred.ts'
import { fakeRandom } from './fake-random.ts'

/** Shares invalidations as a log elsewhere does: each append waits for the test, to be taken and to be answered. */
export class SlowDistributor implements DistributionService {
  /** Appends that wait, oldest first. */
  readonly appends: { readonly take: () => void; readonly answer: Deferred<void> }[] = []
  /** Once true, marks are taken and answered at the next turn. */
  isFast = false
  readonly #inner = new MemoryDistributor(fakeRandom())

  open(cacheName: string): InvalidationLog {
    const log = this.#inner.open(cacheName)
    return {
      append: async (mark) => {
        let position: LogPosition | undefined
        const take = async (): Promise<void> => {
          position ??= await log.append(mark)
        }
        if (!this.isFast) {
          const answer = deferred()
          this.appends.push({ take: () => void take(), answer })
          await answer.promise
        }
        await take()
        return position ?? log.head()
      },
      read: (from, limit) => log.read(from, limit),
      head: () => log.head(),
      subscribe: (listener) => log.subscribe(listener),
      close: () => log.close(),
    }
  }

  close(): void {
    this.#inner.close()
  }
}
