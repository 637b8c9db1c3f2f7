/** What an entry takes in memory besides its key and its value. */
import { type Report, short, type Target } from './measure/report.ts'
import { KEY_BYTES, VALUE_BYTES } from './subjects/held-bytes.ts'
import { whyNoBuffer } from './subjects/platform-cache.ts'
import type { SubjectName } from './subjects/subject-factories.ts'
import { type HeldValues, SubjectProcess } from './subjects/subject-process.ts'

const ENTRIES = 500_000
const MOST_BUFFER_BYTES = 51
const OURS: SubjectName = 'platform-cache'
const BUFFER: SubjectName = 'platform-cache, buffer'
const LRU_CACHES: readonly SubjectName[] = [
  'lru-cache, ttl + max + maxSize',
  'lru-cache, ttl + maxSize',
]
const CASES: readonly (readonly [SubjectName, HeldValues])[] = [
  [BUFFER, 'buffers'],
  ['lru-cache, ttl + max + maxSize', 'buffers'],
  [OURS, 'numbers'],
  ['lru-cache, ttl + max + maxSize', 'numbers'],
  ['lru-cache, ttl + maxSize', 'numbers'],
  ['lru-cache', 'numbers'],
  ['mnemonist LRUMap', 'numbers'],
  ['sieve-cache', 'numbers'],
  ['quick-lru', 'numbers'],
  ['Map with a TTL', 'numbers'],
]

interface Held {
  readonly subject: SubjectName
  readonly values: HeldValues
  /** Bytes for each entry, besides those of its key and its value. */
  readonly beyond: number
}

export async function memoryBytes(): Promise<Report> {
  const refusal = whyNoBuffer()
  const held: Held[] = []
  for (const [subject, values] of CASES) {
    if (subject === BUFFER && refusal !== undefined) continue
    held.push({ subject, values, beyond: await beyondOf(subject, values) })
  }
  return {
    title: 'Memory of an entry',
    method:
      `Growth of heapUsed + external by ${ENTRIES} entries, after repeated collections, less ${KEY_BYTES} bytes for each key ` +
      `and ${VALUE_BYTES} for each value that is a Buffer; the other values are small integers, which take up nothing ` +
      'but the place that refers to them. One process for each.',
    columns: ['cache', 'values', 'bytes beyond key and value'],
    rows: held.map(({ subject, values, beyond }) => [subject, values, short(beyond)]),
    targets: [bufferTarget(held, refusal), referenceTarget(held)],
  }
}

async function beyondOf(subject: SubjectName, values: HeldValues): Promise<number> {
  const process = new SubjectProcess(subject)
  try {
    const { heldBytes } = await process.ask({ kind: 'hold', entries: ENTRIES, values })
    return heldBytes / ENTRIES - KEY_BYTES - (values === 'buffers' ? VALUE_BYTES : 0)
  } finally {
    await process.end()
  }
}

function bufferTarget(held: readonly Held[], refusal: string | undefined): Target {
  const target = {
    what: `bytes beyond key and value of an entry of ${VALUE_BYTES} bytes, values as bytes outside the heap`,
    measured: held.find(({ subject }) => subject === BUFFER)?.beyond ?? Number.NaN,
    bound: 'at most',
    limit: MOST_BUFFER_BYTES,
  } as const
  return refusal === undefined ? target : { ...target, unmeasured: refusal }
}

/** Below whichever of its settings is the leaner. */
function referenceTarget(held: readonly Held[]): Target {
  const byNumbers = held.filter(({ values }) => values === 'numbers')
  const theirs = byNumbers.filter(({ subject }) => LRU_CACHES.includes(subject))
  return {
    what: 'bytes beyond the key of an entry that is kept by reference, against lru-cache with maxSize and ttl',
    measured: byNumbers.find(({ subject }) => subject === OURS)?.beyond ?? Number.NaN,
    bound: 'below',
    limit: Math.min(...theirs.map(({ beyond }) => beyond)),
  }
}
