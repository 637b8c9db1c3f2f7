import { describe, expect, it } from 'vitest'
import {
  invalidationListResponse,
  invalidationResponse,
  previewResponse,
} from '../../../../src/api/models/responses/invalidation-response.ts'
import { createCache } from '../../../../src/module.ts'

const position = { generation: 'g', seq: 7 }

describe('invalidationResponse()', () => {
  it('writes the position as text', () => {
    expect(invalidationResponse({ position, propagated: true })).toEqual({
      dryRun: false,
      position: 'g-7',
      propagated: true,
    })
  })

  it('has no position as long as the log does not hold the mark', () => {
    const response = invalidationResponse({ position: undefined, propagated: false })
    expect(response).toStrictEqual({ dryRun: false, propagated: false })
  })
})

describe('previewResponse()', () => {
  it('says that nothing was changed', () => {
    const preview = { matched: 1, scanned: 2, isComplete: false, sample: [] }
    expect(previewResponse(preview)).toEqual({ dryRun: true, ...preview })
  })
})

describe('invalidationListResponse()', () => {
  it('says in words what each reached, and by null that no reason was given', async () => {
    const cache = createCache()
    await cache.namespace('users').invalidate({ tag: 't' }, { soft: true, origin: 'me' })
    await cache.namespace('users').invalidate('a:*', { reason: 'why' })
    const { invalidations } = invalidationListResponse(await cache.invalidations(10))
    expect(invalidations).toMatchObject([
      { cache: 'users', scope: 'prefix a:', soft: false, reason: 'why' },
      { cache: 'users', scope: 'tag t', soft: true, reason: null, origin: 'me' },
    ])
  })
})
