/** What a simulated node asks of L2, and what it thinks of it. */
import type { RemoteVerdict } from '../../src/application/services/coherence/judge-remote-entry.ts'
import type { LogFollower } from '../../src/application/services/coherence/log-follower.ts'
import type { CacheKey } from '../../src/core/value-objects/cache-key.ts'
import type { LocalTier } from './local-tier.ts'
import type { FoundValue, TierSurroundings } from './node-load.ts'
import type { RedisReply } from './redis-command.ts'
import { memberOf, type World } from './world.ts'

/** What of the node it needs. */
export interface RemoteValuesParts {
  readonly node: Pick<TierSurroundings, 'send' | 'post'>
  readonly follower: LogFollower
  readonly local: LocalTier
}

export class RemoteValues {
  readonly #world: World
  readonly #parts: RemoteValuesParts

  constructor(world: World, parts: RemoteValuesParts) {
    this.#world = world
    this.#parts = parts
  }

  /** Asks L2 for a value, now and then its replica. */
  fetch(key: CacheKey, onFound: (found: FoundValue | undefined) => void, onLost: () => void): void {
    const { random, replicaShare, values, time } = this.#world
    const command = { type: 'get', key } as const
    const told = (reply: RedisReply, node: 'primary' | 'replica'): void => {
      if (reply.type !== 'value') return
      const { value, position } = reply
      onFound(value && { value, origin: { node, logPosition: position } })
    }
    if (!random.chance(replicaShare)) {
      this.#parts.node.send(command, (reply) => told(reply, 'primary'), onLost)
      return
    }
    time.after(random.between(0.1, 2), () => {
      const reply = values.executeOnReplica(command)
      time.after(random.between(0.1, 2), () => this.#parts.node.post(() => told(reply, 'replica')))
    })
  }

  verdictOn(key: CacheKey, { value, origin }: FoundValue): RemoteVerdict {
    const { follower, local } = this.#parts
    return this.#world.safeguards.judge(
      {
        horizon: follower.horizon,
        isCoherent: local.canJudge,
        marks: local.marks,
        isAwaitingMark: () => local.isAwaitingMark(key),
      },
      { ...memberOf(key), birth: value.birth },
      origin,
    )
  }
}
