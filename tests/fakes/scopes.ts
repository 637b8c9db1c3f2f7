import type { InvalidationTarget } from '../../src/application/commands/invalidate-pattern.ts'
import type { EntryOptions } from '../../src/core/value-objects/entry-policy.ts'
import type { PlatformCache } from '../../src/module.ts'

/** The key that every scope here reaches. */
export const REACHED = 'user:1:profile'
/** A key that only `flush` reaches. */
export const SPARED = 'order:1'

/** What makes the entry of `REACHED` a member of every scope here. */
export const MEMBER: EntryOptions = { tags: ['org:7'], dependsOn: ['team:9'] }

/** How to invalidate `REACHED`, by each scope there is. */
export const TARGETS: readonly (readonly [string, InvalidationTarget])[] = [
  ['a key as text', REACHED],
  ['a key', { key: REACHED }],
  ['a prefix pattern', 'user:1:*'],
  ['a prefix', { prefix: 'user:1:' }],
  ['a prefix inside a segment', { prefix: 'user:1:pro' }],
  ['a pattern', 'user:*:profile'],
  ['a deep pattern', { pattern: '**:profile' }],
  ['a regex', { regex: '^user:\\d+:profile$' }],
  ['a tag', { tag: 'org:7' }],
  ['a dependency', { dependency: 'team:9' }],
  ['a dependency of a dependency, in a circle', { dependency: 'country:1' }],
]

/** Says what `team:9` is made from: region and country, which depend on each other. */
export function addDependencies(cache: PlatformCache): void {
  cache.dependencies.add('team:9', ['region:2'])
  cache.dependencies.add('region:2', ['country:1'])
  cache.dependencies.add('country:1', ['region:2'])
}
