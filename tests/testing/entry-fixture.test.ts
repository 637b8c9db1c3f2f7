import { describe, expect, it } from 'vitest'
import { freshnessAt } from '../../src/core/entities/cache-entry.ts'
import { isCacheError } from '../../src/core/exceptions/cache-error.ts'
import { entryFixture } from '../../src/testing/entry-fixture.ts'
import { FAKE_START_MS } from '../../src/testing/fake-clock.ts'

describe('entryFixture()', () => {
  it('makes an entry that is fresh for ever', () => {
    const entry = entryFixture()
    expect(entry).toMatchObject({ key: 'key', value: 'value', sizeBytes: 100, accessCount: 0 })
    expect(freshnessAt(entry, FAKE_START_MS)).toBe('fresh')
    expect(freshnessAt(entry, Number.MAX_SAFE_INTEGER)).toBe('fresh')
  })

  it('replaces the fields that are given', () => {
    const entry = entryFixture({ key: 'user:1', value: 7, priority: 'low', sizeBytes: 5 })
    expect(entry).toEqual({
      ...entryFixture(),
      key: 'user:1',
      value: 7,
      priority: 'low',
      sizeBytes: 5,
    })
  })

  it('takes undefined and null as values', () => {
    expect(entryFixture({ value: undefined }).value).toBeUndefined()
    expect(entryFixture({ value: null }).value).toBeNull()
  })

  it('ends the stale window with the life, unless it is told another end', () => {
    expect(entryFixture({ expiresAtMs: 5 }).staleUntilMs).toBe(5)
    expect(entryFixture({ expiresAtMs: 5, staleUntilMs: 9 }).staleUntilMs).toBe(9)
  })

  it('counts as accessed when it was created, unless it is told another time', () => {
    expect(entryFixture({ createdAtMs: 5 }).accessedAtMs).toBe(5)
    expect(entryFixture({ createdAtMs: 5, accessedAtMs: 6 }).accessedAtMs).toBe(6)
  })

  it('refuses a key and a size that no entry can have', () => {
    expect(() => entryFixture({ key: '' })).toThrow(
      expect.toSatisfy((error) => isCacheError(error, 'CACHE_KEY_INVALID')),
    )
    expect(() => entryFixture({ sizeBytes: 0 })).toThrow(
      expect.toSatisfy((error) => isCacheError(error, 'CACHE_SIZE_INVALID')),
    )
  })
})
