import type { CacheDegraded } from './cache-degraded.ts'
import type { CacheEvicted } from './cache-evicted.ts'
import type { CacheExpired } from './cache-expired.ts'
import type { CacheHit } from './cache-hit.ts'
import type { CacheInvalidated } from './cache-invalidated.ts'
import type { CacheLoaded } from './cache-loaded.ts'
import type { CacheMiss } from './cache-miss.ts'
import type { CacheStored } from './cache-stored.ts'
import type { CacheSwept } from './cache-swept.ts'

/** Everything that happens in a cache. Logs, metrics, traces and audit are listeners to it. */
export type CacheEvent =
  | CacheHit
  | CacheMiss
  | CacheStored
  | CacheLoaded
  | CacheInvalidated
  | CacheExpired
  | CacheEvicted
  | CacheDegraded
  | CacheSwept

/** The names that `on` takes. */
export type CacheEventType = CacheEvent['type']

/** The event of one name. */
export type CacheEventOf<T extends CacheEventType> = Extract<CacheEvent, { readonly type: T }>
