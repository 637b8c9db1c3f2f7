import { describe, expect, it } from 'vitest'
import { DEFAULT_NAMESPACE } from '../../../src/core/entities/cache-namespace.ts'
import { isMemoryStore } from '../../../src/core/protocols/cache-repository.ts'
import { parseSize } from '../../../src/core/value-objects/cache-size.ts'
import { MemoryCacheRepository } from '../../../src/infrastructure/repositories/memory-cache-repository.ts'
import { openStage } from '../../../src/testing/contract-stage.ts'
import { createFakeClock } from '../../../src/testing/fake-clock.ts'
import { fakeRandom } from '../../fakes/fake-random.ts'
import { MapRepository, mapStore } from '../../fakes/map-repository.ts'

describe('isMemoryStore()', () => {
  it('is true for the store of the memory repository', () => {
    const { store } = openStage(
      new MemoryCacheRepository({
        clock: createFakeClock().clock,
        random: fakeRandom(),
        maxBytes: parseSize('1mb', 'maxBytes'),
      }),
    )
    expect(isMemoryStore(store)).toBe(true)
  })

  it('is false for a store behind promises', () => {
    const store = new MapRepository().open({ ...DEFAULT_NAMESPACE, name: 'maps' })
    expect(isMemoryStore(store)).toBe(false)
  })

  it.each([
    [true, true],
    [false, false],
    ['true', false],
    [1, false],
    [undefined, false],
  ])('with isSynchronous %o is %s', (isSynchronous, expected) => {
    const store = { ...mapStore(new Map()), isSynchronous }
    expect(isMemoryStore(store)).toBe(expected)
  })
})
