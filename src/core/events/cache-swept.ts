/** A sweep of the servers that nodes share has come to its end; told on the node that swept. */
export interface CacheSwept {
  readonly type: 'swept'
  /** The name of the cache: a sweep is through all of its namespaces. */
  readonly namespace: string
  /** How many names were looked at, and how many values of them were invalid and are gone now. */
  readonly examined: number
  readonly removed: number
  /** How many invalidations needn't be remembered any more. */
  readonly retired: number
  readonly durationMs: number
  readonly atMs: number
}
