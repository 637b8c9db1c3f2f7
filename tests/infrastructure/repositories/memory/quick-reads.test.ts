import { describe, expect, it } from 'vitest'
import { DEFAULT_NAMESPACE } from '../../../../src/core/entities/cache-namespace.ts'
import type { Clock } from '../../../../src/core/protocols/clock.ts'
import { parseCacheKey } from '../../../../src/core/value-objects/cache-key.ts'
import { parseSize } from '../../../../src/core/value-objects/cache-size.ts'
import { MemoryCacheRepository } from '../../../../src/infrastructure/repositories/memory-cache-repository.ts'
import { entryFixture } from '../../../../src/testing/entry-fixture.ts'
import { fakeRandom } from '../../../fakes/fake-random.ts'

const KEY = parseCacheKey('key')
/** Reads after which a slot's uses are counted no more. */
const MANY = 3

/** A clock that lends out calls, and counts how often it is looked at. */
class LendingClock implements Clock {
  time = 1000
  reading = 0
  calls = 0
  looks = 0

  nowMs(): number {
    this.looks += 1
    return this.time
  }

  monotonicMs(): number {
    return this.time
  }

  takeCalls(): number {
    return this.calls
  }
}

/** A store of the policy that needn't hear of each use, with one entry that was read often. */
function stage(calls: number, ttlMs = 600_000) {
  const clock = new LendingClock()
  const validity = {
    version: 0,
    isValid: true,
    check: () =>
      validity.isValid
        ? ({ kind: 'valid' } as const)
        : ({ kind: 'invalid', mark: undefined, position: { generation: 'g', seq: 1 } } as const),
  }
  const repository = new MemoryCacheRepository({
    clock,
    random: fakeRandom(0.5),
    maxBytes: parseSize('64mb', 'maxBytes'),
  })
  const store = repository.open(
    { ...DEFAULT_NAMESPACE, name: 'a', evictionPolicy: 'sieve' },
    { validity, onRemoved: () => {} },
  )
  const expiresAtMs = clock.time + ttlMs
  store.set(
    entryFixture({ key: 'key', createdAtMs: clock.time, expiresAtMs, staleUntilMs: expiresAtMs }),
  )
  const read = (times: number): number => {
    let found = 0
    for (let each = 0; each < times; each += 1) if (store.read(KEY) !== undefined) found += 1
    return found
  }
  read(MANY)
  clock.calls = calls
  read(1)
  clock.looks = 0
  return { clock, validity, store, read }
}

describe('a read that follows others', () => {
  it('looks at the clock only when the calls it was lent are used up', () => {
    const { clock, read } = stage(7)
    expect(read(7)).toBe(7)
    expect(clock.looks).toBe(0)
    expect(read(1)).toBe(1)
    expect(clock.looks).toBe(1)
    expect(read(7)).toBe(7)
    expect(clock.looks).toBe(1)
  })

  it('looks at it each time where none are lent', () => {
    const { clock, read } = stage(0)
    read(5)
    expect(clock.looks).toBe(5)
  })

  it('looks at it as soon as its reading is another', () => {
    const { clock, read } = stage(100, 60_000)
    expect(read(1)).toBe(1)
    clock.time += 60_000
    clock.reading += 1
    expect(read(1)).toBe(0)
  })

  it('sees a mark that came meanwhile', () => {
    const { validity, read } = stage(100)
    expect(read(1)).toBe(1)
    validity.isValid = false
    validity.version += 1
    expect(read(1)).toBe(0)
  })

  it('does not take an entry for fresh that ends within the unit of the reading', () => {
    const { clock, read } = stage(100, 100)
    expect(read(1)).toBe(1)
    clock.time += 100
    expect(read(1)).toBe(0)
  })

  it('is counted with the next one that looks at the clock', () => {
    const { store, read } = stage(7)
    read(7)
    expect(store.get(KEY)?.accessCount).toBe(MANY + 1)
    read(1)
    expect(store.get(KEY)?.accessCount).toBe(MANY + 1 + 7 + 1)
  })
})
