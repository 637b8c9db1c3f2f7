import { setTimeout as sleep } from 'node:timers/promises'
import { type CacheOptions, createCache, type NamespaceCache } from 'platform-cache'

const RETRY_MS = 20
const AT_ONCE = 200

/** A cache on one node of several. */
export interface Node {
  readonly items: NamespaceCache<number>
  close(): Promise<void>
}

/** Nodes that share a cache, in this process, each connected. */
export async function openNodes(
  url: string,
  count: number,
  memory: CacheOptions['memory'] = {},
): Promise<readonly Node[]> {
  const caches = Array.from({ length: count }, () => createCache({ redis: { url }, memory }))
  const nodes = caches.map((cache) => ({
    items: cache.namespace<number>('items'),
    close: () => cache.close(),
  }))
  for (const { items } of nodes) {
    while (!(await items.set('first', 1))) await sleep(RETRY_MS)
  }
  return nodes
}

/** Stores a number under each key, by the first node, and lets `nodes` hold them. */
export async function fillNodes(
  [first, ...others]: readonly Node[],
  keys: readonly string[],
  tags: readonly string[],
): Promise<void> {
  for (let from = 0; from < keys.length; from += AT_ONCE) {
    const some = keys.slice(from, from + AT_ONCE)
    await Promise.all(
      some.map(async (key) => {
        while (first !== undefined && !(await first.items.set(key, 1, { tags })))
          await sleep(RETRY_MS)
      }),
    )
    for (const { items } of others) await items.getMany(some)
  }
}

/** Turns of the event loop until no node answers any of the keys from memory; in milliseconds since `startedAtMs`. */
export async function msUntilGone(
  nodes: readonly Node[],
  keys: readonly string[],
  startedAtMs: number,
): Promise<number> {
  for (const { items } of nodes) {
    for (const key of keys) {
      while (items.peek(key) !== undefined) await new Promise((resolve) => setImmediate(resolve))
    }
  }
  return performance.now() - startedAtMs
}
