/** The process of one subject: `tsx subject-main.ts <name>`, spoken to by `SubjectProcess`. */
import type { Item, Subject } from './subject.ts'
import { type SubjectName, subjectFactories } from './subject-factories.ts'
import type { HitMethod, SubjectAnswer, SubjectRequest } from './subject-process.ts'

/** A load takes as long as a quick query over a network. */
const LOAD_MS = 5

const name = process.argv[2] as SubjectName // Given by SubjectProcess.
let subject: Subject | undefined
let keys: readonly string[] = []
let nextRead = 0
let loads = 0
let bursts = 0

// What fails here ends the process, which the parent takes as the answer.
process.on('message', (request: SubjectRequest) => {
  void answer(request).then((done) => process.send?.(done))
})
process.on('disconnect', () => process.exit())

async function answer(request: SubjectRequest): Promise<SubjectAnswer> {
  switch (request.kind) {
    case 'fill':
      return { cpuNs: await costOf(() => fill(request.entries)), loads: 0 }
    case 'hits':
      return { cpuNs: await readHits(request.method, request.count), loads: 0 }
    case 'burst': {
      const loadsBefore = loads
      const cpuNs = await costOf(() => burst(request.callers))
      return { cpuNs, loads: loads - loadsBefore }
    }
  }
}

/** Processor time of all threads of this process: a collector that runs beside the program costs too. */
async function costOf(work: () => unknown): Promise<number> {
  const before = process.cpuUsage()
  await work()
  const { user, system } = process.cpuUsage(before)
  return (user + system) * 1000
}

async function fill(entries: number): Promise<void> {
  subject = await subjectFactories[name](entries, load)
  const inOrder = Array.from({ length: entries }, (_, id) => flat(`user:${id}:profile`))
  await subject.fill(
    inOrder,
    inOrder.map((_, id) => ({ id })),
  )
  keys = shuffled(inOrder)
}

function load(): Promise<Item> {
  loads += 1
  return new Promise((resolve) => setTimeout(() => resolve({ id: 0 }), LOAD_MS))
}

/**
 * Reads keys that are all there. What was read is added up and compared, so that no read can be
 * optimized away, and no miss can pass for a hit.
 */
async function readHits(method: HitMethod, count: number): Promise<number> {
  const batch = Array.from({ length: count }, (_, at) => keys[(nextRead + at) % keys.length] ?? '')
  nextRead += count
  let sum = 0
  const read = subject?.[method]
  if (read === undefined) throw new Error(`Cannot measure ${name}: it has no ${method}`)
  const cpuNs = await costOf(async () => {
    if (method === 'peek') sum = peekAll(read as NonNullable<Subject['peek']>, batch)
    else sum = await readAll(read as NonNullable<Subject['get']>, batch)
  })
  const expected = batch.reduce((total, key) => total + Number(key.split(':')[1]), 0)
  if (sum === expected) return cpuNs
  throw new Error(`Cannot measure ${name}: expected hits with a sum of ${expected}, got ${sum}`)
}

function peekAll(peek: NonNullable<Subject['peek']>, batch: readonly string[]): number {
  let sum = 0
  for (const key of batch) sum += peek(key)?.id ?? Number.NaN
  return sum
}

async function readAll(
  read: NonNullable<Subject['get']>,
  batch: readonly string[],
): Promise<number> {
  let sum = 0
  for (const key of batch) sum += (await read(key))?.id ?? Number.NaN
  return sum
}

/** Many ask for one key that isn't there, before any of them has an answer. */
async function burst(callers: number): Promise<void> {
  bursts += 1
  const key = `cold:${bursts}`
  const read = subject?.getOrSet
  if (read === undefined) throw new Error(`Cannot measure ${name}: it has no getOrSet`)
  await Promise.all(Array.from({ length: callers }, () => read(key)))
}

/** One run of bytes, as a key from a request is, not the tree that concatenation leaves behind. */
function flat(text: string): string {
  return Buffer.from(text, 'latin1').toString('latin1')
}

/** The same in an order that is random and always the same, so that reads jump over the whole heap. */
function shuffled<T>(values: readonly T[]): T[] {
  const result = [...values]
  let state = 0x9e3779b9
  for (let at = result.length - 1; at > 0; at -= 1) {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0
    const other = Math.floor((state / 2 ** 32) * (at + 1))
    const value = result[at] as T // Both are below the length.
    result[at] = result[other] as T // As above.
    result[other] = value
  }
  return result
}
