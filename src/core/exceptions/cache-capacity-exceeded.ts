import { CacheError } from './cache-error.ts'
import { describeValue } from './describe-value.ts'

/** A namespace has no room for an entry, and may evict nobody for it. Code CACHE_CAPACITY_EXCEEDED. */
export class CacheCapacityExceeded extends CacheError {
  readonly namespace: string
  /** Why there is no room, such as `larger than the limit` or `full of critical entries`. */
  readonly rule: string

  constructor(namespace: string, rule: string) {
    super(
      'CACHE_CAPACITY_EXCEEDED',
      `Cannot store in namespace ${describeValue(namespace)}: there is no room, ${rule}`,
    )
    this.namespace = namespace
    this.rule = rule
  }
}
