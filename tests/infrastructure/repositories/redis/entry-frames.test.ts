import { describe, expect, it } from 'vitest'
import { CacheError } from '../../../../src/core/exceptions/cache-error.ts'
import { parseCacheKey } from '../../../../src/core/value-objects/cache-key.ts'
import {
  bytesTtlMs,
  EntryFrames,
} from '../../../../src/infrastructure/repositories/redis/entry-frames.ts'
import { entryFixture } from '../../../../src/testing/entry-fixture.ts'
import { FRAME_READER, FRAME_WRITER } from '../../../fakes/frame-fixture.ts'

const key = parseCacheKey('key')

function framesOf(maxValueBytes = 1000) {
  const faults: unknown[][] = []
  const frames = new EntryFrames({
    cache: { prefix: 'cache', tenant: '' },
    namespace: 'fixtures',
    writer: { ...FRAME_WRITER, maxValueBytes },
    reader: FRAME_READER,
    onFault: (...fault) => faults.push(fault),
  })
  return { frames, faults }
}

describe('EntryFrames', () => {
  it('reads what it wrote, and names where it lies', () => {
    const { frames, faults } = framesOf()
    const bytes = frames.write(entryFixture())
    expect(bytes instanceof CacheError ? bytes : frames.read(key, bytes)).toEqual(entryFixture())
    expect(frames.namesOf(key)).toEqual({
      valueName: 'cache::fixtures:key',
      leaseName: 'cache:{cache::fixtures:key}',
    })
    expect(faults).toEqual([])
  })

  it('tells of what is no entry of the key', () => {
    const { frames, faults } = framesOf()
    const bytes = frames.write(entryFixture({ key: 'other' }))
    if (bytes instanceof CacheError) throw bytes
    expect(frames.read(key, bytes)).toBeUndefined()
    const error = {
      code: 'CACHE_VALUE_INVALID',
      message: 'Cannot read key: it was written for another key',
    }
    expect(faults).toMatchObject([[key, 'counted a miss', error]])
  })

  it('hands on what the serializer says of a value, and says itself what no frame can hold', () => {
    const { frames, faults } = framesOf(10)
    expect(frames.write(entryFixture({ value: Symbol('x') }))).toMatchObject({
      code: 'CACHE_VALUE_INVALID',
      message: expect.stringMatching(/^Cannot serialize/),
    })
    expect(frames.write(entryFixture({ value: 'too long for it' }))).toMatchObject({
      code: 'CACHE_VALUE_INVALID',
      message: 'Cannot store key: its value has 17 bytes, and 10 are the most',
    })
    expect(faults).toEqual([])
  })
})

describe('bytesTtlMs()', () => {
  const until = (staleUntilMs: number) => entryFixture({ expiresAtMs: 0, staleUntilMs })

  it.each([
    [Number.POSITIVE_INFINITY, undefined],
    [1500, 500],
    [1000.5, 1],
    [1001.5, 2],
    [1000, 1],
    [-5, 1],
  ])('of an entry that may be stale until %s is %s at 1000', (staleUntilMs, ttlMs) => {
    expect(bytesTtlMs(until(staleUntilMs), 1000)).toBe(ttlMs)
  })
})
