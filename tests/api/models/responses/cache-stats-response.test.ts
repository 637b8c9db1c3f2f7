import { Compile } from 'typebox/compile'
import { describe, expect, it } from 'vitest'
import {
  CacheStatsResponse,
  cacheStatsResponse,
} from '../../../../src/api/models/responses/cache-stats-response.ts'
import { createCache } from '../../../../src/module.ts'

describe('cacheStatsResponse()', () => {
  it('documents every counter that a cache has', async () => {
    const stats = await createCache().namespace('users', { maxEntries: 5 }).stats()
    const response = cacheStatsResponse(stats)
    expect(Compile(CacheStatsResponse).Errors(response)).toEqual([])
    const documented = Object.keys(Reflect.get(CacheStatsResponse, 'properties'))
    expect(Object.keys(response).toSorted()).toEqual(documented.toSorted())
    expect(response).toMatchObject({ maxEntries: 5, maxBytes: null })
  })
})
