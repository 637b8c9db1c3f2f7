import {
  RedisFailure,
  type RedisReply,
  type RedisRequest,
  type RedisTransport,
} from '../../../core/protocols/redis-transport.ts'
import type {
  Retirement,
  SweepPage,
  SweepStore,
  SweepTable,
  SweptEntry,
} from '../../../core/protocols/sweep-store.ts'
import { isFault } from '../redis-frames/frame-fault.ts'
import { frameHeader, frameNames } from '../redis-frames/frame-header.ts'
import { HEADER_BYTES_AT } from '../redis-frames/frame-layout.ts'
import {
  beginSweepCall,
  readBeginSweepReply,
  removeSweptCall,
  retireCall,
  retiredCall,
} from '../redis-scripts/begin-sweep-call.ts'
import { logHeadCommand, readLogHeadReply } from '../redis-scripts/log-head-command.ts'
import type { LogLimits } from '../redis-scripts/mark-call.ts'
import { FLOOR_FIELD, scopeFields, scopeTable } from '../redis-scripts/scope-fields.ts'
import { readServerReply, serverCall } from '../redis-scripts/server-call.ts'
import { endLeaseCall, renewLeaseCall } from '../redis-scripts/store-call.ts'
import { wordsOf, wordText } from '../redis-scripts/words-of.ts'
import { clusterLayout } from './cluster-layout.ts'
import {
  type CacheIdentity,
  type LogNames,
  logNames,
  type ValueNames,
  valueNames,
} from './key-names.ts'
import { primariesOf } from './list-entries.ts'
import { answered, unavailable } from './unavailable.ts'
import { valuesLayout } from './values-layout.ts'

/** What a sweep of a cache in Redis works with. */
export interface RedisSweepStorePorts {
  readonly transport: RedisTransport
  readonly cache: CacheIdentity
  readonly limits: LogLimits
  /** Where values lie on other servers than the log: how far behind a replica there may be, in milliseconds. */
  readonly settleMs: number
}

/** How many names a page looks at, and fields of the table one command. */
const PAGE_NAMES = 200
const TABLE_FIELDS = 500
/** Most values that are removed in one script: others have to wait while it runs. */
const MAX_REMOVED = 50
/** Nearly all headers are shorter. */
const USUAL_HEADER_BYTES = 512

/** The values of a cache in Redis, for the one node that sweeps. */
export class RedisSweepStore implements SweepStore {
  readonly #ports: RedisSweepStorePorts
  readonly #log: LogNames
  readonly #values: ValueNames
  readonly #areApart: () => boolean

  constructor(ports: RedisSweepStorePorts) {
    this.#ports = ports
    this.#log = logNames(ports.cache)
    this.#values = valueNames(ports.cache)
    this.#areApart = valuesLayout(ports.transport)
  }

  async begin(token: string, leaseMs: number): Promise<SweepTable | 'held' | 'idle'> {
    const asked = 'begin a sweep'
    const begun = readBeginSweepReply(
      await this.#ask(asked, beginSweepCall(this.#log, token, leaseMs)),
    )
    if (begun.kind === 'fault') throw unavailable(asked, begun.fault)
    if (begun.kind !== 'begun') return begun.kind
    const { position, isClean } = begun
    const { scopes, floorSeq } = scopeTable(await this.#tableWords())
    const marks = scopes.flatMap((one) => {
      // What a newer version wrote only that can judge, and retire.
      if ('fault' in one) return []
      return [{ position: { generation: position.generation, seq: one.seq }, mark: one.mark }]
    })
    if (isClean && floorSeq === 0 && marks.every(({ mark }) => mark.soft)) {
      await this.end(token)
      return 'idle'
    }
    const settleMs = this.#areApart() ? this.#ports.settleMs : 0
    return { position, marks, floorSeq, settleMs }
  }

  async renew(token: string, leaseMs: number): Promise<boolean> {
    const call = renewLeaseCall({ leaseName: this.#log.sweep, token }, leaseMs)
    return (await this.#ask('go on sweeping', call)) === 1
  }

  async end(token: string): Promise<void> {
    await this.#ask('end a sweep', endLeaseCall({ leaseName: this.#log.sweep, token }))
  }

  /** Its first word is the run id of the server that holds the log. */
  async layout(): Promise<string | undefined> {
    const facts = readServerReply(await this.#ask('see who holds the log', serverCall(this.#log)))
    if (facts === undefined || !this.#areApart()) return facts?.runId
    const layout = await clusterLayout(this.#ports.transport)
    return layout && `${facts.runId} ${layout}`
  }

  async page(cursor: string | undefined): Promise<SweepPage> {
    const { transport } = this.#ports
    const nodes = primariesOf(transport)
    const [node = nodes[0] ?? '', scan] = cursor?.split('\n') ?? []
    const asked = 'look for what is invalid'
    const page = await transport.scan(node, scan === '' ? undefined : scan, {
      match: this.#values.pattern,
      count: PAGE_NAMES,
    })
    if (page instanceof RedisFailure) throw unavailable(asked, page)
    const entries = await this.#entries(page.keys.map(wordText))
    const head = readLogHeadReply(await this.#ask(asked, logHeadCommand(this.#log)))
    const nextNode = page.cursor === undefined ? nodes.find((id) => id > node) : node
    const next = nextNode && `${nextNode}\n${page.cursor ?? ''}`
    return { looked: page.keys.length, entries, cursor: next, generation: head?.generation }
  }

  reread(entries: readonly SweptEntry[]): Promise<readonly SweptEntry[]> {
    return this.#entries(entries.map(({ name }) => name))
  }

  async remove(entries: readonly SweptEntry[]): Promise<number> {
    const perScript = this.#areApart() ? 1 : MAX_REMOVED
    const calls = chunks(entries, perScript).map((some) => removeSweptCall(some))
    const { replies } = await this.#ports.transport.send(calls)
    const counts = replies.map((reply) => answered('remove what is invalid', reply))
    return counts.reduce<number>((sum, count) => sum + (typeof count === 'number' ? count : 0), 0)
  }

  async retire({ token, position, marks, layout }: Retirement): Promise<boolean> {
    const asked = 'retire marks'
    const [runId = ''] = layout.split(' ')
    const terms = { token, position, runId }
    const fields = [FLOOR_FIELD, ...marks.flatMap(({ mark }) => scopeFields(mark))]
    for (const some of chunks(fields, TABLE_FIELDS)) {
      if ((await this.#ask(asked, retireCall(this.#log, terms, some))) !== 1) return false
    }
    const { maxRecords } = this.#ports.limits
    const end = retiredCall(this.#log, terms, { maxRecords, isTold: marks.length > 0 })
    return (await this.#ask(asked, end)) === 1
  }

  async #tableWords(): Promise<readonly RedisReply[]> {
    const { marks } = this.#log
    const words: RedisReply[] = []
    let cursor = '0'
    do {
      const args = ['HSCAN', marks, cursor, 'COUNT', String(TABLE_FIELDS)]
      const reply = await this.#ask('read the table of marks', { args, key: marks, isRead: true })
      const [next, fields] = wordsOf(reply)
      words.push(...wordsOf(fields))
      cursor = wordText(next) || '0'
    } while (cursor !== '0')
    return words
  }

  /** What lies under these names and is an entry. */
  async #entries(names: readonly string[]): Promise<readonly SweptEntry[]> {
    const beginnings = await this.#beginnings(names.map((name) => [name, USUAL_HEADER_BYTES]))
    const long = [...beginnings].flatMap(([name, bytes]): [string, number][] => {
      const length = bytes.length < HEADER_BYTES_AT + 2 ? 0 : bytes.readUInt16LE(HEADER_BYTES_AT)
      return length > bytes.length ? [[name, length]] : []
    })
    const whole = new Map([...beginnings, ...(await this.#beginnings(long))])
    return [...whole].flatMap(([name, bytes]) => this.#entry(name, bytes) ?? [])
  }

  async #beginnings(
    wanted: readonly (readonly [name: string, length: number])[],
  ): Promise<ReadonlyMap<string, Buffer>> {
    const { replies } = await this.#ports.transport.send(
      wanted.map(([name, length]) => {
        const args = ['GETRANGE', name, '0', String(length - 1)]
        return { args, key: name, isRead: true }
      }),
    )
    const found = new Map<string, Buffer>()
    for (const [at, [name]] of wanted.entries()) {
      const reply = replies[at]
      const isForeign = reply instanceof RedisFailure && reply.code === 'WRONGTYPE'
      const bytes = isForeign ? null : answered('look at a value', reply)
      if (bytes instanceof Uint8Array) {
        found.set(name, Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength))
      }
    }
    return found
  }

  #entry(name: string, bytes: Buffer): SweptEntry | undefined {
    const place = this.#values.placeOf(name)
    const header = frameHeader(bytes, name)
    if (place === undefined || isFault(header)) return undefined
    const { generation, tags, dependsOn } = frameNames(bytes, header)
    return {
      ...place,
      name,
      tags,
      dependsOn,
      birth: { generation, seq: header.birthSeq },
      identity: bytes.subarray(0, header.headerBytes),
    }
  }

  async #ask(asked: string, request: RedisRequest): Promise<RedisReply> {
    const { replies } = await this.#ports.transport.send([request])
    return answered(asked, replies[0])
  }
}

function chunks<T>(all: readonly T[], size: number): readonly (readonly T[])[] {
  const count = Math.ceil(all.length / size)
  return Array.from({ length: count }, (_, at) => all.slice(at * size, (at + 1) * size))
}
