import type { CacheManager } from '../../application/services/cache-manager.ts'
import type { NamespaceCache } from '../../application/services/namespace-cache.ts'
import { parseNamespaceName } from '../../core/entities/cache-namespace.ts'
import { HttpProblem } from '../models/responses/problem-response.ts'

/**
 * The cache of this name; `undefined` if it isn't defined, since reading doesn't define one.
 *
 * @throws CacheError CACHE_OPTION_INVALID for what is no name at all
 */
export function definedCache(manager: CacheManager, name: string): NamespaceCache | undefined {
  if (manager.hasNamespace(name)) return manager.namespace(name)
  parseNamespaceName(name)
  return undefined
}

/**
 * The cache of this name, for routes that are about the cache itself.
 *
 * @throws HttpProblem CACHE_NAMESPACE_UNKNOWN
 */
export function existingCache(manager: CacheManager, name: string): NamespaceCache {
  const cache = definedCache(manager, name)
  if (cache !== undefined) return cache
  throw new HttpProblem(
    'CACHE_NAMESPACE_UNKNOWN',
    `Cannot find the cache ${name}: nothing was stored in it, and nobody defined it`,
  )
}
