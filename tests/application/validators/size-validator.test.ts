import { describe, expect, it } from 'vitest'
import { sizeValidator } from '../../../src/application/validators/size-validator.ts'
import { DEFAULT_NAMESPACE } from '../../../src/core/entities/cache-namespace.ts'
import { estimateSize, parseSize } from '../../../src/core/value-objects/cache-size.ts'

const limited = (maxBytes: number | undefined) => ({
  ...DEFAULT_NAMESPACE,
  name: 'ns',
  maxBytes: maxBytes === undefined ? undefined : parseSize(maxBytes, 'maxBytes'),
})

describe('sizeValidator()', () => {
  const value = 'x'.repeat(100)
  const size = estimateSize(value)

  it('answers the estimated size', () => {
    expect(sizeValidator(limited(undefined), value)).toBe(size)
  })

  it('takes a value that fills the namespace, and refuses one that is a byte too large', () => {
    expect(sizeValidator(limited(size), value)).toBe(size)
    expect(() => sizeValidator(limited(size - 1), value)).toThrow(
      expect.objectContaining({
        code: 'CACHE_VALUE_TOO_LARGE',
        message: `Cannot store in namespace ns: expected at most ${size - 1} bytes, got about ${size}`,
      }),
    )
  })
})
