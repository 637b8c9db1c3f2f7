import { CacheError } from '../exceptions/cache-error.ts'
import { describeValue } from '../exceptions/describe-value.ts'

/**
 * What the priorities `low`, `medium` and `high` weigh when space runs out, as users write it:
 * `{ low: 1, medium: 2, high: 4 }`. Twice the weight is worth twice the use. `critical` has none: it
 * never leaves while anything lower is left.
 */
export interface PriorityWeightOptions {
  readonly low?: number
  readonly medium?: number
  readonly high?: number
}

/** The same by rank, lowest first. */
export type PriorityWeights = readonly [low: number, medium: number, high: number]

/** What priorities weigh when nothing is said of it. */
export const DEFAULT_PRIORITY_WEIGHTS: PriorityWeights = Object.freeze([1, 2, 4] as const)

/** Largest weight; more is what `critical` is for. */
export const MAX_PRIORITY_WEIGHT = 64

const NAMES: readonly string[] = ['low', 'medium', 'high']

/**
 * What isn't named keeps its weight in `base`.
 *
 * @throws CacheError CACHE_OPTION_INVALID
 */
export function parsePriorityWeights(value: unknown, base: PriorityWeights): PriorityWeights {
  if (typeof value !== 'object' || value === null) throw weightsError(value)
  for (const name of Object.keys(value)) if (!NAMES.includes(name)) throw weightsError(name)
  const options: PriorityWeightOptions = value
  return Object.freeze([
    weight(options.low, base[0]),
    weight(options.medium, base[1]),
    weight(options.high, base[2]),
  ] as const)
}

function weight(value: unknown, base: number): number {
  if (value === undefined) return base
  if (typeof value === 'number' && value >= 1 && value <= MAX_PRIORITY_WEIGHT) return value
  throw weightsError(value)
}

function weightsError(value: unknown): CacheError {
  return new CacheError(
    'CACHE_OPTION_INVALID',
    `Cannot use priorityWeights: expected { low, medium, high } with numbers from 1 to ${MAX_PRIORITY_WEIGHT}, got ${describeValue(value)}`,
  )
}
