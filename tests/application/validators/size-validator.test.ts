import { describe, expect, it } from 'vitest'
import { sizeValidator } from '../../../src/application/validators/size-validator.ts'
import { DEFAULT_NAMESPACE } from '../../../src/core/entities/cache-namespace.ts'
import { estimateSize, parseSize } from '../../../src/core/value-objects/cache-size.ts'

const VALUE = { text: 'x'.repeat(1000), list: [1, 2, 3] }
const SIZE = estimateSize(VALUE)

const namespace = (maxBytes?: number) => ({
  ...DEFAULT_NAMESPACE,
  name: 'users',
  maxBytes: maxBytes === undefined ? undefined : parseSize(maxBytes, 'maxBytes'),
})

describe('sizeValidator()', () => {
  it('answers the estimated size, whatever it is, when the namespace has no limit', () => {
    expect(sizeValidator(namespace(), VALUE)).toBe(SIZE)
    expect(sizeValidator(namespace(), undefined)).toBe(estimateSize(undefined))
    const huge = new Uint8Array(10_000_000)
    expect(sizeValidator(namespace(), huge)).toBeGreaterThan(10_000_000)
  })

  it('takes a value of exactly the limit, and refuses one that is a byte larger', () => {
    expect(sizeValidator(namespace(SIZE + 1), VALUE)).toBe(SIZE)
    expect(sizeValidator(namespace(SIZE), VALUE)).toBe(SIZE)
    expect(() => sizeValidator(namespace(SIZE - 1), VALUE)).toThrow(
      expect.objectContaining({
        code: 'CACHE_VALUE_TOO_LARGE',
        message: `Cannot store in namespace users: expected at most ${SIZE - 1} bytes, got about ${SIZE}`,
      }),
    )
  })

  it('refuses even the smallest value under a limit of one byte', () => {
    expect(() => sizeValidator(namespace(1), null)).toThrow(
      expect.objectContaining({ code: 'CACHE_VALUE_TOO_LARGE' }),
    )
  })
})
