import { describe, expect, it } from 'vitest'
import {
  MEMORY_STORAGES,
  parseMemoryStorage,
} from '../../../src/core/value-objects/memory-storage.ts'

describe('parseMemoryStorage()', () => {
  it('takes each storage of the list', () => {
    expect(MEMORY_STORAGES.map(parseMemoryStorage)).toEqual(['reference', 'buffer'])
  })

  it.each(['', 'Buffer', 'buffer ', 'heap', 0, null, undefined, ['buffer']])(
    'refuses %o and lists what is allowed',
    (value) => {
      expect(() => parseMemoryStorage(value)).toThrow(
        expect.objectContaining({
          code: 'CACHE_OPTION_INVALID',
          message: expect.stringMatching(
            /^Cannot use storage: expected one of reference, buffer, got /,
          ),
        }),
      )
    },
  )
})
