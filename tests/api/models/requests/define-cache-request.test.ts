import { Compile } from 'typebox/compile'
import { describe, expect, it } from 'vitest'
import {
  DefineCacheRequest,
  namespaceOptions,
} from '../../../../src/api/models/requests/define-cache-request.ts'
import { EVICTION_POLICIES } from '../../../../src/core/value-objects/eviction-policy.ts'
import { MEMORY_STORAGES } from '../../../../src/core/value-objects/memory-storage.ts'
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
      priorityWeights: { low: 1, high: 64 },
      storage: 'buffer' as const,
      maxConcurrentLoads: 1,
      maxQueuedLoads: 1,
    }
    expect(Compile(DefineCacheRequest).Check(request)).toBe(true)
    const settings = createCache().configureNamespace('users', namespaceOptions(request))
    expect(settings).toMatchObject({
      maxBytes: 1_048_576,
      evictionPolicy: 'lfu',
      priorityWeights: [1, 2, 64],
      storage: 'buffer',
      maxQueuedLoads: 1,
    })
    expect(settings.entryPolicy).toMatchObject({ staleIfErrorMs: 60_000, slidingTtlMs: 300_000 })
  })

  it.each(EVICTION_POLICIES)('takes the policy %s', (evictionPolicy) => {
    expect(Compile(DefineCacheRequest).Check({ evictionPolicy })).toBe(true)
  })

  it.each(MEMORY_STORAGES)('takes the storage %s', (storage) => {
    expect(Compile(DefineCacheRequest).Check({ storage })).toBe(true)
  })

  it.each([
    { evictionPolicy: 'random' },
    { storage: 'disk' },
    { priorityWeights: { low: 0 } },
    { priorityWeights: { high: 65 } },
    { priorityWeights: { critical: 2 } },
    { priorityWeights: [1, 2, 4] },
  ])('refuses %j', (request) => {
    expect(Compile(DefineCacheRequest).Check(request)).toBe(false)
  })
})
