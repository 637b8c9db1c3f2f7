import type { RedisOptions } from '../../../src/core/protocols/redis-options.ts'
import { eventually } from '../../servers/eventually.ts'
import { type FaultProxy, startFaultProxy } from '../proxy/fault-proxy.ts'
import { bundleNodeProgram } from './bundle-node-program.ts'
import { CacheNode } from './cache-node.ts'
import { ITEM_KEYS } from './item-keys.ts'
import type { FaultHistory, NodeRead, NodeSpan } from './judge.ts'
import { machineTimeMs } from './machine-time.ts'
import type { LoadRecord, NodeReport, Sighting } from './node-messages.ts'
import { StallWatch } from './stall-watch.ts'
import { Truth } from './truth.ts'
import { Writer } from './writer.ts'

const NODES = 3
const START_DEADLINE_MS = 15_000

/** What the nodes share. */
export interface FaultServers {
  /** In front of the servers, one for each node, or none; the stage closes them. */
  readonly proxies: readonly FaultProxy[]
  /** How a node gets there; those beyond the first three go without a proxy. */
  redisOf(node: number): RedisOptions
}

/** Three nodes in processes of their own, each behind proxies of its own; readers, a writer, and what they saw. */
export class FaultStage {
  readonly truth: Truth = new Truth()
  readonly nodes: readonly CacheNode[]
  readonly proxies: readonly FaultProxy[]
  readonly writer: Writer
  readonly reads: NodeRead[] = []
  readonly loads: LoadRecord[] = []
  readonly troubles: string[] = []
  readonly #program: string
  readonly #servers: FaultServers
  readonly #extra: CacheNode[] = []
  readonly #stalls: NodeSpan[] = []
  readonly #watch = new StallWatch()

  constructor(program: string, servers: FaultServers) {
    this.#program = program
    this.#servers = servers
    this.proxies = servers.proxies
    this.nodes = Array.from({ length: NODES }, (_, index) => this.#fork(index))
    this.writer = new Writer(this.truth, this.nodes)
  }

  /** Waits until all nodes share, then lets them read, and the writer write. */
  async begin(): Promise<void> {
    await Promise.all(this.nodes.map((node) => isSharing(node)))
    await Promise.all(this.nodes.map((node) => node.ask({ act: 'start-reading' })))
    this.writer.start()
    await this.writer.wrote(60)
  }

  /** One that knows nothing yet. */
  async startFreshNode(): Promise<CacheNode> {
    const fresh = this.#fork(NODES + this.#extra.length)
    this.#extra.push(fresh)
    await isSharing(fresh)
    return fresh
  }

  /** Resolves once each node has stored a value, and found in L2 what another one has stored. */
  async recovered(deadlineMs: number): Promise<void> {
    const able = this.nodes.filter((node) => node.canWork)
    await Promise.all(
      able.map((node, at) => finds(node, able[(at + 1) % able.length] ?? node, deadlineMs)),
    )
  }

  /** Resolves once all nodes, and those that came later, serve the truth under every key. */
  async settled(deadlineMs: number): Promise<void> {
    const all = [...this.nodes, ...this.#extra].filter((node) => node.canWork)
    await Promise.all(
      all.map((node) =>
        eventually(
          `see node ${node.index} serve the truth`,
          () => this.#servesTruth(node),
          deadlineMs,
        ),
      ),
    )
  }

  /** Ends the reads, and answers what happened. */
  async end(): Promise<Pick<FaultHistory, 'reads' | 'loads' | 'stalls' | 'writes'>> {
    const all = [...this.nodes, ...this.#extra].filter((node) => node.canWork)
    await Promise.all(all.map((node) => node.ask({ act: 'stop-reading' })))
    this.#noteOwnStalls()
    const { reads, loads } = this
    return { reads, loads, stalls: this.#stalls, writes: this.writer.written }
  }

  /** Ends everything, whatever state it is in. */
  async stop(): Promise<void> {
    await this.writer.stop().catch(() => undefined)
    this.#watch.stop()
    await Promise.all([...this.nodes, ...this.#extra].map((node) => node.kill()))
    await Promise.all(this.proxies.map((proxy) => proxy.close()))
  }

  #fork(index: number): CacheNode {
    return new CacheNode(index, this.#program, this.#servers.redisOf(index), {
      truthOf: (key) => this.truth.versionOf(key),
      onReport: (node, report) => this.#onReport(node, report),
      onCrash: (node, why) => this.troubles.push(`node ${node}: ${why}`),
    })
  }

  #onReport(node: number, { reads, loads, stalls, troubles }: NodeReport): void {
    for (const read of reads) this.reads.push({ ...read, node })
    this.loads.push(...loads)
    for (const stall of stalls) this.#stalls.push({ ...stall, node })
    for (const trouble of troubles) this.troubles.push(`node ${node}: ${trouble}`)
    this.#noteOwnStalls()
  }

  #noteOwnStalls(): void {
    for (const stall of this.#watch.take()) this.#stalls.push({ ...stall, node: undefined })
  }

  async #servesTruth(node: CacheNode): Promise<boolean> {
    const served = (await node.ask({ act: 'read-all' })) as readonly number[]
    return ITEM_KEYS.every((key, at) => served[at] === this.truth.versionOf(key))
  }
}

async function isSharing(node: CacheNode): Promise<void> {
  await eventually(
    `see node ${node.index} share`,
    () => node.ask({ act: 'set', key: `own:${node.index}`, version: 1 }) as Promise<boolean>,
    START_DEADLINE_MS,
  )
}

/** Each try is with a new key: what a node has in L1 says nothing of L2. */
async function finds(finder: CacheNode, storer: CacheNode, deadlineMs: number): Promise<void> {
  const probe = async (): Promise<true> => {
    const key = `probe:${finder.index}:${machineTimeMs()}`
    const isStored = await storer.ask({ act: 'set', key, version: 1 })
    if (isStored !== true) {
      const state = await storer.ask({ act: 'describe' })
      throw new Error(`node ${storer.index} does not store, and is ${state}`)
    }
    const { tier, version } = (await finder.ask({ act: 'look', key })) as Sighting
    if (version === 1 && tier !== 'memory') return true
    const state = await finder.ask({ act: 'describe' })
    throw new Error(`node ${finder.index} finds ${version} in ${tier}, and is ${state}`)
  }
  const what = `see node ${finder.index} find in L2 what node ${storer.index} stores`
  await eventually(what, probe, deadlineMs)
}

/** Starts three nodes. */
export async function startFaultStage(servers: FaultServers): Promise<FaultStage> {
  return new FaultStage(await bundleNodeProgram(), servers)
}

/** One server, and a proxy in front of it for each node. */
export async function behindProxies(port: number): Promise<FaultServers> {
  const proxies: FaultProxy[] = []
  for (let at = 0; at < NODES; at += 1) proxies.push(await startFaultProxy(port))
  return { proxies, redisOf: (node) => `redis://127.0.0.1:${proxies[node]?.port ?? port}` }
}
