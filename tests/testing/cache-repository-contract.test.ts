import { describe, expect, it } from 'vitest'
import type { CacheRepository } from '../../src/core/protocols/cache-repository.ts'
import type { Clock } from '../../src/core/protocols/clock.ts'
import { parseSize } from '../../src/core/value-objects/cache-size.ts'
import { MEMORY_STORAGES } from '../../src/core/value-objects/memory-storage.ts'
import { MemoryCacheRepository } from '../../src/infrastructure/repositories/memory-cache-repository.ts'
import { SystemClock } from '../../src/infrastructure/runtime/system-clock.ts'
import { cacheRepositoryContract } from '../../src/testing/cache-repository-contract.ts'
import { createFakeClock } from '../../src/testing/fake-clock.ts'
import { fakeRandom } from '../fakes/fake-random.ts'
import { MapRepository } from '../fakes/map-repository.ts'

const maxBytes = parseSize('8mb', 'maxBytes')

describe('the contract over a backend of a map behind promises', () => {
  for (const { name, run } of cacheRepositoryContract(() => new MapRepository())) it(name, run)
})

for (const storage of MEMORY_STORAGES) {
  const onMemory = (clock: Clock, maxEntries?: number) => (): CacheRepository => {
    const random = fakeRandom(0.5)
    const repository = new MemoryCacheRepository({ clock, random, maxEntries, maxBytes })
    return { open: (namespace, ports) => repository.open({ ...namespace, storage }, ports) }
  }

  describe(`the contract over the memory repository with storage "${storage}"`, () => {
    const create = onMemory(new SystemClock())
    for (const { name, run } of cacheRepositoryContract(create)) it(name, run)
  })

  describe(`the contract over it where the number of entries is limited, with "${storage}"`, () => {
    const create = onMemory(new SystemClock(), 2000)
    for (const { name, run } of cacheRepositoryContract(create)) it(name, run)
  })

  describe(`the contract over it on a clock that stands still, with "${storage}"`, () => {
    const create = onMemory(createFakeClock().clock)
    for (const { name, run } of cacheRepositoryContract(async () => create())) it(name, run)
  })
}

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
