import { describe, expect, it } from 'vitest'
import { EVICTION_POLICIES } from '../../../../src/core/value-objects/eviction-policy.ts'
import { evictionPolicies } from '../../../../src/infrastructure/repositories/memory/eviction-policies.ts'

describe('evictionPolicies', () => {
  it.each(EVICTION_POLICIES)('has %s under its own name', (policy) => {
    expect(evictionPolicies[policy].policy).toBe(policy)
  })

  it.each(EVICTION_POLICIES)('makes an order of %s of its own for each namespace', (policy) => {
    const { createOrder } = evictionPolicies[policy]
    expect(createOrder()).not.toBe(createOrder())
  })
})
