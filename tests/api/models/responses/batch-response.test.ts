import { describe, expect, it } from 'vitest'
import { itemFailure, itemRefusal } from '../../../../src/api/models/responses/batch-response.ts'
import { CacheError } from '../../../../src/core/exceptions/cache-error.ts'

describe('itemFailure()', () => {
  it('has the status that a request of its own would have got', () => {
    expect(itemFailure('k', 'CACHE_ENTRY_NOT_FOUND', 'no')).toEqual({
      key: 'k',
      status: 404,
      code: 'CACHE_ENTRY_NOT_FOUND',
      detail: 'no',
    })
  })
})

describe('itemRefusal()', () => {
  it('takes code and words of the cache', () => {
    const error = new CacheError('CACHE_TTL_INVALID', 'Cannot use ttl')
    expect(itemRefusal('k', error)).toMatchObject({ status: 422, code: 'CACHE_TTL_INVALID' })
  })

  it('takes a code of a newer library for a failure of the service', () => {
    const error = Object.assign(new CacheError('CACHE_CLOSED', 'x'), { code: 'CACHE_NEWER' })
    expect(itemRefusal('k', error)).toMatchObject({ status: 500, code: 'CACHE_INTERNAL' })
  })
})
