import { eventually } from '../../servers/eventually.ts'
import type { CacheNode } from './cache-node.ts'
import { GROUP_COUNT, groupKeys, groupTag, ITEM_KEYS } from './item-keys.ts'
import { machineTimeMs } from './machine-time.ts'
import type { NodeOrder } from './node-messages.ts'
import type { Truth } from './truth.ts'

const WRITE_EVERY_MS = 20
const KEY_STEP = 5

/** A new version of an item, and the invalidation that told one node of it. */
export interface WriteRecord {
  readonly key: string
  readonly version: number
  /** Which node was told. */
  readonly node: number
  readonly calledMs: number
  /** When the node answered. */
  readonly resolvedMs: number
  /** What the node answered: all others will know. */
  readonly isPropagated: boolean
}

interface Change {
  readonly keys: readonly string[]
  order(versions: readonly number[]): NodeOrder
}

/** Writes new versions to the truth, and then tells a node, each time another one in another way. */
export class Writer {
  readonly written: WriteRecord[] = []
  /** What a node did that it must not. */
  readonly troubles: string[] = []
  readonly #truth: Truth
  readonly #nodes: readonly CacheNode[]
  /** Two writes of a key at once would say nothing of which one is newer. */
  readonly #busyKeys = new Set<string>()
  #count = 0
  #timer: NodeJS.Timeout | undefined

  constructor(truth: Truth, nodes: readonly CacheNode[]) {
    this.#truth = truth
    this.#nodes = nodes
  }

  start(): void {
    this.#timer = setInterval(() => this.#write(), WRITE_EVERY_MS)
  }

  /** Resolves when so many more writes were answered. */
  async wrote(count: number): Promise<void> {
    const enough = this.written.length + count
    await eventually(`see ${count} writes`, () => this.written.length >= enough)
  }

  /** Writes no more, and waits for what is under way. */
  async stop(): Promise<void> {
    clearInterval(this.#timer)
    await eventually('see the last write end', () => this.#busyKeys.size === 0)
  }

  #write(): void {
    this.#count += 1
    const change = this.#change(this.#count)
    if (change.keys.some((key) => this.#busyKeys.has(key))) return
    for (const key of change.keys) this.#busyKeys.add(key)
    const versions = change.keys.map((key) => this.#truth.bump(key))
    void this.#tell(change, versions).finally(() => {
      for (const key of change.keys) this.#busyKeys.delete(key)
    })
  }

  /** Until some node has answered: who dies before it does so has said nothing to anybody. */
  async #tell(change: Change, versions: readonly number[]): Promise<void> {
    for (let attempt = this.#count; ; attempt += 1) {
      const able = this.#nodes.filter((node) => node.canWork)
      const node = able[attempt % able.length]
      if (node === undefined) return
      const calledMs = machineTimeMs()
      try {
        const isPropagated = (await node.ask(change.order(versions))) === true
        const resolvedMs = machineTimeMs()
        for (const [index, key] of change.keys.entries()) {
          const version = versions[index] ?? 0
          this.written.push({ key, version, node: node.index, calledMs, resolvedMs, isPropagated })
        }
        return
      } catch (error) {
        if (node.isEnding) continue
        this.troubles.push(`node ${node.index} did not invalidate: ${error}`)
        return
      }
    }
  }

  #change(count: number): Change {
    const key = ITEM_KEYS[(count * KEY_STEP) % ITEM_KEYS.length] ?? ''
    const group = count % GROUP_COUNT
    switch (count % 7) {
      case 0:
        return { keys: groupKeys(group), order: () => invalidate({ tag: groupTag(group) }) }
      case 1:
        return { keys: groupKeys(group), order: () => invalidate(`item:${group}:*`) }
      case 2:
      case 3:
        return {
          keys: [key],
          order: ([version = 0]) => ({ act: 'set', key, version }),
        }
      default:
        return { keys: [key], order: () => invalidate(key) }
    }
  }
}

function invalidate(target: string | { readonly tag: string }): NodeOrder {
  return { act: 'invalidate', target }
}
