import { describe, expect, it } from 'vitest'
import {
  cacheKeyValidator,
  MAX_BATCH_KEYS,
} from '../../../src/application/validators/cache-key-validator.ts'

describe('cacheKeyValidator()', () => {
  it('answers the keys in order, each once', () => {
    expect(cacheKeyValidator(['b', 'a', 'b'])).toEqual(['b', 'a'])
    expect(cacheKeyValidator(new Set<string>())).toEqual([])
  })

  it('refuses the first key that breaks the rules', () => {
    expect(() => cacheKeyValidator(['a', 'b*', ''])).toThrow(
      expect.objectContaining({ code: 'CACHE_KEY_INVALID', keyText: 'b*' }),
    )
  })

  it('takes 10 000 keys and refuses one more, without reading on', () => {
    let read = 0
    function* keys(count: number) {
      for (let at = 0; at < count; at += 1) {
        read += 1
        yield `k${at}`
      }
    }
    expect(cacheKeyValidator(keys(MAX_BATCH_KEYS))).toHaveLength(10_000)
    read = 0
    expect(() => cacheKeyValidator(keys(1_000_000))).toThrow(
      expect.objectContaining({ code: 'CACHE_OPTION_INVALID' }),
    )
    expect(read).toBe(MAX_BATCH_KEYS + 1)
  })
})
