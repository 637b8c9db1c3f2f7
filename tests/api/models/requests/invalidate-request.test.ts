import { describe, expect, it } from 'vitest'
import { invalidationTarget } from '../../../../src/api/models/requests/invalidate-request.ts'

describe('invalidationTarget()', () => {
  it.each(['key', 'prefix', 'pattern', 'regex', 'tag', 'dependency'])('takes %s alone', (name) => {
    expect(invalidationTarget({ [name]: 'x', soft: true, reason: 'y' })).toEqual({ [name]: 'x' })
  })

  it('takes an empty text for one that is named', () => {
    expect(invalidationTarget({ prefix: '' })).toEqual({ prefix: '' })
  })

  it.each([
    [{}, 'got 0'],
    [{ soft: true }, 'got 0'],
    [{ key: 'a', tag: 'b' }, 'got 2'],
  ])('refuses %j', (request, why) => expect(() => invalidationTarget(request)).toThrow(why))
})
