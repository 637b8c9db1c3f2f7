/**
 * Reads keys that are all there. What was read is added up and compared, so that no read can be
 * optimized away, and no miss can pass for a hit. The loops make no garbage themselves but for keys that
 * are built, since the caches would pay for the collection, and those with more entries in the heap more.
 */
import { itemKey } from '../measure/item-keys.ts'
import { Zipf } from '../measure/zipf.ts'
import { collectYoung } from './collect-young.ts'
import { costOf } from './cost-of.ts'
import type { FilledSubject } from './filled-subject.ts'
import type { Subject } from './subject.ts'
import type { HitWork, SubjectAnswer } from './subject-process.ts'

const ZIPF_EXPONENT = 0.9
const NONE: readonly string[] = []
let zipf: Zipf | undefined

export async function readHits(
  filled: FilledSubject,
  work: HitWork & { readonly count: number },
): Promise<Partial<SubjectAnswer>> {
  const { count, method } = work
  const read = filled.subject[method]
  if (read === undefined) throw new Error(`Cannot measure ${filled.name}: it has no ${method}`)
  const { ids, keys, from } = draw(filled, work)
  let sum = 0
  let buildNs = 0
  let cpuNs = await costOf(async () => {
    const peek = read as NonNullable<Subject['peek']> // The method says which it is.
    if (work.keys === 'built') sum = peekBuilt(peek, ids, from, count)
    else if (method === 'peek') sum = peekAll(peek, keys, from, count)
    else sum = await readAll(read as NonNullable<Subject['get']>, keys, from, count) // As above.
  })
  if (work.keys === 'built') {
    buildNs = await costOf(() => buildAll(ids, from, count))
    cpuNs -= buildNs
  }
  let expected = 0
  for (let at = 0; at < count; at += 1) expected += ids[(from + at) % ids.length] ?? Number.NaN
  if (sum === expected) return { cpuNs, buildNs, hits: count }
  throw new Error(
    `Cannot measure ${filled.name}: expected hits with a sum of ${expected}, got ${sum}`,
  )
}

/** What to read, from where on. */
function draw(
  filled: FilledSubject,
  { count, keys, spread }: HitWork & { readonly count: number },
): { ids: readonly number[]; keys: readonly string[]; from: number } {
  if (keys === 'decoded') {
    zipf ??= new Zipf(filled.entries, ZIPF_EXPONENT)
    const source = zipf
    const next =
      spread === 'zipf' ? () => source.next() : () => Math.floor(Math.random() * filled.entries)
    const ids = Array.from({ length: count }, next)
    const drawn = ids.map(itemKey)
    collectYoung()
    return { ids, keys: drawn, from: 0 }
  }
  const from = filled.nextRead
  filled.nextRead = (from + count) % filled.ids.length
  return { ids: filled.ids, keys: keys === 'built' ? NONE : filled.keys, from }
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

function peekBuilt(
  peek: NonNullable<Subject['peek']>,
  ids: readonly number[],
  from: number,
  count: number,
): number {
  let sum = 0
  let next = from
  for (let left = count; left > 0; left -= 1) {
    sum += peek(`user:${ids[next]}:profile`)?.id ?? Number.NaN
    next = next + 1 === ids.length ? 0 : next + 1
  }
  return sum
}

/** The loop above without the reads. Each key is stored somewhere, or the compiler would not make it. */
function buildAll(ids: readonly number[], from: number, count: number): string {
  const built = { key: '' }
  let next = from
  for (let left = count; left > 0; left -= 1) {
    built.key = `user:${ids[next]}:profile`
    escapes(built)
    next = next + 1 === ids.length ? 0 : next + 1
  }
  return built.key
}

const escaped: { key: string }[] = []

function escapes(built: { key: string }): void {
  escaped[0] = built
}
