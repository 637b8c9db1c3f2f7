import type { CacheKey } from '../../src/core/value-objects/cache-key.ts'
import type { World } from './world.ts'

/** Who computes what, and the token of its load. */
export interface FactoryRun {
  readonly node: string
  readonly key: CacheKey
  readonly token: string
}

/**
 * Computes a value: sees the truth at its beginning, its middle or its end, and may never come back.
 * Answers what tells the history that nobody waits for it any more.
 */
export function runFactory(
  { habits, history, random, time, truth }: World,
  { node, key, token }: FactoryRun,
  onEnd: (version: number) => void,
): () => void {
  const ended = history.factoryStarted(node, key, token)
  if (random.chance(habits.hangShare)) return ended
  const tookMs = random.between(0, habits.maxMs)
  let version = 0
  time.after(random.pick([0, 0.5, 1]) * tookMs, () => {
    version = truth.versionOf(key)
  })
  time.after(tookMs, () => {
    ended()
    onEnd(version)
  })
  return ended
}
