import { describe, expect, it } from 'vitest'
import { parseSize } from '../../src/core/value-objects/cache-size.ts'
import { EVICTION_POLICIES } from '../../src/core/value-objects/eviction-policy.ts'
import { MemoryCacheRepository } from '../../src/infrastructure/repositories/memory-cache-repository.ts'
import { SystemClock } from '../../src/infrastructure/runtime/system-clock.ts'
import { cacheRepositoryContract } from '../../src/testing/cache-repository-contract.ts'
import { createFakeClock } from '../../src/testing/fake-clock.ts'
import { MapRepository } from '../fakes/map-repository.ts'

const maxBytes = parseSize('8mb', 'maxBytes')

describe('the contract over a backend of a map behind promises', () => {
  for (const { name, run } of cacheRepositoryContract(() => new MapRepository())) it(name, run)
})

for (const evictionPolicy of EVICTION_POLICIES) {
  describe(`the contract over the memory repository with ${evictionPolicy} between namespaces`, () => {
    const create = () =>
      new MemoryCacheRepository({
        clock: new SystemClock(),
        maxEntries: 2000,
        maxBytes,
        evictionPolicy,
      })
    for (const { name, run } of cacheRepositoryContract(create)) it(name, run)
  })
}

describe('the contract over a repository on a clock that stands still', () => {
  const create = async () =>
    new MemoryCacheRepository({
      clock: createFakeClock().clock,
      maxBytes,
      evictionPolicy: 'lru',
    })
  for (const { name, run } of cacheRepositoryContract(create)) it(name, run)
})

describe('cacheRepositoryContract()', () => {
  it('gives every case a name of its own', () => {
    const names = cacheRepositoryContract(() => new MapRepository()).map(({ name }) => name)
    expect(new Set(names).size).toBe(names.length)
  })

  it('makes a repository of its own for each case, and closes it', async () => {
    const events: string[] = []
    const create = () => {
      events.push('made')
      const repository = new MapRepository()
      const close = async () => {
        events.push('closed')
      }
      return Object.assign(repository, { close })
    }
    const [first, second] = cacheRepositoryContract(create)
    expect(events).toEqual([])
    await first?.run()
    await second?.run()
    expect(events).toEqual(['made', 'closed', 'made', 'closed'])
  })
})
