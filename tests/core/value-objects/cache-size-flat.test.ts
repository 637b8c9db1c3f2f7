import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { estimateSize } from '../../../src/core/value-objects/cache-size.ts'

describe('estimateSize() of a flat object', () => {
  const primitive = fc.oneof(
    fc.integer(),
    fc.double(),
    fc.string(),
    fc.boolean(),
    fc.constant(null),
    fc.constant(undefined),
    fc.bigInt(),
  )

  it('is that of the same fields in an object that is looked at the long way', () => {
    const record = fc.dictionary(fc.string(), primitive, { maxKeys: 20, noNullPrototype: true })
    fc.assert(
      fc.property(record, (fields) => {
        const longWay: unknown = Object.assign(Object.create(null), fields)
        expect(estimateSize(fields)).toBe(estimateSize(longWay))
      }),
    )
  })

  it.each([16, 17])('counts %d fields', (count) => {
    const names = Array.from({ length: count }, (_, at) => [`n${at}`, 0.5] as const)
    expect(estimateSize(Object.fromEntries(names))).toBe(8 + 24 + count * (8 + 16))
  })

  it('looks into an object in its last field', () => {
    const inner = [1, 2, 3]
    expect(estimateSize({ a: 1, inner })).toBe(8 + 24 + 2 * 8 + 48 + 3 * 8)
  })
})
