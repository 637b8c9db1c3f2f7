import { describe, expect, it } from 'vitest'
import { loadCacheEntry } from '../../../src/application/commands/load-cache-entry.ts'
import { deferred } from '../../fakes/deferred.ts'
import {
  entry,
  invalidate,
  KEY,
  NAME,
  type TiersStage,
  tiersStage,
} from '../services/coherence/tiers-stage.ts'

const WHOLE = { kind: 'namespace' } as const

/** A caller on node `a`, and the end of his factory; `undefined` answers what is there or under way. */
function load({ a }: TiersStage, factory: () => unknown): Promise<unknown> {
  const { entryPolicy: policy } = a.ports.settings
  return loadCacheEntry(a.ports, { key: KEY, factory, policy }, { signal: undefined })
}

describe('loadCacheEntry() over shared servers', () => {
  it('doesn’t go back behind what it answered of a load that a mark had reached', async () => {
    const stage = await tiersStage()
    const { servers, settle, a } = stage
    const factory = deferred<string>()
    const answer = load(stage, () => factory.promise)
    await settle()
    await invalidate(a, WHOLE)
    await settle()
    // Another node has looked before this one did, and has stored it since.
    servers.entries.set(NAME, entry({ value: 'older', birth: { generation: 'g1', seq: 1 } }))
    factory.resolve('newer')
    expect(await answer).toBe('newer')
    expect(await a.tiers.find(KEY)).toBeUndefined()
    expect(await load(stage, () => 'newest')).toBe('newest')
  })

  it('after many marks takes what it gets, and nobody gets what may be older', async () => {
    const stage = await tiersStage()
    const { settle, a } = stage
    const factories = Array.from({ length: 5 }, () => deferred<string>())
    let started = 0
    const next = () => factories[started++]?.promise ?? 'newest'
    const patient = load(stage, next)
    await settle()
    for (const at of [0, 1, 2, 3]) {
      await invalidate(a, WHOLE)
      await settle()
      // Begun after the mark: what this one looks at is older than what the first will bring.
      void load(stage, next)
      await settle()
      factories[at]?.resolve(`of ${at}`)
      await settle()
    }
    expect(await patient).toBe('of 3')
    // Those who waited for less may have begun another meanwhile; the one before it isn't joined any more.
    const later = load(stage, next)
    factories[4]?.resolve('older')
    expect(await later).toBe('newest')
    expect(a.tiers.near.get(KEY)?.value).toBe('newest')
  })
})
