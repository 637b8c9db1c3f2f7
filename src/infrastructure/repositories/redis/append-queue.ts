import {
  type RedisCommand,
  RedisFailure,
  type RedisTransport,
} from '../../../core/protocols/redis-transport.ts'
import type { PendingMark } from '../../../core/protocols/shared-log.ts'
import type { LogPosition } from '../../../core/value-objects/log-position.ts'
import { type LogLimits, markCall, readMarkReply } from '../redis-scripts/mark-call.ts'
import { type CacheIdentity, keyNames, type LogNames, leaseName } from './key-names.ts'
import { answered, unavailable } from './unavailable.ts'
import { valuesLayout } from './values-layout.ts'

export interface AppendQueuePorts {
  readonly transport: RedisTransport
  readonly cache: CacheIdentity
  readonly names: LogNames
  readonly limits: LogLimits
}

interface QueuedMark {
  readonly pending: PendingMark
  readonly resolve: (position: LogPosition) => void
  readonly reject: (error: unknown) => void
}

const ASKED = 'append to the invalidation log'
/** Most marks in one script: others have to wait while it runs. */
const MAX_TOGETHER = 200
/** Most marks that are remembered for having been said ahead of their deletion. */
const MAX_AHEAD = 10_000

/**
 * Appends marks, those of one turn of the event loop together, and removes what lies under the keys of key
 * marks: in the same script, or, where values lie apart from the log, before.
 *
 * If a shard doesn't take such a removal, the mark is appended all the same, under another id, so that all
 * nodes hear of it now; but it counts as not appended until its removal has succeeded, and is appended again then.
 */
export class AppendQueue {
  readonly #ports: AppendQueuePorts
  #queued: QueuedMark[] = []
  readonly #areValuesApart: () => boolean
  readonly #ahead = new Set<string>()

  constructor(ports: AppendQueuePorts) {
    this.#ports = ports
    this.#areValuesApart = valuesLayout(ports.transport)
  }

  append(pending: PendingMark): Promise<LogPosition> {
    return new Promise((resolve, reject) => {
      this.#queued.push({ pending, resolve, reject })
      if (this.#queued.length === 1) queueMicrotask(() => this.#flush())
    })
  }

  #flush(): void {
    const all = this.#queued
    this.#queued = []
    const isApart = this.#areValuesApart()
    const [later, now] = parted(all, ({ pending }) => isApart && pending.mark.scope.kind === 'key')
    for (const some of chunks(now)) void this.#append(some, isApart)
    for (const some of chunks(later)) void this.#removeAndAppend(some)
  }

  async #append(marks: readonly QueuedMark[], isApart: boolean): Promise<void> {
    const { transport, names, limits } = this.#ports
    const deleted = isApart ? [] : marks.flatMap(({ pending }) => this.#namesUnder(pending))
    const records = marks.map(({ pending }) => pending)
    const { replies } = await transport.send([
      markCall(names, records, limits, { deleted, since: [] }),
    ])
    try {
      const reply = readMarkReply(answered(ASKED, replies[0]))
      if (reply.kind === 'no-log') throw unavailable(ASKED, 'there is none')
      if (reply.kind === 'fault') throw unavailable(ASKED, reply.fault)
      const { generation, seq } = reply.first
      for (const [index, { resolve }] of marks.entries()) resolve({ generation, seq: seq + index })
    } catch (error) {
      for (const { reject } of marks) reject(error)
    }
  }

  async #removeAndAppend(marks: readonly QueuedMark[]): Promise<void> {
    const { transport } = this.#ports
    const removals = marks.map(({ pending }) => unlink(this.#namesUnder(pending)))
    const { replies } = await transport.send(removals)
    const failures = new Map<QueuedMark, RedisFailure>()
    for (const [index, mark] of marks.entries()) {
      const reply = replies[index]
      if (reply instanceof RedisFailure) failures.set(mark, reply)
      else this.#ahead.delete(mark.pending.id)
    }
    const [failed, removed] = parted(marks, (mark) => failures.has(mark))
    if (failed.length > 0) this.#sayAhead(failed)
    for (const mark of failed) {
      mark.reject(unavailable(ASKED, failures.get(mark) ?? 'there was no answer'))
    }
    if (removed.length > 0) await this.#append(removed, true)
  }

  #sayAhead(marks: readonly QueuedMark[]): void {
    const { transport, names, limits } = this.#ports
    const unsaid = marks.filter(({ pending }) => !this.#ahead.has(pending.id))
    if (unsaid.length === 0) return
    if (this.#ahead.size > MAX_AHEAD) this.#ahead.clear()
    const records = unsaid.map(({ pending }) => {
      this.#ahead.add(pending.id)
      // Its own id would say that all was done.
      return { ...pending, id: `${pending.id}!`, isAwaited: false }
    })
    void transport.send([markCall(names, records, limits, { deleted: [], since: [] })])
  }

  /** Value and lease of the key that the mark reaches, the lease first; of a soft one the lease alone. None if it reaches no single key. */
  #namesUnder({ mark }: PendingMark): readonly string[] {
    if (mark.scope.kind !== 'key') return []
    const value = keyNames(this.#ports.cache, mark.namespace).value(mark.scope.key)
    const lease = leaseName(this.#ports.cache, value)
    return mark.soft ? [lease] : [lease, value]
  }
}

function unlink(names: readonly string[]): RedisCommand {
  return { args: ['UNLINK', ...names], key: names[0], isRead: false }
}

function parted<T>(all: readonly T[], isFirst: (one: T) => boolean): [first: T[], rest: T[]] {
  const first: T[] = []
  const rest: T[] = []
  for (const one of all) (isFirst(one) ? first : rest).push(one)
  return [first, rest]
}

function chunks<T>(all: readonly T[]): readonly (readonly T[])[] {
  const count = Math.ceil(all.length / MAX_TOGETHER)
  return Array.from({ length: count }, (_, at) => {
    return all.slice(at * MAX_TOGETHER, (at + 1) * MAX_TOGETHER)
  })
}
