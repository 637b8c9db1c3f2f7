/** The process of one subject: `tsx subject-main.ts <name>`, spoken to by `SubjectProcess`. */
import type { Item, Subject } from './subject.ts'
import { type SubjectName, subjectFactories } from './subject-factories.ts'
import type { HitMethod, SubjectAnswer, SubjectRequest } from './subject-process.ts'

/** A load takes as long as a quick query over a network. */
const LOAD_MS = 5

const name = process.argv[2] as SubjectName // Given by SubjectProcess.
let subject: Subject | undefined
/** In the order in which they are read, over and over. */
let keys: readonly string[] = []
/** The numbers in the keys, in the same order. */
let ids: readonly number[] = []
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
  ids = shuffledNumbers(entries)
  keys = ids.map((id) => inOrder[id] ?? '')
}

function load(): Promise<Item> {
  loads += 1
  return new Promise((resolve) => setTimeout(() => resolve({ id: 0 }), LOAD_MS))
}

/**
 * Reads keys that are all there. What was read is added up and compared, so that no read can be
 * optimized away, and no miss can pass for a hit. It makes no garbage itself: the caches would pay for
 * the collection, and those with more entries in the heap more.
 */
async function readHits(method: HitMethod, count: number): Promise<number> {
  const read = subject?.[method]
  if (read === undefined) throw new Error(`Cannot measure ${name}: it has no ${method}`)
  const from = nextRead
  nextRead = (from + count) % keys.length
  let sum = 0
  const cpuNs = await costOf(async () => {
    if (method === 'peek') sum = peekAll(read as NonNullable<Subject['peek']>, keys, from, count)
    else sum = await readAll(read as NonNullable<Subject['get']>, keys, from, count)
  })
  let expected = 0
  for (let at = 0; at < count; at += 1) expected += ids[(from + at) % ids.length] ?? Number.NaN
  if (sum === expected) return cpuNs
  throw new Error(`Cannot measure ${name}: expected hits with a sum of ${expected}, got ${sum}`)
}

// These loops read no variable of the module: that alone costs 20 ns a round, two thirds of a hit.

function peekAll(
  peek: NonNullable<Subject['peek']>,
  inOrder: readonly string[],
  from: number,
  count: number,
): number {
  let sum = 0
  let next = from
  for (let left = count; left > 0; left -= 1) {
    sum += peek(inOrder[next] ?? '')?.id ?? Number.NaN
    next = next + 1 === inOrder.length ? 0 : next + 1
  }
  return sum
}

async function readAll(
  read: NonNullable<Subject['get']>,
  inOrder: readonly string[],
  from: number,
  count: number,
): Promise<number> {
  let sum = 0
  let next = from
  for (let left = count; left > 0; left -= 1) {
    sum += (await read(inOrder[next] ?? ''))?.id ?? Number.NaN
    next = next + 1 === inOrder.length ? 0 : next + 1
  }
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

/** All numbers below `count`, in an order that is random and always the same, so that reads jump over the whole heap. */
function shuffledNumbers(count: number): number[] {
  const result = Array.from({ length: count }, (_, id) => id)
  let state = 0x9e3779b9
  for (let at = count - 1; at > 0; at -= 1) {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0
    const other = Math.floor((state / 2 ** 32) * (at + 1))
    const id = result[at] ?? 0
    result[at] = result[other] ?? 0
    result[other] = id
  }
  return result
}
