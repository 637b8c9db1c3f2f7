import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { cutText, describeValue } from '../../../src/core/exceptions/describe-value.ts'

describe('describeValue()', () => {
  it.each([
    ['a', '"a"'],
    ['', '""'],
    ['say "no"', '"say \\"no\\""'],
    [5, '5'],
    [-0.5, '-0.5'],
    [Number.NaN, 'NaN'],
    [Number.POSITIVE_INFINITY, 'Infinity'],
    [true, 'true'],
    [null, 'null'],
    [undefined, 'undefined'],
    [12n, '12n'],
    [Symbol('secret'), 'a symbol'],
    [() => 'secret', 'a function'],
    [['secret', 2], 'an array of 2'],
    [{ password: 'secret' }, 'an object'],
    [new Date(0), 'an object'],
    [Object.create(null), 'an object'],
  ])('turns %o into %s', (value, text) => {
    expect(describeValue(value)).toBe(text)
  })

  it('marks what it cut with an ellipsis, and only that', () => {
    expect(describeValue('x'.repeat(100))).toBe(`"${'x'.repeat(100)}"`)
    expect(describeValue('x'.repeat(101))).toBe(`"${'x'.repeat(100)}"…`)
  })

  it('cuts numbers of any length', () => {
    expect(describeValue(10n ** 500n).length).toBe(101)
  })

  it('escapes line breaks, separators, reading-direction marks and lone surrogates', () => {
    const hostile = 'a\n\r\u0000\u007f\u0085\u2028\u2029\u202e\u2066\ud800z'
    expect(describeValue(hostile)).toBe(
      '"a\\n\\r\\u0000\\u007f\\u0085\\u2028\\u2029\\u202e\\u2066\\ud800z"',
    )
  })

  it('answers one short line of well-formed text for any text', () => {
    const unit = fc.integer({ min: 0, max: 0xffff }).map((code) => String.fromCharCode(code))
    fc.assert(
      fc.property(fc.string({ unit, maxLength: 300 }), (text) => {
        const described = describeValue(text)
        expect(described).not.toMatch(/[\p{Cc}\p{Zl}\p{Zp}]/u)
        expect(described).not.toMatch(/\p{Cs}/u)
        expect(described.length).toBeLessThanOrEqual(6 * 100 + 3)
      }),
    )
  })
})

describe('cutText()', () => {
  it('never cuts through a surrogate pair', () => {
    expect(cutText(`${'x'.repeat(98)}😀y`)).toBe(`${'x'.repeat(98)}😀`)
    expect(cutText(`${'x'.repeat(99)}😀y`)).toBe('x'.repeat(99))
    expect(cutText(`${'x'.repeat(100)}😀`)).toBe('x'.repeat(100))
  })
})
