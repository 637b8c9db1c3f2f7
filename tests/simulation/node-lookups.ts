/** Lookups of a simulated node that run no factory, and lives that it prolongs. */
import type { CacheKey } from '../../src/core/value-objects/cache-key.ts'
import type { ReadKind } from './history.ts'
import type { LocalTier } from './local-tier.ts'
import type { Answer, FoundValue, TierSurroundings } from './node-load.ts'
import type { RemoteValues } from './remote-values.ts'
import type { World } from './world.ts'

/** What of the node they need. */
export interface NodeLookupsParts {
  readonly node: Pick<TierSurroundings, 'send' | 'post' | 'catchUp'>
  readonly local: LocalTier
  readonly remote: RemoteValues
  /** True if L2 may be asked for the key now. */
  readonly mayAsk: (key: CacheKey) => boolean
}

export class NodeLookups {
  readonly #world: World
  readonly #parts: NodeLookupsParts

  constructor(world: World, parts: NodeLookupsParts) {
    this.#world = world
    this.#parts = parts
  }

  /** Looks a key up without a factory: who is lenient takes what a soft mark has reached, too. `undefined`: nothing is found. */
  find(key: CacheKey, kind: ReadKind, answer: Answer): void {
    const held = this.#parts.local.get(key, kind)
    if (held !== undefined) {
      answer(held)
      return
    }
    if (!this.#parts.mayAsk(key)) {
      answer(undefined)
      return
    }
    this.#parts.remote.fetch(
      key,
      (found) => this.#onLookedUp(key, kind, { found, answer }),
      () => answer(undefined),
    )
  }

  /** Lets what is held live longer, in L2 too. */
  prolong(key: CacheKey): void {
    const held = this.#parts.local.get(key)
    if (held === undefined || !this.#parts.mayAsk(key)) return
    const { version, birth } = held
    const nothing = (): void => undefined
    this.#parts.node.send({ type: 'prolong', key, value: { version, birth } }, nothing, nothing)
  }

  /** As `SharedTiers` does: what was born ahead waits for the log, and what came here meanwhile is preferred. */
  #onLookedUp(
    key: CacheKey,
    kind: ReadKind,
    { found, answer }: { readonly found: FoundValue | undefined; readonly answer: Answer },
    hasCaughtUp = false,
  ): void {
    const verdict = found === undefined ? undefined : this.#parts.remote.verdictOn(key, found)
    if (verdict === 'ahead' && !hasCaughtUp) {
      this.#parts.node.catchUp()
      this.#world.time.after(5, () =>
        this.#parts.node.post(() => this.#onLookedUp(key, kind, { found, answer }, true)),
      )
      return
    }
    const isServed = verdict === 'valid' || (verdict === 'soft' && kind === 'lenient')
    const held = this.#parts.local.get(key, kind)
    if (found === undefined || !isServed || held !== undefined) {
      answer(held)
      return
    }
    const isOfReplica = found.origin.node === 'replica'
    const value = { ...found.value, keptUntilMs: Number.NEGATIVE_INFINITY, isOfReplica }
    if (this.#parts.local.isCoherent) this.#parts.local.keep(key, value)
    answer(value)
  }
}
