import { CacheError } from '../exceptions/cache-error.ts'
import { describeValue } from '../exceptions/describe-value.ts'
import { textFault } from './text-fault.ts'

declare const brand: unique symbol

/** A name that entries share, such as `org:7`: invalidating it reaches all of them. Case-sensitive. */
export type CacheTag = string & { readonly [brand]: 'CacheTag' }

/** Something values are made from, such as `team:9`; a dependency may itself depend on others. Same rules as tags. */
export type DependencyName = string & { readonly [brand]: 'DependencyName' }

/** Longest tag or dependency name, in bytes of UTF-8. */
export const MAX_TAG_BYTES = 128

/** Most tags of an entry, and most dependencies. Each costs memory beside the value and a look-up per check. */
export const MAX_TAGS = 64

/**
 * The text as a tag: 1 to 128 bytes of UTF-8, no control characters, no white space at the ends, no
 * lone surrogates.
 *
 * @throws CacheError CACHE_TAG_INVALID
 */
export function parseCacheTag(value: unknown): CacheTag {
  assertName(value, 'tag')
  return value as CacheTag
}

/**
 * The tags of an entry, in the given order, each once, at most 64; the list is frozen.
 *
 * @param option how the caller's option is called, for the message
 * @throws CacheError CACHE_TAG_INVALID
 */
export function parseCacheTags(values: unknown, option: string): readonly CacheTag[] {
  return parseNames(values, option, parseCacheTag)
}

/**
 * The text as the name of a dependency; the rules are those of tags.
 *
 * @throws CacheError CACHE_TAG_INVALID
 */
export function parseDependencyName(value: unknown): DependencyName {
  assertName(value, 'dependency')
  return value as DependencyName
}

/**
 * The dependencies of an entry, in the given order, each once, at most 64; the list is frozen.
 *
 * @param option how the caller's option is called, for the message
 * @throws CacheError CACHE_TAG_INVALID
 */
export function parseDependencyNames(values: unknown, option: string): readonly DependencyName[] {
  return parseNames(values, option, parseDependencyName)
}

function assertName(value: unknown, kind: string): asserts value is string {
  const fault =
    typeof value === 'string'
      ? textFault(value, MAX_TAG_BYTES)
      : `expected a string, got ${describeValue(value)}`
  if (fault === undefined) return
  throw new CacheError('CACHE_TAG_INVALID', `Cannot use ${kind} ${describeValue(value)}: ${fault}`)
}

function parseNames<T>(
  values: unknown,
  option: string,
  parse: (value: unknown) => T,
): readonly T[] {
  if (!Array.isArray(values)) {
    throw new CacheError(
      'CACHE_TAG_INVALID',
      `Cannot use ${option}: expected an array of strings, got ${describeValue(values)}`,
    )
  }
  const names = new Set<T>()
  for (const value of values) {
    names.add(parse(value))
    if (names.size > MAX_TAGS) {
      throw new CacheError(
        'CACHE_TAG_INVALID',
        `Cannot use ${option}: expected at most ${MAX_TAGS} different names, got more`,
      )
    }
  }
  return Object.freeze([...names])
}
