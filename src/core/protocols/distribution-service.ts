import type { InvalidationLog } from './invalidation-log.ts'

/** How a cache shares its invalidations: in this process, or over a bus. */
export interface DistributionService {
  /** Opens the log of the cache of this name. */
  open(cacheName: string): InvalidationLog
  /** Frees connections. Idempotent. */
  close(): void | Promise<void>
}
