import type { StoreUsage } from '../../../core/protocols/cache-repository.ts'
import type { Clock } from '../../../core/protocols/clock.ts'
import {
  type RedisCommand,
  RedisFailure,
  type RedisTransport,
} from '../../../core/protocols/redis-transport.ts'
import { wordCount, wordText } from '../redis-scripts/words-of.ts'
import type { KeyNames } from './key-names.ts'
import { primariesOf } from './list-entries.ts'
import { answered, unavailable } from './unavailable.ts'

export interface UsageEstimatePorts {
  readonly transport: RedisTransport
  readonly clock: Clock
  readonly names: KeyNames
}

const ASKED = 'measure what lies in Redis'
/** How long an estimate is good enough, in milliseconds. */
const KEEP_MS = 5000
/** Keys of a server that are looked at, and values of which the size is asked. */
const SAMPLED_KEYS = 1000
const SAMPLED_VALUES = 30

/**
 * What a namespace holds, by a sample of each primary: the first keys of its table, which lie there in the
 * order of their hashes, and so stand for all. A server with few keys is counted exactly.
 */
export class UsageEstimate {
  readonly #ports: UsageEstimatePorts
  #kept: Promise<StoreUsage> | undefined
  #untilMs = 0

  constructor(ports: UsageEstimatePorts) {
    this.#ports = ports
  }

  /** @throws CacheError CACHE_REPOSITORY_UNAVAILABLE */
  current(): Promise<StoreUsage> {
    const nowMs = this.#ports.clock.monotonicMs()
    if (this.#kept !== undefined && nowMs < this.#untilMs) return this.#kept
    const estimate = this.#estimate()
    this.#kept = estimate
    this.#untilMs = nowMs + KEEP_MS
    estimate.catch(() => {
      if (this.#kept === estimate) this.#kept = undefined
    })
    return estimate
  }

  async #estimate(): Promise<StoreUsage> {
    const nodes = primariesOf(this.#ports.transport)
    if (nodes.length === 0) throw unavailable(ASKED, 'no server is connected')
    const shares = await Promise.all(nodes.map((node) => this.#share(node)))
    return {
      entries: shares.reduce((sum, share) => sum + share.entries, 0),
      bytes: shares.reduce((sum, share) => sum + share.bytes, 0),
    }
  }

  async #share(node: string): Promise<StoreUsage> {
    const { transport, names } = this.#ports
    const page = await transport.scan(node, undefined, { match: '*', count: SAMPLED_KEYS })
    if (page instanceof RedisFailure) throw unavailable(ASKED, page)
    const ours = page.keys.filter((name) => names.keyOf(wordText(name)) !== undefined)
    const [any] = page.keys
    if (any === undefined || ours.length === 0) return { entries: 0, bytes: 0 }
    const isWhole = page.cursor === undefined
    const all = isWhole ? page.keys.length : await this.#keysBeside(any)
    const entries = Math.round((ours.length / page.keys.length) * all)
    const valueBytes = await this.#averageBytes(ours.slice(0, SAMPLED_VALUES))
    return { entries, bytes: Math.round(entries * valueBytes) }
  }

  /** How many keys the server of this key has: by the key, the command finds its way. */
  async #keysBeside(key: Uint8Array): Promise<number> {
    const [reply] = await this.#ask([{ args: ['DBSIZE'], key, isRead: true }])
    return wordCount(answered(ASKED, reply)) ?? 0
  }

  /** By what the server says that they take; if it may not be asked, by their length. */
  async #averageBytes(names: readonly Uint8Array[]): Promise<number> {
    const sizes = await this.#ask(
      names.map((key) => ({ args: ['MEMORY', 'USAGE', key], key, isRead: true })),
    )
    const isDenied = sizes.some((reply) => reply instanceof RedisFailure && reply.kind === 'reply')
    const known = isDenied
      ? await this.#ask(names.map((key) => ({ args: ['STRLEN', key], key, isRead: true })))
      : sizes
    const counts = known.flatMap((reply) => wordCount(reply) ?? [])
    return counts.reduce((sum, count) => sum + count, 0) / Math.max(1, counts.length)
  }

  async #ask(commands: readonly RedisCommand[]) {
    const { replies } = await this.#ports.transport.send(commands)
    return replies
  }
}
