import { type OrderCase, OrderStage, type StageItem, type StageSpace } from './order-stage.ts'

/** One request: the key's hash, and what the entry is like if it has to be loaded. */
export type StreamRequest = Partial<StageItem> & { readonly hash: number }

/** A stage with a thousand times one byte of room, unless it says otherwise. */
export function stageOf(each: OrderCase, space: Partial<StageSpace> = {}): OrderStage {
  return new OrderStage(each, { isByBytes: true, capacity: 1000, weights: [1, 2, 4], ...space })
}

/** An entry of priority low, one byte and no end, unless it says otherwise. */
export function entryOf(overrides: StreamRequest): Omit<StageItem, 'slot'> {
  return { rank: 0, charge: 1, deadline: 0x7fff_ffff, ...overrides }
}

/** Who holds the key; no two with one hash are asked for by hash. */
export function findByHash(stage: OrderStage, hash: number): StageItem | undefined {
  return stage.items.find((item) => item.hash === hash)
}

/**
 * Reads a stream of keys through the order, as a cache would: a hit is a use, a miss an entry that comes
 * in and pushes others out. Keys are told apart by their hashes.
 *
 * @returns how many requests were hits
 */
export function playStream(stage: OrderStage, requests: Iterable<StreamRequest>): number {
  const held = new Map(stage.items.map((item) => [item.hash, item]))
  let hits = 0
  for (const request of requests) {
    const item = held.get(request.hash)
    if (item !== undefined && stage.has(item)) {
      hits += 1
      stage.use(item)
      continue
    }
    const added = stage.add(entryOf(request))
    held.set(request.hash, added)
    stage.fit(added)
  }
  return hits
}

/** So many keys, one after the other, from a first one on. */
export function scan(keys: number, first = 0): StreamRequest[] {
  return Array.from({ length: keys }, (_, key) => ({ hash: first + key }))
}

/** The same keys over and over. */
export function loop(keys: number, rounds: number): StreamRequest[] {
  return Array.from({ length: rounds }, () => scan(keys)).flat()
}
