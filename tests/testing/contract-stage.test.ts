import { describe, expect, it } from 'vitest'
import { parseSize } from '../../src/core/value-objects/cache-size.ts'
import { MemoryCacheRepository } from '../../src/infrastructure/repositories/memory-cache-repository.ts'
import { liveEntry, onMemoryStage, onStage, openStage } from '../../src/testing/contract-stage.ts'
import { createFakeClock } from '../../src/testing/fake-clock.ts'
import { fakeRandom } from '../fakes/fake-random.ts'
import { MapRepository } from '../fakes/map-repository.ts'

const memory = () =>
  new MemoryCacheRepository({
    clock: createFakeClock(Date.now()).clock,
    random: fakeRandom(),
    maxBytes: parseSize('1mb', 'maxBytes'),
  })

describe('openStage()', () => {
  it('opens the namespace that it is given, with what left and how often marks were asked for', async () => {
    const { store, removals, validity } = openStage(memory(), { name: 'a', maxEntries: 1 })
    await store.set(liveEntry({ key: 'one' }))
    await store.set(liveEntry({ key: 'two' }))
    expect(removals.map(({ entry, cause }) => [entry.key, cause.kind])).toEqual([
      ['one', 'evicted'],
    ])
    const { checks } = validity
    validity.version += 1
    await store.get(liveEntry({ key: 'two' }).key)
    expect(validity.checks).toBe(checks + 1)
  })
})

describe('onStage()', () => {
  it('closes the repository also when the check fails', async () => {
    const repository = new MapRepository()
    let isClosed = false
    repository.close = async () => {
      isClosed = true
    }
    const check = () => Promise.reject(new Error('found a fault'))
    await expect(onStage(() => repository, check)).rejects.toThrow('found a fault')
    expect(isClosed).toBe(true)
  })

  it('does without a repository that can be closed', async () => {
    const repository = new MapRepository()
    let wasRun = false
    const open = repository.open.bind(repository)
    await onStage(
      () => ({ open }),
      () => {
        wasRun = true
      },
    )
    expect(wasRun).toBe(true)
  })
})

describe('onMemoryStage()', () => {
  it('runs the check on a store that answers at once, and on no other', async () => {
    const seen: string[] = []
    await onMemoryStage(memory, ({ store }) => {
      seen.push(`memory ${store.isSynchronous}`)
    })
    await onMemoryStage(
      () => new MapRepository(),
      () => {
        seen.push('map')
      },
    )
    expect(seen).toEqual(['memory true'])
  })
})
