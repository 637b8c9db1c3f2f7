import type { CacheEntry } from '../../src/core/entities/cache-entry.ts'
import type { EdgeChange, SharedGraph } from '../../src/core/protocols/dependency-graph.ts'
import type {
  AppendedMark,
  LogAnswer,
  PendingMark,
  SharedLog,
  SharedLogListener,
} from '../../src/core/protocols/shared-log.ts'
import type {
  AssertedEntry,
  AssertedOutcome,
  RejectedValue,
  SharedFinding,
  SharedStore,
  ValueIdentity,
} from '../../src/core/protocols/shared-store.ts'
import type { CacheKey } from '../../src/core/value-objects/cache-key.ts'
import type { LogPosition } from '../../src/core/value-objects/log-position.ts'
import { type Deferred, deferred } from './deferred.ts'
import type { SharedServers } from './shared-servers.ts'

/** One node's way to servers in this process, which a test can cut, heal and hold. */
export class SharedLink implements SharedLog, SharedGraph {
  readonly #servers: SharedServers
  #listener: SharedLogListener | undefined
  #held: Deferred<void>[] = []
  #isHeld = false
  isCut = false
  /** While true, doorbells are lost. */
  isDeaf = false
  reads = 0
  /** How often values were asked for, however many at once. */
  gets = 0

  constructor(servers: SharedServers) {
    this.#servers = servers
    servers.links.add(this)
  }

  cut(): void {
    this.isCut = true
    this.#listener?.onDisconnected()
    this.letGo()
  }

  heal(server = 'server'): void {
    this.isCut = false
    this.#listener?.onConnected(server)
  }

  /** What is asked from here on waits on its way there, until `letGo`. */
  hold(): void {
    this.#isHeld = true
  }

  letGo(): void {
    this.#isHeld = false
    for (const { resolve } of this.#held.splice(0)) resolve()
  }

  /** Tells the node that a server of values was replaced by its replica. */
  replaceValues(): void {
    this.#listener?.onValuesReplaced()
  }

  ring(position: LogPosition | undefined): void {
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

  async read({ horizon, limit }: Parameters<SharedLog['read']>[0]): Promise<LogAnswer> {
    await this.#way()
    this.reads += 1
    return this.#servers.answer(horizon?.position, limit)
  }

  async found({ expected, ancestors }: Parameters<SharedLog['found']>[0]): Promise<void> {
    await this.#way()
    if (this.#servers.generation === expected) this.#servers.found(ancestors)
  }

  async append(pending: PendingMark): Promise<AppendedMark> {
    await this.#way()
    const { mark } = pending
    if (mark.scope.kind !== 'dependency') return this.#servers.append(pending)
    const closure = mark.scope.closure.flatMap((name) => this.#servers.graph.closure(name))
    const scope = { ...mark.scope, closure: [...new Set(closure)] }
    return { ...this.#servers.append({ ...pending, mark: { ...mark, scope } }), scope }
  }

  async change(changes: readonly EdgeChange[]): Promise<void> {
    await this.#way()
    const { graph } = this.#servers
    for (const { dependent, dependsOn, isThere } of changes) {
      if (isThere && dependsOn !== undefined) graph.add(dependent, [dependsOn])
      if (!isThere) graph.remove(dependent, dependsOn && [dependsOn])
    }
  }

  async haveAllApplied(): Promise<boolean> {
    await this.#way()
    return this.#servers.haveAllApplied
  }

  /** The values of a namespace. */
  open(namespace: string): SharedStore {
    const servers = this.#servers
    const { entries } = servers
    const nameOf = (key: CacheKey): string => `${namespace}/${key}`
    const finding = (key: CacheKey): SharedFinding => {
      const entry = entries.get(nameOf(key))
      if (entry === undefined) return { kind: 'absent' }
      const origin = { node: 'primary', logPosition: servers.position } as const
      return { kind: 'found', entry, origin }
    }
    return {
      getMany: (keys) => {
        this.gets += 1
        return this.#way().then(
          () => keys.map(finding),
          (error: unknown) => keys.map(() => faultOf(error)),
        )
      },
      lease: (key, terms, rejected) =>
        this.#way().then(() => {
          const found = finding(key)
          if (found.kind === 'found' && !isRejected(found.entry, rejected)) return found
          if (servers.holderOf(nameOf(key)) !== undefined) return { kind: 'held', leftMs: 1000 }
          servers.lease(nameOf(key), terms)
          return { kind: 'leased' }
        }, faultOf),
      renew: (key, terms) =>
        this.#tell(() => {
          if (servers.holderOf(nameOf(key)) === terms.token) servers.lease(nameOf(key), terms)
        }),
      release: (key, token) =>
        this.#tell(() => {
          if (servers.holderOf(nameOf(key)) === token) servers.leases.delete(nameOf(key))
        }),
      store: (entry, token) =>
        this.#way().then(
          () => {
            if (servers.holderOf(nameOf(entry.key)) !== token) return 'refused'
            servers.leases.delete(nameOf(entry.key))
            entries.set(nameOf(entry.key), entry)
            servers.stores += 1
            return 'stored'
          },
          () => 'unknown',
        ),
      assertMany: (asserted) =>
        this.#way()
          .then(() => asserted.map((one) => this.#assert(nameOf(one.entry.key), one)))
          .catch((error: unknown) => asserted.map(() => faultOf(error))),
      prolong: (entry) =>
        this.#tell(() => {
          const held = entries.get(nameOf(entry.key))
          if (held !== undefined && isSame(held, entry)) entries.set(nameOf(entry.key), entry)
        }),
      discard: async (keys) => {
        for (const key of keys) entries.delete(nameOf(key))
        return true
      },
      list: async () => {
        await this.#way()
        const own = [...entries.values()].filter((entry) => entry.namespace === namespace)
        return { entries: own, cursor: undefined }
      },
      usage: async () => ({ entries: entries.size, bytes: 0 }),
    }
  }

  #assert(name: string, one: AssertedEntry): AssertedOutcome {
    const servers = this.#servers
    const isStored = !servers.isOvertaken(one)
    const position = servers.append(one.pending)
    if (isStored) servers.entries.set(name, { ...one.entry, birth: position })
    if (isStored) servers.stores += 1
    return { kind: 'marked', position, isStored }
  }

  /** What is said without waiting for an answer goes the same way, in its turn. */
  #tell(what: () => void): void {
    this.#way().then(what, () => undefined)
  }

  /** A trip to the server and back; what was on its way when the link was cut never answers. */
  async #way(): Promise<void> {
    if (this.isCut) throw new Error('the link is cut')
    if (this.#isHeld) {
      const turn = deferred()
      this.#held.push(turn)
      await turn.promise
    } else await Promise.resolve()
    if (this.isCut) throw new Error('the link was cut')
  }
}

function faultOf(error: unknown): Extract<SharedFinding, { kind: 'fault' }> {
  return { kind: 'fault', error: error instanceof Error ? error : new Error('no answer') }
}

function isRejected(entry: CacheEntry, rejected: RejectedValue): boolean {
  if (rejected === 'any' || rejected === 'none') return rejected === 'any'
  return isSame(entry, rejected)
}

function isSame(one: ValueIdentity, other: ValueIdentity): boolean {
  return (
    one.birth.seq === other.birth.seq &&
    one.birth.generation === other.birth.generation &&
    one.createdAtMs === other.createdAtMs
  )
}
