/** The process of one subject: `tsx subject-main.ts <name>`, spoken to by `SubjectProcess`. */
import { itemKey, shuffledNumbers } from '../measure/item-keys.ts'
import { costOf } from './cost-of.ts'
import type { FilledSubject } from './filled-subject.ts'
import { heldBytes } from './held-bytes.ts'
import { readHits } from './read-hits.ts'
import { ReadThrough } from './read-through.ts'
import type { Item, Subject } from './subject.ts'
import { type SubjectName, subjectFactories } from './subject-factories.ts'
import type { SubjectAnswer, SubjectRequest } from './subject-process.ts'
import { writeItems } from './write-items.ts'

/** A load takes as long as a quick query over a network. */
const LOAD_MS = 5
/** So many keys are made at a time where nobody keeps them. */
const CHUNK = 10_000
const NOTHING: SubjectAnswer = { cpuNs: 0, loads: 0, buildNs: 0, hits: 0, heldBytes: 0 }

const name = process.argv[2] as SubjectName // Given by SubjectProcess.
let filled: FilledSubject | undefined
let readThrough: ReadThrough | undefined
let loads = 0
let bursts = 0

// What fails here ends the process, which the parent takes as the answer.
process.on('message', (request: SubjectRequest) => {
  void answer(request).then((done) => process.send?.({ ...NOTHING, ...done }))
})
process.on('disconnect', () => process.exit())

async function answer(request: SubjectRequest): Promise<Partial<SubjectAnswer>> {
  switch (request.kind) {
    case 'fill':
      return { cpuNs: await costOf(() => fill(request.entries, request.keys ?? 'kept')) }
    case 'open':
      readThrough = new ReadThrough(await makeSubject(request.entries), request.universe)
      return NOTHING
    case 'hold':
      return { heldBytes: await heldBytes(subjectFactories[name], request) }
    case 'hits':
      return readHits(needed(filled), request)
    case 'sets':
      return writeItems(needed(filled), request)
    case 'read-through':
      return needed(readThrough).run(request.count)
    case 'burst': {
      const loadsBefore = loads
      const cpuNs = await costOf(() => burst(request.callers))
      return { cpuNs, loads: loads - loadsBefore }
    }
  }
}

function needed<T>(prepared: T | undefined): T {
  if (prepared === undefined) throw new Error(`Cannot measure ${name}: it was not filled or opened`)
  return prepared
}

function makeSubject(entries: number): Promise<Subject> {
  return subjectFactories[name](entries, load)
}

async function fill(entries: number, keep: 'kept' | 'dropped'): Promise<void> {
  const subject = await makeSubject(entries)
  const inOrder: string[] = []
  for (let from = 0; from < entries; from += CHUNK) {
    const length = Math.min(CHUNK, entries - from)
    const keys = Array.from({ length }, (_, at) => itemKey(from + at))
    await subject.fill(
      keys,
      keys.map((_, at) => ({ id: from + at })),
    )
    if (keep === 'kept') inOrder.push(...keys)
  }
  const ids = keep === 'kept' ? shuffledNumbers(entries) : []
  const keys = ids.map((id) => inOrder[id] ?? '')
  filled = { name, subject, entries, keys, ids, nextRead: 0, nextId: entries }
}

function load(): Promise<Item> {
  loads += 1
  return new Promise((resolve) => setTimeout(() => resolve({ id: 0 }), LOAD_MS))
}

/** Many ask for one key that isn't there, before any of them has an answer. */
async function burst(callers: number): Promise<void> {
  bursts += 1
  const key = `cold:${bursts}`
  const read = needed(filled).subject.getOrSet
  if (read === undefined) throw new Error(`Cannot measure ${name}: it has no getOrSet`)
  await Promise.all(Array.from({ length: callers }, () => read(key)))
}
