import { describe, expect, it } from 'vitest'
import {
  assertPrecondition,
  isNotModified,
  precondition,
} from '../../../../src/api/models/requests/precondition.ts'

const TAG = '"abc"'

/** True if a write may go on. */
function holds(headers: Record<string, string>, etag: string | undefined): boolean {
  const condition = precondition(headers)
  if (condition === undefined) return true
  try {
    assertPrecondition(condition, etag)
    return true
  } catch {
    return false
  }
}

describe('precondition()', () => {
  it('is there only if a header makes one', () => {
    expect(precondition({})).toBeUndefined()
    expect(precondition({ 'if-match': '*' })).toEqual({ ifMatch: '*', ifNoneMatch: undefined })
  })
})

describe('assertPrecondition()', () => {
  it.each([
    ['"abc"', TAG, true],
    ['"x", "abc"', TAG, true],
    ['*', TAG, true],
    [' * ', TAG, true],
    ['"x"', TAG, false],
    ['W/"abc"', TAG, false],
    ['abc', TAG, false],
    ['', TAG, false],
    ['*', undefined, false],
    ['"abc"', undefined, false],
  ])('If-Match: %s over %s: %s', (ifMatch, etag, expected) => {
    expect(holds({ 'if-match': ifMatch }, etag)).toBe(expected)
  })

  it.each([
    ['"abc"', TAG, false],
    ['W/"abc"', TAG, false],
    ['"x" , "abc"', TAG, false],
    ['*', TAG, false],
    ['"x"', TAG, true],
    ['*', undefined, true],
    ['"abc"', undefined, true],
  ])('If-None-Match: %s over %s: %s', (ifNoneMatch, etag, expected) => {
    expect(holds({ 'if-none-match': ifNoneMatch }, etag)).toBe(expected)
  })

  it('wants both to hold when both are there', () => {
    expect(holds({ 'if-match': TAG, 'if-none-match': '"x"' }, TAG)).toBe(true)
    expect(holds({ 'if-match': TAG, 'if-none-match': TAG }, TAG)).toBe(false)
  })

  it('says in the failure at which tag the entry is', () => {
    const assert = () => assertPrecondition({ ifMatch: '"x"', ifNoneMatch: undefined }, TAG)
    expect(assert).toThrow(expect.objectContaining({ headers: { etag: TAG } }))
  })
})

describe('isNotModified()', () => {
  it('compares weakly, and takes "no header" for "send it"', () => {
    expect(isNotModified(undefined, TAG)).toBe(false)
    expect(isNotModified('W/"abc"', TAG)).toBe(true)
    expect(isNotModified('"x", "abc"', TAG)).toBe(true)
    expect(isNotModified('"x"', TAG)).toBe(false)
  })
})
