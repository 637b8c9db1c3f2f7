import { describe, expect, it } from 'vitest'
import { UnstoredKeys } from '../../../../src/application/services/coherence/unstored-keys.ts'
import type { CacheKey } from '../../../../src/core/value-objects/cache-key.ts'

const A = 'a' as CacheKey
const B = 'b' as CacheKey
const C = 'c' as CacheKey

describe('UnstoredKeys', () => {
  it('remembers a key until a value is stored that began after it was noted', () => {
    const keys = new UnstoredKeys(() => undefined)
    keys.note(A, 100)
    keys.forget(A, 99)
    expect([keys.has(A), keys.has(B)]).toEqual([true, false])
    keys.forget(A, 100)
    expect(keys.has(A)).toBe(false)
  })

  it('holds its limit, and beyond it counts every key until everything is marked', () => {
    let overflows = 0
    const keys = new UnstoredKeys(() => {
      overflows += 1
    }, 2)
    keys.note(A, 1)
    keys.note(B, 1)
    expect([overflows, keys.has(C)]).toEqual([0, false])
    keys.note(C, 1)
    expect([overflows, keys.has('d' as CacheKey)]).toEqual([1, true])
    keys.note(A, 2)
    keys.onMarked()
    expect([keys.has(A), keys.has(B), keys.has(C)]).toEqual([true, false, false])
  })
})
