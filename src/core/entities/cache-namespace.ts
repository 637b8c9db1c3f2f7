import { CacheError } from '../exceptions/cache-error.ts'
import { parseSize, type SizeBytes } from '../value-objects/cache-size.ts'
import {
  DEFAULT_ENTRY_POLICY,
  type EntryOptions,
  type EntryPolicy,
  isEntryOption,
  resolveEntryPolicy,
} from '../value-objects/entry-policy.ts'
import { type EvictionPolicy, parseEvictionPolicy } from '../value-objects/eviction-policy.ts'
import { type MemoryStorage, parseMemoryStorage } from '../value-objects/memory-storage.ts'
import {
  DEFAULT_PRIORITY_WEIGHTS,
  type PriorityWeightOptions,
  type PriorityWeights,
  parsePriorityWeights,
} from '../value-objects/priority-weights.ts'
import { isStandardSchema, type StandardSchema } from '../value-objects/standard-schema.ts'

/** Who may change a value that memory holds: `share` the same object for all, `freeze` nobody (plain objects and arrays; what is in a Map, Set, Date or buffer can't be frozen), `clone` each reader gets its own. */
export type Isolation = 'share' | 'freeze' | 'clone'

/** A logical group of entries with limits and policies of its own. Two namespaces never see each other's keys. */
export interface CacheNamespace {
  readonly name: string
  readonly description: string
  readonly entryPolicy: EntryPolicy
  /** Most entries it may hold; `undefined`: only the cache's own limits count. */
  readonly maxEntries: number | undefined
  readonly maxBytes: SizeBytes | undefined
  readonly evictionPolicy: EvictionPolicy
  /** What the priorities weigh in the eviction. */
  readonly priorityWeights: PriorityWeights
  /** How memory keeps its values; decided when it opens. */
  readonly storage: MemoryStorage
  readonly isolation: Isolation
  /** Most factories that run at once; `undefined`: no limit. */
  readonly maxConcurrentLoads: number | undefined
  /** Most loads that may wait for a place before new ones are refused. */
  readonly maxQueuedLoads: number
  readonly schema: StandardSchema | undefined
}

/** What a user may say of a namespace; every field but the name is optional. */
export interface NamespaceOptions<V = unknown> extends EntryOptions<V> {
  readonly description?: string
  readonly maxEntries?: number
  readonly maxBytes?: number | string
  readonly evictionPolicy?: EvictionPolicy
  readonly priorityWeights?: PriorityWeightOptions
  readonly storage?: MemoryStorage
  readonly isolation?: Isolation
  readonly maxConcurrentLoads?: number
  readonly maxQueuedLoads?: number
  readonly schema?: StandardSchema<V>
}

/** What a namespace is when nothing is said of it. */
export const DEFAULT_NAMESPACE: Omit<CacheNamespace, 'name'> = Object.freeze({
  description: '',
  entryPolicy: DEFAULT_ENTRY_POLICY,
  maxEntries: undefined,
  maxBytes: undefined,
  evictionPolicy: 'w-tinylfu',
  priorityWeights: DEFAULT_PRIORITY_WEIGHTS,
  storage: 'reference',
  isolation: 'share',
  maxConcurrentLoads: undefined,
  maxQueuedLoads: 1000,
  schema: undefined,
})

const OWN_OPTIONS: ReadonlySet<string> = new Set([
  'description',
  'maxEntries',
  'maxBytes',
  'evictionPolicy',
  'priorityWeights',
  'storage',
  'isolation',
  'maxConcurrentLoads',
  'maxQueuedLoads',
  'schema',
])
const ISOLATIONS: readonly Isolation[] = ['share', 'freeze', 'clone']
const NAME_RULE = /^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$/

/**
 * A name for a namespace or a tenant: 1 to 64 letters, digits, `.`, `_` and `-`, the first a letter or
 * digit, so that it fits in paths, labels and storage keys as it is.
 *
 * @throws CacheError CACHE_OPTION_INVALID
 */
export function parseNamespaceName(value: unknown): string {
  if (typeof value === 'string' && NAME_RULE.test(value)) return value
  throw new CacheError(
    'CACHE_OPTION_INVALID',
    `Cannot use a namespace name: expected 1 to 64 letters, digits, ".", "_" or "-", got ${String(value).slice(0, 100)}`,
  )
}

/**
 * Decides every field of a namespace: what `options` says, else `base`.
 *
 * @throws CacheError CACHE_OPTION_INVALID for an unknown option, a wrong value, or options that contradict each other
 */
export function resolveNamespace(
  base: CacheNamespace,
  options: NamespaceOptions | undefined,
  nowMs: number,
): CacheNamespace {
  if (options === undefined) return base
  rejectUnknown(options)
  return {
    name: base.name,
    description: text(options.description, base.description),
    entryPolicy: resolveEntryPolicy(base.entryPolicy, entryOptionsOf(options), nowMs),
    maxEntries: count(options.maxEntries, base.maxEntries, 'maxEntries'),
    maxBytes:
      options.maxBytes === undefined ? base.maxBytes : parseSize(options.maxBytes, 'maxBytes'),
    evictionPolicy:
      options.evictionPolicy === undefined
        ? base.evictionPolicy
        : parseEvictionPolicy(options.evictionPolicy),
    priorityWeights:
      options.priorityWeights === undefined
        ? base.priorityWeights
        : parsePriorityWeights(options.priorityWeights, base.priorityWeights),
    storage: options.storage === undefined ? base.storage : parseMemoryStorage(options.storage),
    isolation: options.isolation === undefined ? base.isolation : parseIsolation(options.isolation),
    maxConcurrentLoads: count(
      options.maxConcurrentLoads,
      base.maxConcurrentLoads,
      'maxConcurrentLoads',
    ),
    maxQueuedLoads: count(options.maxQueuedLoads, base.maxQueuedLoads, 'maxQueuedLoads'),
    schema: options.schema === undefined ? base.schema : parseSchema(options.schema),
  }
}

function rejectUnknown(options: unknown): void {
  if (typeof options !== 'object' || options === null) {
    throw new CacheError(
      'CACHE_OPTION_INVALID',
      `Cannot use the namespace options: expected an object, got ${String(options)}`,
    )
  }
  for (const name of Object.keys(options)) {
    if (OWN_OPTIONS.has(name) || isEntryOption(name)) continue
    throw new CacheError(
      'CACHE_OPTION_INVALID',
      `Cannot use the namespace option ${name.slice(0, 100)}: no such option`,
    )
  }
}

/** `undefined` if nothing is said of the entries, so that the base policy stays the same object. */
function entryOptionsOf(options: NamespaceOptions): EntryOptions | undefined {
  return Object.keys(options).some(isEntryOption) ? options : undefined
}

function text(option: string | undefined, base: string): string {
  if (option === undefined) return base
  if (typeof option === 'string' && option.length <= 1000) return option
  throw new CacheError(
    'CACHE_OPTION_INVALID',
    'Cannot use description: expected text of at most 1000 characters',
  )
}

function count<N extends number | undefined>(
  option: number | undefined,
  base: N,
  name: string,
): number | N {
  if (option === undefined) return base
  if (Number.isSafeInteger(option) && option >= 1) return option
  throw new CacheError(
    'CACHE_OPTION_INVALID',
    `Cannot use ${name}: expected a whole number of at least 1, got ${String(option)}`,
  )
}

function parseIsolation(value: unknown): Isolation {
  const known = ISOLATIONS.find((isolation) => isolation === value)
  if (known !== undefined) return known
  throw new CacheError(
    'CACHE_OPTION_INVALID',
    `Cannot use isolation: expected ${ISOLATIONS.join(', ')}, got ${String(value)}`,
  )
}

function parseSchema(value: StandardSchema): StandardSchema {
  if (isStandardSchema(value)) return value
  throw new CacheError(
    'CACHE_OPTION_INVALID',
    'Cannot use schema: expected a Standard Schema (version 1), as Zod, Valibot and ArkType make',
  )
}
