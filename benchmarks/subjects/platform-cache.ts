import { setTimeout as sleep } from 'node:timers/promises'
import { type CacheOptions, createCache } from 'platform-cache'
import type { Item, Subject } from './subject.ts'

/** Bytes enough for whatever is measured: the number of entries is the limit. */
const PLENTY = '12gb'

/** Platform Cache through its public surface, as built, statistics on as always. */
export async function platformCache(entries: number, load: () => Promise<Item>): Promise<Subject> {
  return subjectOf({ memory: { maxEntries: entries, maxBytes: PLENTY } }, load)
}

/** The same, with the values as bytes outside the heap. */
export async function platformCacheBuffer(
  entries: number,
  load: () => Promise<Item>,
): Promise<Subject> {
  return subjectOf(bufferOptions(entries), load)
}

/** Why the build under measurement refuses to keep values as bytes outside the heap; `undefined` if it does. */
export function whyNoBuffer(): string | undefined {
  try {
    void createCache(bufferOptions(1)).close()
    return undefined
  } catch (error) {
    return error instanceof Error ? error.message : String(error)
  }
}

function bufferOptions(entries: number): CacheOptions {
  const memory = { maxEntries: entries, maxBytes: PLENTY, storage: 'buffer' as const }
  return { memory }
}

function subjectOf(options: CacheOptions, load: () => Promise<Item>): Subject {
  const items = createCache(options).namespace<Item>('items')
  return {
    fill: async (keys, values) => {
      for (const [at, key] of keys.entries()) await items.set(key, values[at] ?? { id: at })
    },
    peek: (key) => items.peek(key),
    set: (key, item) => items.set(key, item),
    get: (key) => items.get(key),
    getOrSet: (key) => items.getOrSet(key, load),
  }
}

/** The server that `platformCacheHybrid` uses; set by the benchmark for the processes that it starts. */
export const REDIS_URL = 'BENCH_REDIS_URL'
const SETS_AT_ONCE = 100
const RETRY_MS = 20

/** Platform Cache over Redis, with memory for all entries. */
export async function platformCacheHybrid(
  entries: number,
  load: () => Promise<Item>,
): Promise<Subject> {
  const url = process.env[REDIS_URL]
  if (url === undefined) throw new Error(`Cannot measure: ${REDIS_URL} is not set`)
  const memory = { maxEntries: entries, maxBytes: PLENTY }
  const items = createCache({ redis: { url }, memory }).namespace<Item>('items')
  const store = async (key: string, item: Item): Promise<void> => {
    while (!(await items.set(key, item)) || items.peek(key) === undefined) await sleep(RETRY_MS)
  }
  return {
    fill: async (keys, values) => {
      for (let from = 0; from < keys.length; from += SETS_AT_ONCE) {
        const some = keys.slice(from, from + SETS_AT_ONCE)
        await Promise.all(some.map((key, at) => store(key, values[from + at] ?? { id: from + at })))
      }
    },
    peek: (key) => items.peek(key),
    get: (key) => items.get(key),
    getOrSet: (key) => items.getOrSet(key, load),
  }
}
