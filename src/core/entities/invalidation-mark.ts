import type { CacheKey } from '../value-objects/cache-key.ts'
import type { CacheTag, DependencyName } from '../value-objects/cache-tag.ts'

/** What one invalidation reaches. A key pattern is `glob` text or `regex` text, told apart by `kind`. */
export type InvalidationScope =
  | { readonly kind: 'key'; readonly key: CacheKey }
  | { readonly kind: 'prefix'; readonly prefix: string }
  | { readonly kind: 'pattern'; readonly pattern: string }
  | { readonly kind: 'regex'; readonly regex: string }
  | { readonly kind: 'tag'; readonly tag: CacheTag }
  | {
      readonly kind: 'dependency'
      readonly dependency: DependencyName
      readonly closure: readonly DependencyName[]
    }
  | { readonly kind: 'namespace' }

/**
 * One invalidation, as it stands in the log.
 *
 * Reaches the entries of `namespace`, except that a `dependency` scope reaches every namespace of the
 * cache. `soft` leaves the value for `staleIfError`.
 */
export interface InvalidationMark {
  readonly namespace: string
  readonly scope: InvalidationScope
  readonly soft: boolean
  /** Which call made it. A `set` marks its own key, so that no older value can follow it. */
  readonly act: 'invalidate' | 'set' | 'delete' | 'flush'
  /** Who made it: the node, and over HTTP the credential. */
  readonly origin: string
  /** Why, in the caller's words; `undefined` if not said. */
  readonly reason: string | undefined
  readonly atMs: number
}

/** The scope in one short line for logs, explain and lists, such as `tag org:7` or `prefix user:123:`. */
export function describeScope(scope: InvalidationScope): string {
  switch (scope.kind) {
    case 'key':
      return `key ${scope.key}`
    case 'prefix':
      return `prefix ${scope.prefix}`
    case 'pattern':
      return `pattern ${scope.pattern}`
    case 'regex':
      return `regex ${scope.regex}`
    case 'tag':
      return `tag ${scope.tag}`
    case 'dependency':
      return `dependency ${scope.dependency}`
    case 'namespace':
      return 'the whole namespace'
  }
}

/** True if the prefix ends with a whole segment (`user:123:`): then every key below it knows it as an ancestor. */
export function isAncestorPrefix(prefix: string): boolean {
  return prefix.endsWith(':')
}
