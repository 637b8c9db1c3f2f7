import type { CacheNamespace } from '../../core/entities/cache-namespace.ts'
import { CacheError } from '../../core/exceptions/cache-error.ts'
import { estimateSize, type SizeBytes } from '../../core/value-objects/cache-size.ts'

/**
 * The estimated size of a value.
 *
 * @throws CacheError CACHE_VALUE_TOO_LARGE if the namespace couldn't hold it even when empty
 */
export function sizeValidator(namespace: CacheNamespace, value: unknown): SizeBytes {
  const size = estimateSize(value)
  if (namespace.maxBytes === undefined || size <= namespace.maxBytes) return size
  throw new CacheError(
    'CACHE_VALUE_TOO_LARGE',
    `Cannot store in namespace ${namespace.name}: expected at most ${namespace.maxBytes} bytes, got about ${size}`,
  )
}
