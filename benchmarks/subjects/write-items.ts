/**
 * Stores items in a full cache. Keys and items are made before the measurement, and lie among the old
 * things when it begins, as if they had come with a request a while ago.
 */
import { itemKey } from '../measure/item-keys.ts'
import { collectYoung } from './collect-young.ts'
import { costOf } from './cost-of.ts'
import type { FilledSubject } from './filled-subject.ts'
import type { Item, Subject } from './subject.ts'
import type { SetWork, SubjectAnswer } from './subject-process.ts'

export async function writeItems(
  filled: FilledSubject,
  work: SetWork & { readonly count: number },
): Promise<Partial<SubjectAnswer>> {
  const { subject, name } = filled
  const { set, peek } = subject
  if (set === undefined || peek === undefined) {
    throw new Error(`Cannot measure ${name}: it has no set`)
  }
  const items = itemsFor(filled, work)
  const keys = items.map(({ id }) => itemKey(id))
  collectYoung()
  const cpuNs = await costOf(() =>
    work.how === 'awaited' ? setAwaited(set, keys, items) : setAll(set, keys, items),
  )
  const last = items.at(-1)
  if (last !== undefined && peek(keys.at(-1) ?? '')?.id === last.id) return { cpuNs }
  throw new Error(`Cannot measure ${name}: what was stored last isn't there`)
}

function itemsFor(
  filled: FilledSubject,
  { keys, count }: SetWork & { readonly count: number },
): readonly Item[] {
  const from = filled.nextId
  if (keys === 'new') filled.nextId += count
  return Array.from({ length: count }, (_, at) => ({
    id: keys === 'new' ? from + at : Math.floor(Math.random() * filled.entries),
  }))
}

async function setAwaited(
  set: NonNullable<Subject['set']>,
  keys: readonly string[],
  items: readonly Item[],
): Promise<void> {
  for (let at = 0; at < keys.length; at += 1) await set(keys[at] ?? '', items[at] ?? { id: at })
}

/** The promises of those that answer one are awaited together, a thousand at a time. */
async function setAll(
  set: NonNullable<Subject['set']>,
  keys: readonly string[],
  items: readonly Item[],
): Promise<void> {
  const begun: unknown[] = new Array(BATCH)
  for (let from = 0; from < keys.length; from += BATCH) {
    const to = Math.min(from + BATCH, keys.length)
    for (let at = from; at < to; at += 1) {
      begun[at - from] = set(keys[at] ?? '', items[at] ?? { id: at })
    }
    if (begun[0] instanceof Promise) await Promise.all(begun)
  }
}

const BATCH = 1000
