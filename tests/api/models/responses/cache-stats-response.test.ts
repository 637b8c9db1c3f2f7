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
    expect(response).toMatchObject({ maxEntries: 5, maxBytes: null, estimatedHitRatio: null })
  })

  it('hands on what more or less memory would bring, as documented', async () => {
    const estimatedHitRatio = { half: 0.25, double: 0.75, quadruple: 1 }
    const stats = await createCache().namespace('users').stats()
    const response = cacheStatsResponse({ ...stats, estimatedHitRatio })
    expect(response.estimatedHitRatio).toEqual(estimatedHitRatio)
    expect(Compile(CacheStatsResponse).Errors(response)).toEqual([])
    const wrong = { ...response, estimatedHitRatio: { ...estimatedHitRatio, double: 1.1 } }
    expect(Compile(CacheStatsResponse).Errors(wrong)).not.toEqual([])
  })
})
