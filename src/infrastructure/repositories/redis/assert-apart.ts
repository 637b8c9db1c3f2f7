import {
  RedisFailure,
  type RedisReply,
  type RedisRequest,
} from '../../../core/protocols/redis-transport.ts'
import type { AssertedEntry, AssertedOutcome } from '../../../core/protocols/shared-store.ts'
import { setBirth } from '../redis-frames/entry-frame.ts'
import { markCall, readMarkReply, readOvertaken } from '../redis-scripts/mark-call.ts'
import {
  endLeaseCall,
  readStoreReply,
  storeCall,
  takeLeaseCall,
} from '../redis-scripts/store-call.ts'
import {
  type AssertPorts,
  assertionGroups,
  type FramedAssertion,
  framedAssertions,
} from './assert-together.ts'
import { unavailable } from './unavailable.ts'

type Outcomes = AssertedOutcome[]
type Marked = Extract<AssertedOutcome, { readonly kind: 'marked' }>

/** What has a place in the log and may be stored there, unless it was overtaken. */
interface MarkedAssertion {
  readonly framed: FramedAssertion
  readonly outcome: Marked
  readonly isOvertaken: boolean
}

const ASKED = 'store values'
/** How long the three steps may take, in milliseconds: a value that comes later finds its lease gone. */
const LEASE_MS = 2000

/**
 * Marks and stores values where the log lies on another server than they do: takes their leases, which
 * removes what is there; appends the marks; and stores under the lease. Whatever comes late, or after somebody
 * else's mark, finds the lease gone.
 */
export async function assertApart(
  ports: AssertPorts,
  entries: readonly AssertedEntry[],
): Promise<readonly AssertedOutcome[]> {
  const { framed, outcomes } = framedAssertions(ports, entries)
  const taken = await takeLeases(ports, framed, outcomes)
  const groups = assertionGroups(taken)
  const marked = await Promise.all(groups.map((group) => mark(ports, group, outcomes)))
  await storeMarked(ports, marked.flat(), outcomes)
  return outcomes
}

/** One token per value: the id of its mark, which is unique. */
function leaseOf({ frames }: AssertPorts, { asserted }: FramedAssertion) {
  return { ...frames.namesOf(asserted.entry.key), token: asserted.pending.id }
}

async function takeLeases(
  ports: AssertPorts,
  framed: readonly FramedAssertion[],
  outcomes: Outcomes,
): Promise<readonly FramedAssertion[]> {
  const calls = framed.map((one) => takeLeaseCall(leaseOf(ports, one), LEASE_MS))
  const { replies } = await ports.transport.send(calls)
  return framed.filter(({ at }, index) => {
    const reply = replies[index]
    if (reply instanceof RedisFailure) outcomes[at] = fault(reply)
    return reply === 1
  })
}

async function mark(
  ports: AssertPorts,
  group: readonly FramedAssertion[],
  outcomes: Outcomes,
): Promise<readonly MarkedAssertion[]> {
  const records = group.map(({ asserted }) => asserted.pending)
  const since = group.map(({ asserted }) => asserted.since)
  const call = markCall(ports.names, records, ports.limits, { deleted: [], since })
  const { replies } = await ports.transport.send([call])
  const reply = replies[0] ?? null
  const read = reply instanceof RedisFailure ? undefined : readMarkReply(reply)
  if (read?.kind !== 'appended') {
    const why = read?.kind === 'fault' ? read.fault : 'there is no log'
    for (const { at } of group) outcomes[at] = fault(reply instanceof RedisFailure ? reply : why)
    return []
  }
  const overtaken = readOvertaken(reply)
  return group.map((framed, place) => {
    const position = { generation: read.first.generation, seq: read.first.seq + place }
    const outcome: Marked = { kind: 'marked', position, isStored: false }
    outcomes[framed.at] = outcome
    return { framed, outcome, isOvertaken: overtaken.has(place) }
  })
}

async function storeMarked(
  ports: AssertPorts,
  marked: readonly MarkedAssertion[],
  outcomes: Outcomes,
): Promise<void> {
  const { replies } = await ports.transport.send(marked.map((one) => lastCall(ports, one)))
  for (const [index, { framed, outcome, isOvertaken }] of marked.entries()) {
    const isStored = !isOvertaken && wasStored(ports, framed, replies[index] ?? null)
    outcomes[framed.at] = { ...outcome, isStored }
  }
}

/** What was overtaken gives its lease back. */
function lastCall(ports: AssertPorts, { framed, outcome, isOvertaken }: MarkedAssertion) {
  const lease = leaseOf(ports, framed)
  if (isOvertaken) return endLeaseCall(lease) satisfies RedisRequest
  setBirth(framed.frame, outcome.position.seq)
  return storeCall(lease, framed.frame, framed.ttlMs)
}

function wasStored(
  { onFault }: AssertPorts,
  { asserted }: FramedAssertion,
  reply: RedisReply,
): boolean {
  const read = reply instanceof RedisFailure ? undefined : readStoreReply(reply)
  if (read?.kind === 'full' || read?.kind === 'fault') {
    const why = read.kind === 'full' ? read.why : read.fault
    const { key } = asserted.entry
    onFault(key, 'marked what it did not store', unavailable(`store ${key.slice(0, 100)}`, why))
  }
  return read?.kind === 'stored'
}

function fault(why: RedisFailure | string): AssertedOutcome {
  return { kind: 'fault', error: unavailable(ASKED, why) }
}
