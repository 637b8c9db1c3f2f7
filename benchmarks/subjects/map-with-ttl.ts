import { type Item, type Subject, TTL_MS } from './subject.ts'

interface Held {
  readonly item: Item
  readonly expiresAtMs: number
}

/** The least that an awaited cache can be: a Map that grows without end, and a look at the clock. */
export async function mapWithTtl(_entries: number, load: () => Promise<Item>): Promise<Subject> {
  const map = new Map<string, Held>()
  const hold = (key: string, item: Item): void => {
    map.set(key, { item, expiresAtMs: Date.now() + TTL_MS })
  }
  return {
    fill: async (keys, items) => {
      for (const [at, key] of keys.entries()) hold(key, items[at] ?? { id: at })
    },
    get: async (key) => {
      const held = map.get(key)
      return held !== undefined && Date.now() < held.expiresAtMs ? held.item : undefined
    },
    getOrSet: async (key) => {
      const held = map.get(key)
      if (held !== undefined && Date.now() < held.expiresAtMs) return held.item
      const item = await load()
      hold(key, item)
      return item
    },
  }
}
