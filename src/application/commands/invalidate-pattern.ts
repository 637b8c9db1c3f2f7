import type { InvalidationScope } from '../../core/entities/invalidation-mark.ts'
import { CacheError } from '../../core/exceptions/cache-error.ts'
import { describeValue } from '../../core/exceptions/describe-value.ts'
import type { InvalidationResult } from '../../core/protocols/invalidation-service.ts'
import { parseCacheKey } from '../../core/value-objects/cache-key.ts'
import {
  type DependencyName,
  parseCacheTag,
  parseDependencyName,
} from '../../core/value-objects/cache-tag.ts'
import {
  MAX_PATTERN_BYTES,
  parseInvalidationPattern,
} from '../../core/value-objects/invalidation-pattern.ts'
import { textFault } from '../../core/value-objects/text-fault.ts'
import type { NamespacePorts } from '../services/namespace-ports.ts'

/** What to invalidate: a pattern as a string (without a wildcard it is a key), or one scope by name. */
export type InvalidationTarget =
  | string
  | { readonly key: string }
  | { readonly prefix: string }
  | { readonly pattern: string }
  | { readonly regex: string }
  | { readonly tag: string }
  | { readonly dependency: string }

/** How to invalidate. */
export interface InvalidationOptions {
  /** Keeps the values for `staleIfError`; everything else treats them as gone. */
  readonly soft?: boolean
  /** Why, in your words; shown by `explain` and in the history. At most 200 characters. */
  readonly reason?: string
  /** Who asks, if it isn't this node itself. */
  readonly origin?: string
  /**
   * `'all'`: resolves when every node has applied it, or can't answer from what it holds any more (1.5 seconds
   * at most after the log has it). If not said, it resolves when the log has it.
   */
  readonly wait?: 'all'
  /** Rejects instead of answering `propagated: false`; the invalidation is brought to the log all the same. */
  readonly strict?: boolean
}

/** Finds a name and all that depends on it, transitively. */
export type ClosureOf = (name: DependencyName) => readonly DependencyName[]

const SCOPE_NAMES = ['key', 'prefix', 'pattern', 'regex', 'tag', 'dependency'] as const

/**
 * Makes everything that the scope reaches invalid. After it resolves, no read that starts later answers a
 * value computed before it, and no load that began before it leaves its value behind.
 *
 * @throws CacheError CACHE_OPTION_INVALID; CACHE_REPOSITORY_UNAVAILABLE if the log can't take the mark: it was not invalidated elsewhere
 */
export async function invalidatePattern(
  ports: Pick<NamespacePorts, 'name' | 'invalidation'>,
  scope: InvalidationScope,
  options: InvalidationOptions,
): Promise<InvalidationResult> {
  const result = await ports.invalidation.invalidate({
    namespace: ports.name,
    scope,
    soft: options.soft === true,
    act: 'invalidate',
    reason: parseReason(options.reason),
    origin: options.origin,
    isAwaited: parseWait(options.wait),
  })
  if (result.propagated || options.strict !== true) return result
  throw new CacheError(
    'CACHE_REPOSITORY_UNAVAILABLE',
    `Cannot invalidate in ${ports.name} everywhere: the invalidation log did not take the mark in time, and will get it later`,
  )
}

function parseWait(wait: unknown): boolean {
  if (wait === undefined || wait === 'all') return wait === 'all'
  throw new CacheError(
    'CACHE_OPTION_INVALID',
    `Cannot use wait: expected 'all', got ${describeValue(wait)}`,
  )
}

/**
 * The scope that a caller means.
 *
 * @throws CacheError CACHE_PATTERN_INVALID, CACHE_KEY_INVALID, CACHE_TAG_INVALID, or CACHE_OPTION_INVALID
 *   for an object that names no scope, or more than one
 */
export function parseInvalidationTarget(target: unknown, closureOf: ClosureOf): InvalidationScope {
  if (typeof target === 'string') return scopeOfPattern(target)
  const [name, value] = onlyScope(target)
  switch (name) {
    case 'key':
      return { kind: 'key', key: parseCacheKey(value) }
    case 'prefix':
      return { kind: 'prefix', prefix: parsePrefix(value) }
    case 'pattern':
      return scopeOfPattern(value)
    case 'regex':
      if (typeof value === 'string' && value !== '') return { kind: 'regex', regex: value }
      throw new CacheError(
        'CACHE_PATTERN_INVALID',
        `Cannot invalidate by regex: expected text, got ${typeof value}`,
      )
    case 'tag':
      return { kind: 'tag', tag: parseCacheTag(value) }
    case 'dependency': {
      const dependency = parseDependencyName(value)
      return { kind: 'dependency', dependency, closure: closureOf(dependency) }
    }
  }
}

function scopeOfPattern(value: unknown): InvalidationScope {
  const pattern = parseInvalidationPattern(value)
  if (pattern.kind === 'key') return { kind: 'key', key: parseCacheKey(pattern.source) }
  if (pattern.kind === 'prefix') return { kind: 'prefix', prefix: pattern.prefix }
  return { kind: 'pattern', pattern: pattern.source }
}

function onlyScope(target: unknown): readonly [(typeof SCOPE_NAMES)[number], unknown] {
  if (typeof target === 'object' && target !== null) {
    const given = Object.entries(target).filter(([, value]) => value !== undefined)
    const [first] = given
    const name = SCOPE_NAMES.find((known) => known === first?.[0])
    if (given.length === 1 && name !== undefined && first !== undefined) return [name, first[1]]
  }
  throw new CacheError(
    'CACHE_OPTION_INVALID',
    `Cannot invalidate: expected a pattern or an object with exactly one of ${SCOPE_NAMES.join(', ')}`,
  )
}

function parsePrefix(value: unknown): string {
  if (typeof value !== 'string') {
    throw new CacheError(
      'CACHE_PATTERN_INVALID',
      `Cannot invalidate by prefix: expected text, got ${typeof value}`,
    )
  }
  const fault = textFault(value, MAX_PATTERN_BYTES)
  if (fault === undefined || value === '') return value
  throw new CacheError('CACHE_PATTERN_INVALID', `Cannot invalidate by prefix: ${fault}`)
}

/** @throws CacheError CACHE_OPTION_INVALID */
export function parseReason(reason: unknown): string | undefined {
  if (reason === undefined) return undefined
  if (typeof reason === 'string' && reason.length <= 200) return reason
  throw new CacheError(
    'CACHE_OPTION_INVALID',
    'Cannot use reason: expected text of at most 200 characters',
  )
}
