import { CacheError } from '../../../core/exceptions/cache-error.ts'
import type { Clock } from '../../../core/protocols/clock.ts'
import {
  RedisFailure,
  type RedisReply,
  type RedisTransport,
} from '../../../core/protocols/redis-transport.ts'
import type {
  AssertedEntry,
  AssertedOutcome,
  SharedStorePorts,
} from '../../../core/protocols/shared-store.ts'
import type { LogLimits } from '../redis-scripts/mark-call.ts'
import { readSetReply, type SetInput, setCall } from '../redis-scripts/set-call.ts'
import { bytesTtlMs, type EntryFrames } from './entry-frames.ts'
import type { LogNames } from './key-names.ts'
import { unavailable } from './unavailable.ts'

/** What values are stored with that are known to be the newest. */
export interface AssertPorts extends SharedStorePorts {
  readonly transport: RedisTransport
  readonly clock: Clock
  readonly limits: LogLimits
  readonly frames: EntryFrames
  /** Of the log. */
  readonly names: LogNames
}

/** A value that has bytes, and its place among all that were given. */
export interface FramedAssertion {
  readonly at: number
  readonly asserted: AssertedEntry
  readonly frame: Buffer
  readonly ttlMs: number | undefined
}

/** Most values, and about as many bytes, in one script: others have to wait while it runs. */
const MAX_TOGETHER = 100
const MAX_BYTES_TOGETHER = 1_048_576

const ASKED = 'store values'

/** Marks and stores values where the log and the values lie on the same server: in one script. */
export async function assertTogether(
  ports: AssertPorts,
  entries: readonly AssertedEntry[],
): Promise<readonly AssertedOutcome[]> {
  const { framed, outcomes } = framedAssertions(ports, entries)
  const groups = assertionGroups(framed)
  const { replies } = await ports.transport.send(groups.map((group) => callOf(ports, group)))
  for (const [index, group] of groups.entries()) {
    const outcomeAt = outcomesOf(ports, replies[index] ?? null)
    for (const [place, { at }] of group.entries()) outcomes[at] = outcomeAt(place)
  }
  return outcomes
}

/** What can be stored, and the outcomes so far: those of what has no form in bytes, and that nobody knows the others. */
export function framedAssertions(
  { frames, clock }: AssertPorts,
  entries: readonly AssertedEntry[],
): { readonly framed: readonly FramedAssertion[]; readonly outcomes: AssertedOutcome[] } {
  const framed: FramedAssertion[] = []
  // One for all: an error costs more than a frame.
  const unanswered = { kind: 'fault', error: unavailable(ASKED, 'there was no answer') } as const
  const outcomes = entries.map((asserted, at): AssertedOutcome => {
    const { entry, since } = asserted
    // The place is put in when it is known; its generation has to be this one then.
    const frame = frames.write({ ...entry, birth: since })
    if (frame instanceof CacheError) return { kind: 'fault', error: frame }
    framed.push({ at, asserted, frame, ttlMs: bytesTtlMs(entry, clock.nowMs()) })
    return unanswered
  })
  return { framed, outcomes }
}

/** What may go together: of one generation, and not too much. */
export function assertionGroups(
  framed: readonly FramedAssertion[],
): readonly (readonly FramedAssertion[])[] {
  const groups: FramedAssertion[][] = []
  let bytes = 0
  for (const one of framed) {
    const group = groups.at(-1)
    bytes += one.frame.length
    const isWith =
      group !== undefined &&
      group.length < MAX_TOGETHER &&
      bytes <= MAX_BYTES_TOGETHER &&
      group[0]?.asserted.since.generation === one.asserted.since.generation
    if (isWith) group.push(one)
    else {
      groups.push([one])
      bytes = one.frame.length
    }
  }
  return groups
}

function callOf(
  { frames, names, limits }: AssertPorts,
  group: readonly FramedAssertion[],
): ReturnType<typeof setCall> {
  const inputs = group.map(({ asserted, frame, ttlMs }): SetInput => {
    const { entry, pending, since } = asserted
    return { ...frames.namesOf(entry.key), record: pending, sinceSeq: since.seq, frame, ttlMs }
  })
  const generation = group[0]?.asserted.since.generation ?? ''
  return setCall(names, inputs, { maxRecords: limits.maxRecords, generation })
}

/** What became of each of a group, by its place in it. */
function outcomesOf(
  { onFault }: AssertPorts,
  reply: RedisReply,
): (place: number) => AssertedOutcome {
  if (reply instanceof RedisFailure) return faults(reply)
  const read = readSetReply(reply)
  switch (read.kind) {
    case 'marked': {
      const { first, stored, why } = read
      if (why !== '') onFault(undefined, 'marked what it did not store', unavailable(ASKED, why))
      return (place) => ({
        kind: 'marked',
        position: { generation: first.generation, seq: first.seq + place },
        isStored: stored[place] === true,
      })
    }
    case 'no-log':
      return faults('there is no log')
    case 'fault':
      return faults(read.fault)
  }
}

function faults(why: RedisFailure | string): () => AssertedOutcome {
  const error = unavailable(ASKED, why)
  return () => ({ kind: 'fault', error })
}
