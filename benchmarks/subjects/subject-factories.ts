import { asyncCacheDedupe } from './async-cache-dedupe.ts'
import { bentocache } from './bentocache.ts'
import { cacheManager } from './cache-manager.ts'
import { cacheable } from './cacheable.ts'
import { keyv } from './keyv.ts'
import { layeredLoader } from './layered-loader.ts'
import { lruCache, lruCacheMaxSize, lruCacheTtl } from './lru-cache.ts'
import { mapWithTtl } from './map-with-ttl.ts'
import { mnemonist } from './mnemonist.ts'
import { nodeCache } from './node-cache.ts'
import { platformCache, platformCacheBuffer, platformCacheHybrid } from './platform-cache.ts'
import { quickLru } from './quick-lru.ts'
import { sieveCache } from './sieve-cache.ts'
import type { SubjectFactory } from './subject.ts'

/** What is measured: packages, some of them in more than one setting. */
export type SubjectName =
  | 'platform-cache'
  | 'platform-cache, buffer'
  | 'platform-cache, redis'
  | 'lru-cache'
  | 'lru-cache, ttl + max + maxSize'
  | 'lru-cache, ttl + maxSize'
  | 'mnemonist LRUMap'
  | 'sieve-cache'
  | 'quick-lru'
  | 'Map with a TTL'
  | 'async-cache-dedupe'
  | 'bentocache'
  | 'cacheable'
  | 'cache-manager'
  | 'keyv'
  | 'layered-loader'
  | 'node-cache'

/** How to make a subject of each. */
export const subjectFactories: Readonly<Record<SubjectName, SubjectFactory>> = {
  'platform-cache': platformCache,
  'platform-cache, buffer': platformCacheBuffer,
  'platform-cache, redis': platformCacheHybrid,
  'lru-cache': lruCache,
  'lru-cache, ttl + max + maxSize': lruCacheTtl,
  'lru-cache, ttl + maxSize': lruCacheMaxSize,
  'mnemonist LRUMap': mnemonist,
  'sieve-cache': sieveCache,
  'quick-lru': quickLru,
  'Map with a TTL': mapWithTtl,
  'async-cache-dedupe': asyncCacheDedupe,
  bentocache,
  cacheable,
  'cache-manager': cacheManager,
  keyv,
  'layered-loader': layeredLoader,
  'node-cache': nodeCache,
}
