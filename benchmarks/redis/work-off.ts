import type { RedisSubject } from './redis-subject.ts'
import { profileOf } from './redis-subject.ts'
import type { RedisWork } from './redis-work.ts'

/** Keys in one `getMany`. */
export const KEYS_AT_ONCE = 100

/** A subject, and the keys it holds, in the order in which they are read, over and over. */
export interface OpenSubject {
  readonly subject: RedisSubject
  readonly keys: readonly string[]
  next: number
}

/** Does the work `count` times. Throws for an answer that isn't what was stored. */
export async function workOff(open: OpenSubject, work: RedisWork, count: number): Promise<void> {
  let left = count
  const callers = Array.from({ length: Math.min(work.callers, count) }, async () => {
    while (left > 0) {
      left -= 1
      await once(open, work.kind)
    }
  })
  await Promise.all(callers)
}

async function once(open: OpenSubject, kind: RedisWork['kind']): Promise<void> {
  const { subject } = open
  switch (kind) {
    case 'get':
      if ((await subject.get(nextKey(open))) == null) throw new Error('Cannot measure: a miss')
      return
    case 'set':
      await subject.set(nextKey(open), VALUE)
      return
    case 'getMany': {
      const keys = Array.from({ length: KEYS_AT_ONCE }, () => nextKey(open))
      const found = await subject.getMany(keys)
      if (found !== KEYS_AT_ONCE) throw new Error(`Cannot measure: ${found} found of 100`)
    }
  }
}

const VALUE = profileOf(0)

function nextKey(open: OpenSubject): string {
  const key = open.keys[open.next] ?? ''
  open.next = open.next + 1 === open.keys.length ? 0 : open.next + 1
  return key
}
