import type { CacheEntry } from '../../../core/entities/cache-entry.ts'
import { CacheError } from '../../../core/exceptions/cache-error.ts'
import type { EntryPage, StoreUsage } from '../../../core/protocols/cache-repository.ts'
import type { Clock } from '../../../core/protocols/clock.ts'
import {
  type RedisCommand,
  RedisFailure,
  type RedisReply,
  type RedisRequest,
  type RedisSendOptions,
  type RedisTransport,
  type ReplicaAnswers,
} from '../../../core/protocols/redis-transport.ts'
import type {
  AssertedEntry,
  AssertedOutcome,
  LeaseFinding,
  LeaseTerms,
  RejectedValue,
  SharedFinding,
  SharedOrigin,
  SharedStore,
} from '../../../core/protocols/shared-store.ts'
import type { CacheKey } from '../../../core/value-objects/cache-key.ts'
import type { LogPosition } from '../../../core/value-objects/log-position.ts'
import { loadCall, readLoadReply } from '../redis-scripts/load-call.ts'
import { logHeadCommand, readLogHeadReply } from '../redis-scripts/log-head-command.ts'
import type { LogLimits } from '../redis-scripts/mark-call.ts'
import { prolongCall } from '../redis-scripts/prolong-call.ts'
import {
  endLeaseCall,
  readStoreReply,
  renewLeaseCall,
  storeCall,
} from '../redis-scripts/store-call.ts'
import { assertApart } from './assert-apart.ts'
import { assertTogether } from './assert-together.ts'
import { bytesTtlMs, EntryFrames, type EntryFramesPorts } from './entry-frames.ts'
import { type LogNames, logNames } from './key-names.ts'
import { listEntries } from './list-entries.ts'
import { unavailable } from './unavailable.ts'
import { UsageEstimate } from './usage-estimate.ts'
import { ValueReads } from './value-reads.ts'
import { valuesLayout } from './values-layout.ts'

/** What the entries of a namespace in Redis work with. */
export interface RedisSharedStorePorts extends EntryFramesPorts {
  readonly transport: RedisTransport
  readonly clock: Clock
  readonly limits: LogLimits
}

const PRIMARY: SharedOrigin = Object.freeze({ node: 'primary', logPosition: undefined })
/** Where the log of a replica stands that says nothing of one: behind every other place. */
const NOWHERE: LogPosition = Object.freeze({ generation: '', seq: 0 })
const ABSENT: SharedFinding = Object.freeze({ kind: 'absent' })
/** Most names in one command that removes. */
const MAX_REMOVED = 500

/** The entries of one namespace in Redis. */
export class RedisSharedStore implements SharedStore {
  readonly #ports: RedisSharedStorePorts
  readonly #frames: EntryFrames
  readonly #log: LogNames
  readonly #areApart: () => boolean
  readonly #usage: UsageEstimate
  readonly #reads = new ValueReads()
  /** With the place of the log as the witness, and where that lies elsewhere without. */
  readonly #fromReplica: RedisSendOptions
  readonly #fromReplicaUnwitnessed: RedisSendOptions = { replica: { witness: undefined } }

  constructor(ports: RedisSharedStorePorts) {
    this.#ports = ports
    this.#frames = new EntryFrames(ports)
    this.#log = logNames(ports.cache)
    this.#areApart = valuesLayout(ports.transport)
    this.#usage = new UsageEstimate({ ...ports, names: this.#frames.names })
    this.#fromReplica = { replica: { witness: logHeadCommand(this.#log) } }
  }

  async getMany(keys: readonly CacheKey[]): Promise<readonly SharedFinding[]> {
    const isApart = this.#areApart()
    const names = keys.map((key) => this.#frames.names.value(key))
    const reads = this.#reads.of(names, isApart)
    const options = isApart ? this.#fromReplicaUnwitnessed : this.#fromReplica
    const commands = reads.map(({ command }) => command)
    const { replies, fromReplicas } = await this.#ports.transport.send(commands, options)
    const origins = originsOf(fromReplicas, isApart)
    const findings = new Array<SharedFinding>(keys.length).fill(ABSENT)
    for (const [index, read] of reads.entries()) {
      const reply = replies[index] ?? null
      const origin = origins?.get(index) ?? PRIMARY
      for (let at = 0; at < read.places.length; at += 1) {
        const place = read.places[at] ?? 0
        const key = keys[place]
        if (key === undefined) continue
        const bytes = this.#reads.replyAt(read, reply, at)
        findings[place] = this.#finding(key, names[place], bytes, origin)
      }
    }
    return findings
  }

  async lease(key: CacheKey, terms: LeaseTerms, rejected: RejectedValue): Promise<LeaseFinding> {
    const headName = this.#areApart() ? undefined : this.#log.head
    const input = { ...this.#frames.namesOf(key), ...terms, headName, rejected }
    const reply = await this.#ask(loadCall(input))
    if (reply instanceof RedisFailure) return fault(`load ${text(key)}`, reply)
    const read = readLoadReply(reply)
    switch (read.kind) {
      case 'found': {
        const entry = this.#frames.read(key, read.frame)
        if (entry === undefined) return this.lease(key, terms, 'any')
        return { kind: 'found', entry, origin: { node: 'primary', logPosition: read.position } }
      }
      case 'leased':
        if (read.isForeign) this.#onForeign(key)
        return { kind: 'leased' }
      case 'held':
        return { kind: 'held', leftMs: read.leftMs }
      case 'unleased':
        return fault(`take a lease of ${text(key)}`, read.why)
      case 'fault':
        return fault(`load ${text(key)}`, read.fault)
    }
  }

  renew(key: CacheKey, { token, leaseMs }: LeaseTerms): void {
    void this.#ask(renewLeaseCall({ ...this.#frames.namesOf(key), token }, leaseMs))
  }

  release(key: CacheKey, token: string): void {
    void this.#ask(endLeaseCall({ ...this.#frames.namesOf(key), token }))
  }

  async store(entry: CacheEntry, token: string): Promise<'stored' | 'refused' | 'unknown'> {
    const { key } = entry
    const frame = this.#frames.write(entry)
    if (frame instanceof CacheError) return this.#unstored(key, token, frame)
    const ttlMs = bytesTtlMs(entry, this.#ports.clock.nowMs())
    const asked = `store ${text(key)}`
    const reply = await this.#ask(storeCall({ ...this.#frames.namesOf(key), token }, frame, ttlMs))
    if (reply instanceof RedisFailure) {
      if (reply.kind !== 'reply') return 'unknown'
      return this.#unstored(key, token, unavailable(asked, reply))
    }
    const read = readStoreReply(reply)
    switch (read.kind) {
      case 'stored':
      case 'refused':
        return read.kind
      case 'full':
        return this.#unstored(key, undefined, unavailable(asked, read.why))
      case 'fault':
        return this.#unstored(key, token, unavailable(asked, read.fault))
    }
  }

  assertMany(entries: readonly AssertedEntry[]): Promise<readonly AssertedOutcome[]> {
    const ports = { ...this.#ports, frames: this.#frames, names: this.#log }
    return this.#areApart() ? assertApart(ports, entries) : assertTogether(ports, entries)
  }

  prolong(entry: CacheEntry): void {
    const { key, birth, createdAtMs } = entry
    const frame = this.#frames.write(entry)
    if (frame instanceof CacheError) {
      this.#ports.onFault(key, 'did not prolong its life', frame)
      return
    }
    const { valueName } = this.#frames.namesOf(key)
    const ttlMs = bytesTtlMs(entry, this.#ports.clock.nowMs())
    void this.#ask(prolongCall({ valueName, birth, createdAtMs, frame, ttlMs }))
  }

  async discard(keys: readonly CacheKey[]): Promise<boolean> {
    const names = keys.map((key) => this.#frames.names.value(key))
    // In a cluster one command must not name several slots.
    const perCommand = this.#areApart() ? 1 : MAX_REMOVED
    for (let at = 0; at < names.length; at += MAX_REMOVED) {
      const some = names.slice(at, at + MAX_REMOVED)
      const { replies } = await this.#ports.transport.send(unlinkCommands(some, perCommand))
      if (replies.some((reply) => typeof reply !== 'number')) return false
    }
    return true
  }

  list(limit: number, cursor: string | undefined): Promise<EntryPage> {
    const { transport, onFault } = this.#ports
    return listEntries({ transport, onFault, frames: this.#frames }, limit, cursor)
  }

  usage(): Promise<StoreUsage> {
    return this.#usage.current()
  }

  #finding(
    key: CacheKey,
    name: string | undefined,
    reply: RedisReply,
    origin: SharedOrigin,
  ): SharedFinding {
    if (reply instanceof Uint8Array) {
      const entry = this.#frames.read(key, reply, name)
      return entry === undefined ? ABSENT : { kind: 'found', entry, origin }
    }
    if (reply instanceof RedisFailure) {
      if (reply.code !== 'WRONGTYPE') return fault(`read ${text(key)}`, reply)
      this.#onForeign(key)
    }
    return ABSENT
  }

  #onForeign(key: CacheKey): void {
    const error = unavailable(`read ${text(key)}`, 'something else than a value lies there')
    this.#ports.onFault(key, 'counted a miss', error)
  }

  /** Others needn't wait for a value that won't come. */
  #unstored(key: CacheKey, token: string | undefined, error: CacheError): 'refused' {
    this.#ports.onFault(key, 'did not store it', error)
    if (token !== undefined) this.release(key, token)
    return 'refused'
  }

  async #ask(request: RedisRequest): Promise<RedisReply> {
    const { replies } = await this.#ports.transport.send([request])
    return replies[0] ?? null
  }
}

function unlinkCommands(names: readonly string[], perCommand: number): RedisCommand[] {
  const commands: RedisCommand[] = []
  for (let at = 0; at < names.length; at += perCommand) {
    const some = names.slice(at, at + perCommand)
    commands.push({ args: ['UNLINK', ...some], key: some[0], isRead: false })
  }
  return commands
}

/** Where those answers come from that aren't the primary's; `undefined` if there are none. */
function originsOf(
  answers: readonly ReplicaAnswers[],
  isApart: boolean,
): ReadonlyMap<number, SharedOrigin> | undefined {
  if (answers.length === 0) return undefined
  const origins = new Map<number, SharedOrigin>()
  for (const { indices, witness = null } of answers) {
    const logPosition = isApart ? undefined : (readLogHeadReply(witness) ?? NOWHERE)
    for (const index of indices) origins.set(index, { node: 'replica', logPosition })
  }
  return origins
}

function fault(asked: string, why: RedisFailure | string): { kind: 'fault'; error: CacheError } {
  return { kind: 'fault', error: unavailable(asked, why) }
}

function text(key: CacheKey): string {
  return key.slice(0, 100)
}
