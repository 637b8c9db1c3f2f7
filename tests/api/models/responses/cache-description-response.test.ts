import { describe, expect, it } from 'vitest'
import {
  cacheDescriptionResponse,
  descriptionTag,
} from '../../../../src/api/models/responses/cache-description-response.ts'
import { createCache } from '../../../../src/module.ts'

function describeWith(
  options: Parameters<ReturnType<typeof createCache>['configureNamespace']>[1],
) {
  return cacheDescriptionResponse(createCache().configureNamespace('users', options))
}

describe('cacheDescriptionResponse()', () => {
  it.each([
    ['never' as const, 'never'],
    [0, '0ms'],
    ['5m' as const, '300000ms'],
    [new Date('2100-01-01T00:00:00Z'), '2100-01-01T00:00:00.000Z'],
    [() => '1m' as const, 'a function of the value'],
  ])('says the TTL %s as %s', (ttl, text) => {
    expect(describeWith({ ttl }).ttl).toBe(text)
  })

  it('says by null that there is no limit', () => {
    expect(describeWith({})).toMatchObject({
      maxEntries: null,
      maxBytes: null,
      maxConcurrentLoads: null,
      slidingTtlMs: null,
    })
    expect(
      describeWith({ maxEntries: 1, maxBytes: 2, maxConcurrentLoads: 3, slidingTtl: 4 }),
    ).toMatchObject({
      maxEntries: 1,
      maxBytes: 2,
      maxConcurrentLoads: 3,
      slidingTtlMs: 4,
    })
  })
})

describe('descriptionTag()', () => {
  it('is the same for the same settings, and another for others', () => {
    expect(descriptionTag(describeWith({ ttl: '1h' }))).toBe(
      descriptionTag(describeWith({ ttl: '60m' })),
    )
    expect(descriptionTag(describeWith({ ttl: '1h' }))).not.toBe(
      descriptionTag(describeWith({ ttl: '2h' })),
    )
  })
})
