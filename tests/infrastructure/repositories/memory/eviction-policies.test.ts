import { describe, expect, it } from 'vitest'
import { EVICTION_POLICIES } from '../../../../src/core/value-objects/eviction-policy.ts'
import { evictionPolicies } from '../../../../src/infrastructure/repositories/memory/eviction-policies.ts'
import { SpaceStage } from './space-stage.ts'

describe('evictionPolicies', () => {
  it('has an order of its own for every policy that may be named, and for no other', () => {
    expect(Object.keys(evictionPolicies).toSorted()).toEqual([...EVICTION_POLICIES].toSorted())
    expect(new Set(Object.values(evictionPolicies)).size).toBe(EVICTION_POLICIES.length)
  })

  it.each([
    ['lru', 'b'],
    ['lfu', 'b'],
    ['fifo', 'a'],
    ['sieve', 'b'],
    ['ttl', 'a'],
  ] as const)('%s lets %s leave, of a used one and three others', (evictionPolicy, leaves) => {
    const stage = new SpaceStage({ evictionPolicy, maxEntries: 4 })
    for (const key of ['a', 'b', 'c', 'd']) stage.set(key)
    stage.use('a')
    stage.set('e')
    expect(stage.evicted).toEqual([`${leaves} ${evictionPolicy} entries`])
  })
})
