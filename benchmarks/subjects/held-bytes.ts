import { setImmediate } from 'node:timers/promises'
import type { Item, Subject, SubjectFactory } from './subject.ts'
import type { HeldValues } from './subject-process.ts'

/** Bytes of each key, and of each value that is a buffer. */
export const KEY_BYTES = 16
export const VALUE_BYTES = 1024
const CHUNK = 1000
/** Enough for the engine to have compiled what it will. */
const WARM_UP_ENTRIES = 20_000
const COLLECTIONS = 5

/** Makes and fills a cache, and says by how many bytes the heap and the memory outside it have grown for good. */
export async function heldBytes(
  make: SubjectFactory,
  { entries, values }: { readonly entries: number; readonly values: HeldValues },
): Promise<number> {
  // The code, which is compiled again as it runs often, and what is made once for all caches, is no cost of an entry.
  await fillWith((await make(WARM_UP_ENTRIES, noLoad)).fill, WARM_UP_ENTRIES, values)
  const before = await settledBytes()
  const { fill, peek, get } = await make(entries, noLoad)
  await fillWith(fill, entries, values)
  const after = await settledBytes()
  for (const id of [0, entries - 1]) {
    const value = peek === undefined ? await get?.(keyOf(id)) : peek(keyOf(id))
    if (value === undefined) throw new Error('Cannot measure: what was stored is not there')
  }
  return after - before
}

function noLoad(): Promise<Item> {
  return Promise.reject(new Error('Cannot measure: nothing was to be loaded'))
}

async function fillWith(fill: Subject['fill'], entries: number, values: HeldValues): Promise<void> {
  for (let from = 0; from < entries; from += CHUNK) {
    await store(fill, Math.min(CHUNK, entries - from), values, from)
  }
}

async function store(
  fill: Subject['fill'],
  count: number,
  values: HeldValues,
  from: number,
): Promise<void> {
  const ids = Array.from({ length: count }, (_, at) => from + at)
  const held: readonly unknown[] =
    values === 'numbers' ? ids : ids.map((id) => Buffer.alloc(VALUE_BYTES, id & 0xff))
  await fill(ids.map(keyOf), held as readonly Item[]) // No cache here looks into its values.
}

/** Made of bytes, since numbers turned into text stay in a table of the engine's own. */
function keyOf(id: number): string {
  const bytes = Buffer.alloc(KEY_BYTES, 'k')
  let rest = id
  for (let at = KEY_BYTES - 1; rest > 0; at -= 1) {
    bytes[at] = 0x30 + (rest % 10)
    rest = Math.floor(rest / 10)
  }
  return bytes.toString('latin1')
}

async function settledBytes(): Promise<number> {
  const collect = globalThis.gc
  if (collect === undefined) throw new Error('Cannot measure: node was started without --expose-gc')
  for (let round = 0; round < COLLECTIONS; round += 1) {
    collect()
    await setImmediate()
  }
  const { heapUsed, external } = process.memoryUsage()
  return heapUsed + external
}
