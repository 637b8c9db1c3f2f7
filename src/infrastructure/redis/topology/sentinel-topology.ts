import type { RedisEndpoint } from '../../../core/protocols/redis-options.ts'
import type { CancelTask } from '../../../core/protocols/scheduler.ts'
import { RedisServer, type ServerMaker } from '../server/redis-server.ts'
import { askServer } from './ask-server.ts'
import { type ChosenPrimary, choosePrimary } from './choose-primary.ts'
import type { RedisTopology } from './redis-topology.ts'
import { SentinelLink } from './sentinel-link.ts'
import type { NodeAddress } from './slot-map.ts'

/** How often everybody is asked while all is well, in milliseconds. */
const CALM_MS = 1000
/** How often while no primary is verified: a promotion is seen within this (notes, section 5.4). */
const ALERT_MS = 20
/** Sentinels aren't asked more often than this: they have enough to do in such moments. */
const SENTINEL_MS = 100

/** Where the Sentinels are, and who we are to the data nodes. */
export interface SentinelPlaces {
  readonly name: string
  readonly sentinels: readonly RedisEndpoint[]
  readonly login: RedisEndpoint
}

/**
 * A primary with replicas under Sentinels. All data nodes are connected all the time, and say by `ROLE`
 * who they are; so a promotion is seen when it happens, not when it is announced.
 */
export class SentinelTopology implements RedisTopology {
  readonly kind = 'sentinel'
  readonly #places: SentinelPlaces
  readonly #maker: ServerMaker
  readonly #links = new Map<string, SentinelLink>()
  readonly #servers = new Map<string, RedisServer>()
  readonly #roles = new Map<string, 'primary' | 'replica'>()
  #primary: ChosenPrimary | undefined
  #lastPrimaryId: string | undefined
  #sentinelsAskedAtMs = Number.NEGATIVE_INFINITY
  #cancelLook: CancelTask | undefined
  #looksAtMs = Number.POSITIVE_INFINITY
  #isClosed = false

  constructor(places: SentinelPlaces, maker: ServerMaker) {
    this.#places = places
    this.#maker = maker
  }

  servers(): readonly RedisServer[] {
    return [...this.#servers.values()]
  }

  isReady(): boolean {
    return this.primaryFor() !== undefined
  }

  primaryFor(): RedisServer | undefined {
    if (this.#primary === undefined) return undefined
    const server = this.#servers.get(this.#primary.id)
    return server?.isConnected ? server : undefined
  }

  replicasFor(): readonly RedisServer[] {
    // Without a verified primary the last one may still have data; but a node that says nothing has none.
    return this.servers().filter(
      ({ id, isConnected }) => isConnected && id !== this.#primary?.id && this.#roles.has(id),
    )
  }

  redirected(): undefined {
    return undefined
  }

  /** Whoever gave reason is no primary as long as it doesn't say so anew. */
  refresh(from: { readonly id: string } | undefined): void {
    if (from !== undefined) this.#roles.delete(from.id)
    this.#decide()
    this.#lookIn(0)
  }

  start(): void {
    for (const sentinel of this.#places.sentinels) this.#link(sentinel)
    this.#lookIn(CALM_MS)
  }

  close(): void {
    this.#isClosed = true
    this.#cancelLook?.()
    for (const link of this.#links.values()) link.close()
    for (const server of this.#servers.values()) server.close()
  }

  #link(endpoint: RedisEndpoint): void {
    const link = new SentinelLink(endpoint, {
      maker: this.#maker,
      name: this.#places.name,
      onNews: () => {
        this.#sentinelsAskedAtMs = Number.NEGATIVE_INFINITY
        this.#lookIn(0)
      },
    })
    if (this.#links.has(link.id)) return
    this.#links.set(link.id, link)
    link.start()
  }

  #ensure(address: NodeAddress): void {
    if (this.#servers.has(`${address.host}:${address.port}`)) return
    const { onEvent } = this.#maker
    const server = new RedisServer(
      { ...this.#places.login, ...address },
      {
        ...this.#maker,
        expectation: 'data-node',
        onEvent: (event) => {
          if (event.type === 'lost') this.#roles.delete(event.node.id)
          if (event.type === 'lost' || event.type === 'connected') this.#news(event.node)
          onEvent(event)
        },
      },
    )
    this.#servers.set(server.id, server)
    server.start()
  }

  /** The look at a new connection has seen a role: as good as `ROLE`. */
  #news({ id, role, isConnected }: { id: string; role: string; isConnected: boolean }): void {
    if (isConnected && (role === 'primary' || role === 'replica')) this.#roles.set(id, role)
    this.#decide()
    this.#lookIn(0)
  }

  #lookIn(delayMs: number): void {
    const { scheduler, clock } = this.#maker
    const atMs = clock.monotonicMs() + delayMs
    if (this.#isClosed || atMs >= this.#looksAtMs) return
    this.#cancelLook?.()
    this.#looksAtMs = atMs
    this.#cancelLook = scheduler.after(delayMs, () => this.#look())
  }

  /** Nobody is waited for: who doesn't answer must not keep others from being heard. */
  #look(): void {
    this.#looksAtMs = Number.POSITIVE_INFINITY
    this.#askSentinels()
    for (const server of this.servers()) this.#askRole(server).catch(() => undefined)
    this.#lookIn(this.isReady() ? CALM_MS : ALERT_MS)
  }

  #askSentinels(): void {
    const nowMs = this.#maker.clock.monotonicMs()
    if (nowMs - this.#sentinelsAskedAtMs < SENTINEL_MS) return
    this.#sentinelsAskedAtMs = nowMs
    for (const link of this.#links.values())
      link
        .ask()
        .then(() => this.#learn(link))
        .catch(() => undefined)
  }

  #learn({ answers }: SentinelLink): void {
    if (answers === undefined || this.#isClosed) return
    const { sentinels } = this.#places
    for (const address of answers.others) {
      const [model] = sentinels
      if (model !== undefined) this.#link({ ...model, ...address })
    }
    for (const address of [answers.primary, ...answers.replicas]) this.#ensure(address)
    this.#decide()
  }

  async #askRole(server: RedisServer): Promise<void> {
    if (!server.isConnected) return
    const replies = await askServer(server, [['ROLE']])
    const [role] = replies ?? []
    const word = Array.isArray(role) ? (role as readonly unknown[])[0] : undefined
    const text = word instanceof Uint8Array ? new TextDecoder().decode(word) : word
    if (text === 'master' || text === 'slave')
      this.#roles.set(server.id, text === 'master' ? 'primary' : 'replica')
    else this.#roles.delete(server.id)
    this.#decide()
  }

  #decide(): void {
    if (this.#isClosed) return
    const links = [...this.#links.values()]
    const views = links.flatMap(({ answers }) => (answers === undefined ? [] : [answers.view]))
    this.#primary = choosePrimary({
      views,
      sentinels: links.length,
      roles: this.#roles,
      current: this.#primary,
    })
    for (const server of this.servers()) {
      const role = server.id === this.#primary?.id ? 'primary' : this.#roles.get(server.id)
      if (role !== undefined)
        server.serveAs(server.id === this.#primary?.id ? 'primary' : 'replica')
    }
    if (this.#primary === undefined) this.#lookIn(ALERT_MS)
    else this.#tellOfSwitch(this.#primary.id)
  }

  #tellOfSwitch(id: string): void {
    const before = this.#lastPrimaryId
    this.#lastPrimaryId = id
    if (before === undefined || before === id) return
    this.#maker.onEvent({
      type: 'topology-changed',
      nodes: this.servers().map((server) => server.node()),
    })
  }
}
