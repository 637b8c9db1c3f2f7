import type { PlatformCache } from '../../../src/module.ts'

/** Everything that makes the key `a:1` of the namespace `n` wrong. */
export const MARKS: readonly (readonly [string, (cache: PlatformCache) => Promise<unknown>])[] = [
  ['set', (cache) => cache.namespace('n').set('a:1', 'new', { ttl: 0 })],
  ['delete', (cache) => cache.namespace('n').delete('a:1')],
  ['an invalidation of the key', (cache) => cache.namespace('n').invalidate('a:1')],
  ['a prefix', (cache) => cache.namespace('n').invalidate('a:*')],
  ['a pattern', (cache) => cache.namespace('n').invalidate('*:1')],
  ['a regex', (cache) => cache.namespace('n').invalidate({ regex: '^a:\\d$' })],
  ['a tag', (cache) => cache.namespace('n').invalidate({ tag: 't' })],
  ['a dependency', (cache) => cache.namespace('n').invalidate({ dependency: 'd' })],
  ['what a dependency depends on', (cache) => cache.invalidate({ dependency: 'root' })],
  ['a flush', (cache) => cache.namespace('n').flush()],
]

/** An entry that all of these hit, and one that only some do. */
export async function fill(cache: PlatformCache): Promise<void> {
  cache.dependencies.add('d', ['root'])
  await cache.namespace('n').set('a:1', 'old', { tags: ['t'], dependsOn: ['d'] })
  await cache.namespace('n').set('b:2', 'untouched')
}

/** What of these a cache holds, once it is ready. */
export async function restored(cache: PlatformCache): Promise<unknown[]> {
  const namespace = cache.namespace('n')
  await cache.ready()
  return [namespace.peek('a:1'), namespace.peek('b:2')]
}
