import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { textFault } from '../../../src/core/value-objects/text-fault.ts'

/** The same rules, as slow and as plain as can be. */
function isFaultless(text: string, maxBytes: number): boolean {
  const bytes = new TextEncoder().encode(text)
  const survivesUtf8 = new TextDecoder('utf-8', { ignoreBOM: true }).decode(bytes) === text
  const isSized = bytes.length >= 1 && bytes.length <= maxBytes
  return isSized && survivesUtf8 && !/\p{Cc}/u.test(text) && text.trim() === text
}

const anyUnit = fc.integer({ min: 0, max: 0xffff }).map((code) => String.fromCharCode(code))
const oddUnit = fc.constantFrom(
  ...'az09:. \u00a0\u3000\ufeff\u200b\t\u007f\u009f\u00e9\u3042\ud83d\ude00\udfff',
)

describe('textFault()', () => {
  it.each([
    ['', 'expected 1 to 8 bytes, got none'],
    ['123456789', 'expected at most 8 bytes, got more'],
    ['éééé9', 'expected at most 8 bytes, got 9'],
    ['あああ', 'expected at most 8 bytes, got 9'],
    ['😀😀9', 'expected at most 8 bytes, got 9'],
    [' a', 'expected no white space at the ends, got it first'],
    ['a\u00a0', 'expected no white space at the ends, got it last'],
    ['a\u0000b', 'expected no control characters, got U+0000 at 1'],
    ['ab\u007fc', 'expected no control characters, got U+007F at 2'],
    ['a\u0085b', 'expected no control characters, got U+0085 at 1'],
    ['a\ud800b', 'expected well-formed Unicode, got a lone surrogate at 1'],
    ['ab\ud800', 'expected well-formed Unicode, got a lone surrogate at 2'],
    ['a\udc00\ud800', 'expected well-formed Unicode, got a lone surrogate at 1'],
  ])('says of %j: %s', (text, fault) => {
    expect(textFault(text, 8)).toBe(fault)
  })

  it.each(['a', '12345678', 'éééé', 'ああ12', '😀😀', 'a b', '~', '\u00a1', 'a\u200b'])(
    'finds nothing wrong with %j',
    (text) => {
      expect(textFault(text, 8)).toBeUndefined()
    },
  )

  it('calls white space exactly what trim() takes away', () => {
    const different: number[] = []
    for (let code = 0; code <= 0xffff; code += 1) {
      const character = String.fromCharCode(code)
      const isRefused = textFault(`${character}a`, 8)?.includes('white space') ?? false
      if (isRefused !== (character.trim() === '')) different.push(code)
    }
    expect(different).toEqual([])
  })

  it('counts the bytes of each character as the platform encodes it', () => {
    const edges = [0x7e, 0xa1, 0x7ff, 0x800, 0xd7ff, 0xe000, 0xffff, 0x10000, 0x10ffff]
    const different = edges.filter((code) => {
      const text = String.fromCodePoint(code)
      const sizeBytes = new TextEncoder().encode(text).length
      const isTight = textFault(`a${text}`, sizeBytes) !== undefined
      return textFault(text, sizeBytes) !== undefined || !isTight
    })
    expect(different).toEqual([])
  })

  it('agrees with a plain validator on random text', () => {
    const text = fc.oneof(
      fc.string({ unit: anyUnit, maxLength: 20 }),
      fc.string({ unit: oddUnit, maxLength: 20 }),
      fc.string({ unit: 'grapheme', maxLength: 20 }),
    )
    fc.assert(
      fc.property(text, fc.integer({ min: 1, max: 24 }), (candidate, maxBytes) => {
        expect(textFault(candidate, maxBytes) === undefined).toBe(isFaultless(candidate, maxBytes))
      }),
      { numRuns: 5000 },
    )
  })
})
