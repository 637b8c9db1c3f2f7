import { Compile } from 'typebox/compile'
import { describe, expect, it } from 'vitest'
import { batchRequest } from '../../../../src/api/models/requests/batch-request.ts'

const schemas = batchRequest(2)

describe('batchRequest()', () => {
  it('lets any text be a key, so that one wrong key fails alone', () => {
    expect(Compile(schemas.get).Check({ keys: ['', '*'], stale: 'ok' })).toBe(true)
    expect(Compile(schemas.delete).Check({ keys: ['\u0000'] })).toBe(true)
    expect(Compile(schemas.set).Check({ items: [{ key: '' }] })).toBe(true)
  })

  it('bounds the number of items on both sides', () => {
    const delete_ = Compile(schemas.delete)
    expect([[], ['a'], ['a', 'b'], ['a', 'b', 'c']].map((keys) => delete_.Check({ keys }))).toEqual(
      [false, true, true, false],
    )
  })

  it('knows no other fields', () => {
    expect(Compile(schemas.get).Check({ keys: ['a'], key: 'a' })).toBe(false)
    expect(Compile(schemas.set).Check({ items: [{ key: 'a', value: 1, ex: 5 }] })).toBe(false)
  })
})
