/**
 * Servers that nodes share, in this process: a log, values and leases, as `SharedLog` and `SharedStore` say.
 * Each node has a link of its own that a test can cut, heal and hold.
 */
import type { CacheEntry } from '../../src/core/entities/cache-entry.ts'
import type { PositionedMark } from '../../src/core/protocols/invalidation-log.ts'
import type {
  LogAnswer,
  LogRecord,
  PendingMark,
  SharedLog,
  SharedLogListener,
} from '../../src/core/protocols/shared-log.ts'
import type { SharedFinding, SharedStore } from '../../src/core/protocols/shared-store.ts'
import type { CacheKey } from '../../src/core/value-objects/cache-key.ts'
import type { LogPosition } from '../../src/core/value-objects/log-position.ts'

interface HeldRecord extends LogRecord {
  readonly mark: PendingMark['mark']
}

/** The server: what it holds outlives the links to it. */
export class SharedServers {
  readonly entries: Map<string, CacheEntry> = new Map()
  readonly leases: Map<string, string> = new Map()
  readonly links: Set<SharedLink> = new Set()
  records: HeldRecord[] = []
  generation: string | undefined
  #ancestors: readonly string[] = []
  #founded = 0

  get seq(): number {
    return this.records.length
  }

  /** As FLUSHALL does. */
  flush(): void {
    this.entries.clear()
    this.leases.clear()
    this.records = []
    this.generation = undefined
  }

  found(ancestors: readonly string[]): void {
    this.#founded += 1
    this.#ancestors = ancestors
    this.records = []
    this.generation = `g${this.#founded}`
  }

  append({ id, mark, isAwaited }: PendingMark): LogPosition {
    if (this.generation === undefined) throw new Error('no log')
    this.records.push({ id, seq: this.seq + 1, mark, isAwaited })
    const { scope, namespace, soft } = mark
    if (scope.kind === 'key') {
      if (!soft) this.entries.delete(`${namespace}/${scope.key}`)
      this.leases.delete(`${namespace}/${scope.key}`)
    }
    const position = { generation: this.generation, seq: this.seq }
    for (const link of this.links) link.ring(position)
    return position
  }

  answer(from: LogPosition | undefined): LogAnswer {
    const generation = this.generation
    const isOurs = from === undefined || from.generation === generation
    const at = (record: HeldRecord): PositionedMark => ({
      position: { generation: generation ?? '', seq: record.seq },
      mark: record.mark,
    })
    return {
      generation,
      ancestors: this.#ancestors,
      tail: { seq: this.seq, id: this.records.at(-1)?.id ?? '' },
      records: from !== undefined && isOurs ? this.records.slice(Math.max(0, from.seq - 1)) : [],
      scopes: from === undefined ? this.records.map(at) : [],
      floorSeq: 0,
      isKnownServer: true,
      absentNodes: 0,
    }
  }
}

/** One node's way to the servers. */
export class SharedLink implements SharedLog {
  readonly #servers: SharedServers
  #listener: SharedLogListener | undefined
  isCut = false
  /** While true, doorbells are lost. */
  isDeaf = false
  reads = 0

  constructor(servers: SharedServers) {
    this.#servers = servers
    servers.links.add(this)
  }

  cut(): void {
    this.isCut = true
    this.#listener?.onDisconnected()
  }

  heal(): void {
    this.isCut = false
    this.#listener?.onConnected('server')
  }

  ring(position: LogPosition): void {
    if (!this.isCut && !this.isDeaf) queueMicrotask(() => this.#listener?.onDoorbell(position))
  }

  listen(listener: SharedLogListener): () => void {
    this.#listener = listener
    if (!this.isCut) listener.onConnected('server')
    return () => {
      this.#listener = undefined
      this.#servers.links.delete(this)
    }
  }

  async read({ horizon }: Parameters<SharedLog['read']>[0]): Promise<LogAnswer> {
    await this.#way()
    this.reads += 1
    return this.#servers.answer(horizon?.position)
  }

  async found({ expected, ancestors }: Parameters<SharedLog['found']>[0]): Promise<void> {
    await this.#way()
    if (this.#servers.generation === expected) this.#servers.found(ancestors)
  }

  async append(pending: PendingMark): Promise<LogPosition> {
    await this.#way()
    return this.#servers.append(pending)
  }

  async haveAllApplied(): Promise<boolean> {
    await this.#way()
    return true
  }

  /** The values of a namespace. */
  open(namespace: string): SharedStore {
    const { entries, leases } = this.#servers
    const nameOf = (key: CacheKey): string => `${namespace}/${key}`
    const finding = (key: CacheKey): SharedFinding => {
      const entry = entries.get(nameOf(key))
      if (entry === undefined) return { kind: 'absent' }
      const { generation = '', seq } = this.#servers
      const origin = { node: 'primary', logPosition: { generation, seq } } as const
      return { kind: 'found', entry, origin }
    }
    const fault = (error: unknown): Extract<SharedFinding, { kind: 'fault' }> => ({
      kind: 'fault',
      error: error instanceof Error ? error : new Error('no answer'),
    })
    return {
      getMany: (keys) =>
        this.#way().then(
          () => keys.map(finding),
          (error: unknown) => keys.map(() => fault(error)),
        ),
      lease: async (key, { token }, rejected) => {
        try {
          await this.#way()
        } catch (error) {
          return fault(error)
        }
        const found = finding(key)
        const isRejected =
          rejected === 'any' ||
          (found.kind === 'found' &&
            rejected !== 'none' &&
            found.entry.birth.seq === rejected.seq &&
            found.entry.birth.generation === rejected.generation)
        if (found.kind === 'found' && !isRejected) return found
        if (leases.has(nameOf(key))) return { kind: 'held', leftMs: 1000 }
        leases.set(nameOf(key), token)
        return { kind: 'leased' }
      },
      renew: () => undefined,
      release: (key, token) => {
        if (leases.get(nameOf(key)) === token) leases.delete(nameOf(key))
      },
      store: async (entry, token) => {
        try {
          await this.#way()
        } catch {
          return 'unknown'
        }
        if (leases.get(nameOf(entry.key)) !== token) return 'refused'
        leases.delete(nameOf(entry.key))
        entries.set(nameOf(entry.key), entry)
        return 'stored'
      },
      assertMany: async (asserted) => {
        try {
          await this.#way()
          return asserted.map(({ entry, pending }) => {
            const position = this.#servers.append(pending)
            entries.set(nameOf(entry.key), { ...entry, birth: position })
            return { kind: 'marked', position, isStored: true } as const
          })
        } catch (error) {
          return asserted.map(() => fault(error))
        }
      },
      prolong: (entry) => void entries.set(nameOf(entry.key), entry),
      discard: async (keys) => {
        for (const key of keys) entries.delete(nameOf(key))
        return true
      },
      list: async () => ({
        entries: [...entries.values()].filter((entry) => entry.namespace === namespace),
        cursor: undefined,
      }),
      usage: async () => ({ entries: entries.size, bytes: 0 }),
    }
  }

  /** A trip to the server and back; what was on its way when the link was cut never answers. */
  async #way(): Promise<void> {
    if (this.isCut) throw new Error('the link is cut')
    await Promise.resolve()
    if (this.isCut) throw new Error('the link was cut')
  }
}
