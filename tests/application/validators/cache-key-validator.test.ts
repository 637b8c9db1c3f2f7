import { describe, expect, it } from 'vitest'
import {
  cacheKeyValidator,
  MAX_BATCH_KEYS,
} from '../../../src/application/validators/cache-key-validator.ts'

const keys = (count: number) => Array.from({ length: count }, (_, at) => `key:${at}`)

describe('cacheKeyValidator()', () => {
  it('answers the keys in the order given, each once', () => {
    expect(cacheKeyValidator(['b', 'a', 'b', 'c', 'a'])).toEqual(['b', 'a', 'c'])
  })

  it('reads any iterable, also one that can be read only once', () => {
    expect(cacheKeyValidator(new Set(['a', 'b']))).toEqual(['a', 'b'])
    expect(cacheKeyValidator(['a', 'b'].values())).toEqual(['a', 'b'])
  })

  it('of nothing answers nothing', () => {
    expect(cacheKeyValidator([])).toEqual([])
  })

  it.each(['', ' a', 'a*', 'a?', 'a\n', 5, null, undefined, {}])(
    'refuses the key %o among good ones',
    (key) => {
      expect(() => cacheKeyValidator(['a', key, 'b'])).toThrow(
        expect.objectContaining({ code: 'CACHE_KEY_INVALID' }),
      )
    },
  )

  it('throws for the first of several wrong keys', () => {
    expect(() => cacheKeyValidator(['a', 'first*', 'second*'])).toThrow(/"first\*"/)
  })

  it('takes 10 000 keys, and refuses one more', () => {
    expect(MAX_BATCH_KEYS).toBe(10_000)
    expect(cacheKeyValidator(keys(MAX_BATCH_KEYS))).toHaveLength(MAX_BATCH_KEYS)
    expect(() => cacheKeyValidator(keys(MAX_BATCH_KEYS + 1))).toThrow(
      expect.objectContaining({
        code: 'CACHE_OPTION_INVALID',
        message: 'Cannot take this batch: expected at most 10000 keys',
      }),
    )
  })

  it('counts a repeated key once', () => {
    const repeated = [...keys(MAX_BATCH_KEYS), ...keys(MAX_BATCH_KEYS)]
    expect(cacheKeyValidator(repeated)).toHaveLength(MAX_BATCH_KEYS)
  })

  it('stops reading at the limit, so that a source without an end does no harm', () => {
    let given = 0
    function* endless(): Generator<string> {
      while (true) {
        given += 1
        yield `key:${given}`
      }
    }
    expect(() => cacheKeyValidator(endless())).toThrow('at most 10000 keys')
    expect(given).toBe(MAX_BATCH_KEYS + 1)
  })
})
