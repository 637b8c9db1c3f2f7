import fc from 'fast-check'
import {
  CACHE_PRIORITIES,
  type CachePriority,
} from '../../../../src/core/value-objects/cache-priority.ts'
import {
  EVICTION_POLICIES,
  type EvictionPolicy,
} from '../../../../src/core/value-objects/eviction-policy.ts'
import {
  DEFAULT_PRIORITY_WEIGHTS,
  type PriorityWeights,
} from '../../../../src/core/value-objects/priority-weights.ts'
import type { NaiveLimits } from './naive-limits.ts'
import type { NaiveSettings } from './naive-store.ts'

export type StoreLife = 'never' | 'short' | 'long' | 'stale' | 'sliding'

export type KeyStep =
  | {
      readonly kind: 'set'
      readonly key: number
      readonly priority: CachePriority
      readonly sizeBytes: number
      readonly life: StoreLife
    }
  | {
      readonly kind:
        | 'read'
        | 'get'
        | 'touch'
        | 'touch with life'
        | 'delete'
        | 'hard mark'
        | 'soft mark'
      readonly key: number
    }

export type StoreStep =
  | KeyStep
  | { readonly kind: 'pass'; readonly ms: number }
  | { readonly kind: 'list' | 'sweep' | 'expire' | 'clear' }
  | { readonly kind: 'configure'; readonly settings: NaiveSettings }
  | { readonly kind: 'resize'; readonly shared: NaiveLimits }

const EQUAL: PriorityWeights = [1, 1, 1]
const STEEP: PriorityWeights = [1, 8, 64]
const A_DAY_MS = 86_400_000

const key = fc.nat({ max: 9 })

export function settingsOf(policy: fc.Arbitrary<EvictionPolicy>): fc.Arbitrary<NaiveSettings> {
  return fc.record({
    maxEntries: fc.constantFrom(undefined, undefined, 1, 3, 5),
    maxBytes: fc.constantFrom(undefined, undefined, 400, 2000, 5000),
    evictionPolicy: policy,
    priorityWeights: fc.constantFrom(DEFAULT_PRIORITY_WEIGHTS, EQUAL, STEEP),
  })
}

export const shared: fc.Arbitrary<NaiveLimits> = fc.record({
  maxEntries: fc.constantFrom(undefined, undefined, 2, 6),
  maxBytes: fc.constantFrom(1_000_000, 1500, 6000),
})

export const storeStep: fc.Arbitrary<StoreStep> = fc.oneof(
  {
    weight: 12,
    arbitrary: fc.record({
      kind: fc.constant('set' as const),
      key,
      priority: fc.constantFrom(...CACHE_PRIORITIES),
      sizeBytes: fc.constantFrom(1, 100, 199, 700, 4000),
      life: fc.constantFrom<StoreLife>('never', 'short', 'long', 'stale', 'sliding'),
    }),
  },
  { weight: 8, arbitrary: fc.record({ kind: fc.constant('read' as const), key }) },
  {
    weight: 6,
    arbitrary: fc.record({
      kind: fc.constantFrom(
        'get' as const,
        'touch' as const,
        'touch with life' as const,
        'delete' as const,
        'hard mark' as const,
        'soft mark' as const,
      ),
      key,
    }),
  },
  {
    weight: 3,
    arbitrary: fc.record({
      kind: fc.constant('pass' as const),
      ms: fc.constantFrom(1, 10, 49, 50, 51, 4095, 4096, 4097, A_DAY_MS),
    }),
  },
  {
    weight: 2,
    arbitrary: fc.record({
      kind: fc.constantFrom(...(['list', 'sweep', 'expire', 'clear'] as const)),
    }),
  },
  {
    weight: 1,
    arbitrary: fc.record({
      kind: fc.constant('configure' as const),
      settings: settingsOf(fc.constantFrom(...EVICTION_POLICIES)),
    }),
  },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('resize' as const), shared }) },
)
