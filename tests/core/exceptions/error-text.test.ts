import { describe, expect, it } from 'vitest'
import { errorText } from '../../../src/core/exceptions/error-text.ts'

describe('errorText()', () => {
  it.each([
    ['an error', new TypeError('why'), 'TypeError: why'],
    ['a text', 'why', 'why'],
    ['undefined', undefined, 'undefined'],
    ['a symbol', Symbol('why'), 'Symbol(why)'],
    ['an object without a prototype', Object.create(null), 'something that has no text'],
    [
      'an object whose toString() throws',
      {
        toString: () => {
          throw new Error('no')
        },
      },
      'something that has no text',
    ],
  ])('answers a text for %s', (_, thrown, expected) => {
    expect(errorText(thrown)).toBe(expected)
  })

  it('keeps 200 characters and cuts the 201st', () => {
    expect(errorText('x'.repeat(200))).toHaveLength(200)
    expect(errorText('x'.repeat(201))).toHaveLength(200)
  })
})
