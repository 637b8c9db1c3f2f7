import { CacheError } from './cache-error.ts'
import { describeValue } from './describe-value.ts'

/** Which limit of a namespace was reached. */
export type CapacityLimit = 'entries' | 'bytes'

/** A namespace is full of what it may not evict, so it can't take another entry. Code CACHE_CAPACITY_EXCEEDED. */
export class CacheCapacityExceeded extends CacheError {
  readonly namespace: string
  readonly limitedBy: CapacityLimit
  /** The limit, in entries or in bytes as `limitedBy` says. */
  readonly limit: number

  constructor(namespace: string, limitedBy: CapacityLimit, limit: number) {
    super(
      'CACHE_CAPACITY_EXCEEDED',
      `Cannot store in namespace ${describeValue(namespace)}: its limit of ${limit} ${limitedBy} is taken by entries that may not be evicted`,
    )
    this.namespace = namespace
    this.limitedBy = limitedBy
    this.limit = limit
  }
}
