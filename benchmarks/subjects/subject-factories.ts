import { bentocache } from './bentocache.ts'
import { cacheManager } from './cache-manager.ts'
import { cacheable } from './cacheable.ts'
import { layeredLoader } from './layered-loader.ts'
import { lruCache } from './lru-cache.ts'
import { platformCache } from './platform-cache.ts'
import type { SubjectFactory } from './subject.ts'

/** The packages that are measured. */
export type SubjectName =
  | 'platform-cache'
  | 'lru-cache'
  | 'bentocache'
  | 'cacheable'
  | 'cache-manager'
  | 'layered-loader'

/** How to make a subject of each. */
export const subjectFactories: Readonly<Record<SubjectName, SubjectFactory>> = {
  'platform-cache': platformCache,
  'lru-cache': lruCache,
  bentocache,
  cacheable,
  'cache-manager': cacheManager,
  'layered-loader': layeredLoader,
}
