import { describe, expect, it } from 'vitest'
import {
  wordCount,
  wordsOf,
  wordText,
} from '../../../../src/infrastructure/repositories/redis-scripts/words-of.ts'

describe('wordsOf()', () => {
  it('are the elements of a list, and none of anything else', () => {
    expect(wordsOf([1, 'a', null])).toEqual([1, 'a', null])
    for (const reply of [undefined, null, 5, 'text', Buffer.from('bytes'), true]) {
      expect(wordsOf(reply)).toEqual([])
    }
  })
})

describe('wordText()', () => {
  it('is the text of strings and bytes, and empty for anything else', () => {
    expect(wordText('é')).toBe('é')
    expect(wordText(new Uint8Array(Buffer.from('xéx')).subarray(1, 3))).toBe('é')
    for (const reply of [undefined, null, 5, ['a'], true]) expect(wordText(reply)).toBe('')
  })
})

describe('wordCount()', () => {
  it.each([
    [0, 0],
    ['7', 7],
    [Buffer.from('9007199254740991'), Number.MAX_SAFE_INTEGER],
    ['9007199254740992', undefined],
    [-1, undefined],
    [1.5, undefined],
    ['', undefined],
    ['x', undefined],
    [null, undefined],
    [[1], undefined],
  ])('of %j is %j', (reply, count) => {
    expect(wordCount(reply)).toBe(count)
  })
})
