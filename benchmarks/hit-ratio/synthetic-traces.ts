import type { Trace } from './play-trace.ts'

/** A stream that is made for a cache of so many entries. */
export interface SyntheticTrace {
  readonly name: string
  create(entries: number): Trace
}

const REQUESTS = 300_000

/** Numbers from 0 below 1, the same each time. Source: Marsaglia, "Xorshift RNGs". */
function randomOf(seed: number): () => number {
  let state = seed
  return () => {
    state ^= state << 13
    state ^= state >>> 17
    state ^= state << 5
    return (state >>> 0) / 2 ** 32
  }
}

/** Ranks from 0, whose frequency falls with the rank to this power. */
function zipf(keys: number, power: number, random: () => number): () => number {
  const sums = new Float64Array(keys)
  let sum = 0
  for (let rank = 0; rank < keys; rank += 1) {
    sum += (rank + 1) ** -power
    sums[rank] = sum
  }
  return () => {
    const wanted = random() * sum
    let low = 0
    let high = keys - 1
    while (low < high) {
      const middle = (low + high) >> 1
      if ((sums[middle] ?? 0) < wanted) low = middle + 1
      else high = middle
    }
    return low
  }
}

/** Numbers the keys by first appearance. */
function stream(requests: number, keyAt: (request: number) => number): Trace {
  const numbers = new Map<number, number>()
  return Int32Array.from({ length: requests }, (_, request) => {
    const key = keyAt(request)
    const number = numbers.get(key) ?? numbers.size
    numbers.set(key, number)
    return number
  })
}

/** Keys that are popular for a while: each step, the popularity moves on by one key. */
function drift(keys: number, power: number, requestsPerStep: number): Trace {
  const rank = zipf(keys, power, randomOf(8))
  return stream(REQUESTS, (request) => rank() + Math.floor(request / requestsPerStep))
}

/** A hot set, and a scan through keys that never come again. */
function hotSetAndScan(entries: number, scanShare: number): Trace {
  const random = randomOf(10)
  const rank = zipf(entries * 2, 0.8, random)
  return stream(REQUESTS, (request) => (random() < scanShare ? 1e9 + request : rank()))
}

/** A hot set, and scans in bursts. */
function hotSetAndBursts(entries: number): Trace {
  const rank = zipf(entries * 3, 0.9, randomOf(11))
  return stream(REQUESTS, (request) => (request % 20_000 < 6000 ? 1e9 + request : rank()))
}

/** The same keys in the same order. */
function loop(entries: number, ratio: number): Trace {
  const keys = Math.round(entries * ratio)
  return stream(REQUESTS, (request) => request % keys)
}

function loopAndHotSet(entries: number): Trace {
  const random = randomOf(12)
  const rank = zipf(entries, 0.7, random)
  let at = 0
  return stream(REQUESTS, () => {
    if (random() < 0.4) return rank()
    at = (at + 1) % (entries * 2)
    return 1e9 + at
  })
}

/** A hot set of half the cache, and keys that are read twice, that part of the cache's entries apart. */
function pairs(entries: number, distance: number): Trace {
  const random = randomOf(16)
  const rank = zipf(Math.floor(entries / 2), 0.5, random)
  const lag = Math.floor(entries * distance)
  const due: number[] = []
  let next = 1e9
  return stream(REQUESTS, (request) => {
    const again = due[request]
    if (again !== undefined) return again
    if (random() < 0.4) return rank()
    next += 1
    due[request + lag] = next
    return next
  })
}

/** Zipf, then a loop, then keys that are read again soon; and once more. */
function phases(entries: number): Trace {
  const random = randomOf(13)
  const rank = zipf(entries * 4, 0.9, random)
  return stream(REQUESTS, (request) => {
    const phase = Math.floor(request / (REQUESTS / 6)) % 3
    if (phase === 0) return rank()
    if (phase === 1) return 1e9 + (request % (entries * 2))
    return 2e9 + (request >> 1) - ((request & 1) === 0 ? 0 : Math.floor(random() * entries * 0.5))
  })
}

/** Six hot sets, each of which nobody asks for again after its time. */
function flips(entries: number): Trace {
  const rank = zipf(entries * 3, 0.9, randomOf(14))
  return stream(REQUESTS, (request) => rank() + 1e6 * Math.floor(request / (REQUESTS / 6)))
}

/** Kinds of traffic that the traces have not; which of them a cache sees, nobody knows before. */
export const syntheticTraces: readonly SyntheticTrace[] = [
  {
    name: 'zipf 0.9',
    create: (entries) => {
      const rank = zipf(entries * 12, 0.9, randomOf(7))
      return stream(REQUESTS, () => rank())
    },
  },
  { name: 'zipf 1, slow drift', create: (entries) => drift(entries * 5, 1, 20) },
  { name: 'zipf 0.8, fast drift', create: (entries) => drift(entries * 2, 0.8, 3) },
  { name: 'hot set + scan', create: (entries) => hotSetAndScan(entries, 0.5) },
  { name: 'hot set + bursts', create: hotSetAndBursts },
  { name: 'loop of 1.1', create: (entries) => loop(entries, 1.1) },
  { name: 'loop of 1.5', create: (entries) => loop(entries, 1.5) },
  { name: 'loop of 3', create: (entries) => loop(entries, 3) },
  { name: 'loop of 2 + hot set', create: loopAndHotSet },
  { name: 'hot set + pairs at 10 %', create: (entries) => pairs(entries, 0.1) },
  { name: 'hot set + pairs at 25 %', create: (entries) => pairs(entries, 0.25) },
  { name: 'hot set + pairs at 50 %', create: (entries) => pairs(entries, 0.5) },
  { name: 'phases', create: phases },
  { name: 'flips', create: flips },
]

export const SYNTHETIC_ENTRIES: readonly number[] = [200, 1000, 8192]
