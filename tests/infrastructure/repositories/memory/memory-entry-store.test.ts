import { describe, it } from 'vitest'
import { EVICTION_POLICIES } from '../../../../src/core/value-objects/eviction-policy.ts'
import { checkStoreAgainstModel } from './store-property.ts'

describe('MemoryEntryStore beside its model', () => {
  for (const policy of EVICTION_POLICIES) {
    it(`does with ${policy} what the model does, over random sequences of all operations`, () => {
      checkStoreAgainstModel(policy)
    })
  }
})
