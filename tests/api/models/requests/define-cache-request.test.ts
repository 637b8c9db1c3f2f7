import { Compile } from 'typebox/compile'
import { describe, expect, it } from 'vitest'
import {
  DefineCacheRequest,
  namespaceOptions,
} from '../../../../src/api/models/requests/define-cache-request.ts'
import { createCache } from '../../../../src/module.ts'

describe('namespaceOptions()', () => {
  it('is what a cache takes, setting by setting', () => {
    const request = {
      description: 'd',
      ttl: 'never',
      tags: ['t'],
      dependsOn: ['d'],
      priority: 'high' as const,
      staleWhileRevalidate: '1m',
      staleIfError: 60_000,
      jitter: 0,
      slidingTtl: '5m',
      maxEntries: 1,
      maxBytes: '1mb',
      evictionPolicy: 'lfu' as const,
      maxConcurrentLoads: 1,
      maxQueuedLoads: 1,
    }
    expect(Compile(DefineCacheRequest).Check(request)).toBe(true)
    const settings = createCache().configureNamespace('users', namespaceOptions(request))
    expect(settings).toMatchObject({
      maxBytes: 1_048_576,
      evictionPolicy: 'lfu',
      maxQueuedLoads: 1,
    })
    expect(settings.entryPolicy).toMatchObject({ staleIfErrorMs: 60_000, slidingTtlMs: 300_000 })
  })
})
