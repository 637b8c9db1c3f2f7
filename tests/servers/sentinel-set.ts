import { mkdtempSync } from 'node:fs'
import { join } from 'node:path'
import type { RedisReply } from './ask-redis.ts'
import { eventually } from './eventually.ts'
import { makeCertificates } from './make-certificates.ts'
import { serversFolder } from './reaper.ts'
import {
  harnessLogin,
  listenerConfig,
  type RedisConfig,
  type RedisLogin,
  type RedisServerOptions,
  redisConfig,
  renderConfig,
} from './redis-config.ts'
import { CONFIG, type RedisServer, startOnFreePort } from './redis-server.ts'

/** Options of the data nodes, and of what watches over them. */
export interface SentinelSetOptions extends RedisServerOptions {
  /** 2 if undefined. */
  readonly replicas?: number
  /** 3 if undefined. A majority of them decides. */
  readonly sentinels?: number
  /** `down-after-milliseconds`. 1000 if undefined; with 300, Sentinels on a busy machine depose healthy primaries. */
  readonly downAfterMs?: number
  /** `failover-timeout`. 3000 if undefined. */
  readonly failoverTimeoutMs?: number
  /** Of the Sentinels themselves; `password` is that of the data nodes. */
  readonly sentinelPassword?: string
  /**
   * Answers the port under which the others, and clients, shall know the node that listens on `port`: that of a
   * FaultProxy in front of it. Replicas and Sentinels go through it, too.
   */
  readonly announce?: (port: number) => number | Promise<number>
}

interface SentinelSetStart {
  readonly nodes: readonly RedisServer[]
  readonly announced: ReadonlyMap<RedisServer, number>
  readonly sentinels: readonly RedisServer[]
}

const NAME = 'mymaster'
const SETTLE_DEADLINE_MS = 45_000
/** Longer than a failover takes or is tried. */
const ORDER_AGAIN_MS = 10_000

/**
 * A primary, its replicas and the Sentinels that watch them, each a real process.
 *
 * ```ts
 * const set = await startSentinelSet({ downAfterMs: 1000 })   // takes about 3 s: Sentinels find each other
 * client.connect({ name: set.name, sentinels: set.sentinels.map(({ host, port }) => ({ host, port })) })
 * const old = await set.primary()
 * await old.kill()
 * const next = await set.primaryAfter(old)                    // promoted, and named by the Sentinels
 * await old.restart()                                         // comes back empty, and becomes a replica
 * await set.settled()
 * await set.stop()
 * ```
 *
 * For a failover to a replica that lags: `old.holdReplication()`, write, `old.kill()`. A primary without replicas
 * refuses writes (NOREPLICAS), also for a moment after a promotion, unless `config: { 'min-replicas-to-write': 0 }`
 * lets it.
 */
export class SentinelSet {
  readonly name: string = NAME
  /** The first one began as the primary. */
  readonly nodes: readonly RedisServer[]
  readonly sentinels: readonly RedisServer[]
  readonly #announced: ReadonlyMap<RedisServer, number>

  constructor({ nodes, announced, sentinels }: SentinelSetStart) {
    this.nodes = nodes
    this.sentinels = sentinels
    this.#announced = announced
  }

  /** Who says that it is the primary, and is named by most Sentinels. Waits until there is one. */
  primary(): Promise<RedisServer> {
    return eventually('find the primary', () => this.#namedPrimary())
  }

  /** The primary, as soon as it is another than `old`. */
  primaryAfter(old: RedisServer): Promise<RedisServer> {
    return eventually('find the next primary', async () => {
      const primary = await this.#namedPrimary()
      return primary === old ? undefined : primary
    })
  }

  /** The nodes that run, but for the primary. */
  async replicas(): Promise<readonly RedisServer[]> {
    const primary = await this.primary()
    return this.nodes.filter((node) => node.isRunning && node !== primary)
  }

  /** A planned switch, by order of a Sentinel; resolves to the new primary. */
  async failover(): Promise<RedisServer> {
    const old = await this.primary()
    await this.#orderFailover()
    let againAtMs = performance.now() + ORDER_AGAIN_MS
    return eventually(
      'find the next primary',
      async () => {
        const primary = await this.#namedPrimary()
        if (primary !== old) return primary
        // On a busy machine a Sentinel may give up: a promotion that takes too long ends without a word.
        if (performance.now() < againAtMs) return undefined
        againAtMs = performance.now() + ORDER_AGAIN_MS
        await this.#orderFailover()
        return undefined
      },
      SETTLE_DEADLINE_MS,
    )
  }

  /**
   * Waits until all nodes that run follow one primary, and every running Sentinel knows all others. An old
   * primary stays a primary for 10 to 20 s before the Sentinels make a replica of it, planned switch or not.
   */
  async settled(): Promise<void> {
    await eventually(
      'see the replicas follow their primary',
      async () => {
        const replicas = await this.replicas()
        return (await Promise.all(replicas.map((node) => this.#follows(node)))).every(Boolean)
      },
      SETTLE_DEADLINE_MS,
    )
    await eventually('see the Sentinels know each other', async () => {
      const running = this.sentinels.filter((sentinel) => sentinel.isRunning)
      return (await Promise.all(running.map((sentinel) => this.#knowsAll(sentinel)))).every(Boolean)
    })
  }

  /** Ends all processes and removes their files. */
  async stop(): Promise<void> {
    await Promise.all([...this.sentinels, ...this.nodes].map((server) => server.stop()))
  }

  /** One at a time: each Sentinel that gets the order carries it out, on its own. */
  async #orderFailover(): Promise<void> {
    let turn = 0
    await eventually('order a failover', () => {
      // One may be dead, or refuse for a moment after another failover (NOGOODSLAVE, INPROG).
      turn += 1
      return this.sentinels[turn % this.sentinels.length]?.ask('SENTINEL', 'FAILOVER', NAME)
    })
  }

  async #namedPrimary(): Promise<RedisServer | undefined> {
    const answers = await Promise.allSettled(
      this.sentinels.map((each) => each.ask('SENTINEL', 'GET-MASTER-ADDR-BY-NAME', NAME)),
    )
    const ports = answers.map((answer) =>
      answer.status === 'fulfilled' ? portOf(answer.value) : 0,
    )
    const node = this.nodes.find((each) => {
      const votes = ports.filter((port) => port === this.#announced.get(each))
      return votes.length * 2 > this.sentinels.length
    })
    if (node === undefined || !node.isRunning) return undefined
    return (await node.info('replication'))['role'] === 'master' ? node : undefined
  }

  async #follows(replica: RedisServer): Promise<boolean> {
    const { role, master_link_status: link, master_port: port } = await replica.info('replication')
    const primary = await this.primary()
    return role === 'slave' && link === 'up' && Number(port) === this.#announced.get(primary)
  }

  async #knowsAll(sentinel: RedisServer): Promise<boolean> {
    const fields = await sentinel.ask('SENTINEL', 'MASTER', NAME)
    if (!Array.isArray(fields)) return false
    const field = (name: string): number => Number(fields[fields.indexOf(name) + 1])
    return (
      field('num-other-sentinels') === this.sentinels.length - 1 &&
      field('num-slaves') >= this.nodes.length - 1
    )
  }
}

function portOf(address: RedisReply): number {
  return Array.isArray(address) ? Number(address[1]) : 0
}

/** Starts all processes, and resolves when they have found each other. */
export async function startSentinelSet(options: SentinelSetOptions = {}): Promise<SentinelSet> {
  const certificates =
    options.tls && (await makeCertificates(mkdtempSync(join(serversFolder(), 'tls-'))))
  const shared: RedisServerOptions = { ...options, ...(certificates && { certificates }) }
  const started: RedisServer[] = []
  try {
    const login = harnessLogin(options)
    const announced = new Map<RedisServer, number>()
    let primaryPort: number | undefined
    for (let index = 0; index <= (options.replicas ?? 2); index += 1) {
      let announcedPort = 0
      const config = async (port: number): Promise<RedisConfig> => {
        announcedPort = (await options.announce?.(port)) ?? port
        return {
          ...nodeConfig(announcedPort, primaryPort),
          ...(typeof options.config === 'function' ? await options.config(port) : options.config),
        }
      }
      const node = await startOnFreePort({
        options: { ...shared, config },
        login,
        args: [CONFIG],
        config: redisConfig,
      })
      started.push(node)
      announced.set(node, announcedPort)
      primaryPort ??= announcedPort
    }
    const nodes = [...started]
    // A Sentinel that looks at the primary before its replicas are there looks again after 10 s.
    await eventually('see the replicas connect', async () => {
      const known = (await nodes[0]?.info('replication'))?.['connected_slaves']
      return known === String(nodes.length - 1)
    })
    const sentinels = await Promise.all(
      Array.from({ length: options.sentinels ?? 3 }, () =>
        startSentinel({ ...options, ...shared }, login, primaryPort ?? 0),
      ),
    )
    started.push(...sentinels)
    const set = new SentinelSet({ nodes, announced, sentinels })
    await set.settled()
    return set
  } catch (error) {
    await Promise.all(started.map((server) => server.stop()))
    throw error
  }
}

function nodeConfig(announcedPort: number, primaryPort: number | undefined): RedisConfig {
  return {
    'replica-announce-ip': '127.0.0.1',
    'replica-announce-port': announcedPort,
    // An isolated primary stops acknowledging writes soon.
    'min-replicas-to-write': 1,
    'min-replicas-max-lag': 10,
    ...(primaryPort === undefined ? {} : { replicaof: `127.0.0.1 ${primaryPort}` }),
  }
}

function startSentinel(
  options: SentinelSetOptions,
  login: RedisLogin,
  primaryPort: number,
): Promise<RedisServer> {
  const { sentinelPassword: password, tls, certificates } = options
  const quorum = Math.floor((options.sentinels ?? 3) / 2) + 1
  const lines = [
    `monitor ${NAME} 127.0.0.1 ${primaryPort} ${quorum}`,
    `down-after-milliseconds ${NAME} ${options.downAfterMs ?? 1_000}`,
    `failover-timeout ${NAME} ${options.failoverTimeoutMs ?? 3_000}`,
    `parallel-syncs ${NAME} 2`,
    ...(login.username === undefined ? [] : [`auth-user ${NAME} ${login.username}`]),
    ...(login.password === undefined ? [] : [`auth-pass ${NAME} ${login.password}`]),
    ...(password === undefined ? [] : [`sentinel-pass ${password}`]),
  ]
  return startOnFreePort({
    options: {
      ...(password === undefined ? {} : { password }),
      ...(tls === undefined ? {} : { tls }),
      ...(certificates === undefined ? {} : { certificates }),
    },
    login: password === undefined ? {} : { password },
    args: [CONFIG, '--sentinel'],
    config: (input) =>
      renderConfig({
        ...listenerConfig(input),
        ...(password === undefined ? {} : { requirepass: password }),
        sentinel: lines,
      }),
  })
}
