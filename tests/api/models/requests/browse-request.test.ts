import { Compile } from 'typebox/compile'
import { describe, expect, it } from 'vitest'
import { historyRequest, treePath } from '../../../../src/api/models/requests/browse-request.ts'

describe('treePath()', () => {
  it.each([
    [{}, ''],
    [{ path: '' }, ''],
    [{ path: 'a:' }, 'a:'],
    [{ path: 'a::b:' }, 'a::b:'],
    [{ path: ':' }, ':'],
  ])('of %j is %j', (request, path) => expect(treePath(request)).toBe(path))

  it.each(['a', 'a:b', 'a:*:', '?:'])('refuses %s', (path) => {
    expect(() => treePath({ path })).toThrow('segments that each end in ":"')
  })
})

describe('historyRequest()', () => {
  it('bounds the limit on both sides', () => {
    const check = (limit: unknown) => Compile(historyRequest(5)).Check({ limit })
    expect([0, 1, 5, 6, '5'].map(check)).toEqual([false, true, true, false, false])
  })
})
