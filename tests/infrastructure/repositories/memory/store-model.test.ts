import { describe, it } from 'vitest'
import { EVICTION_POLICIES } from '../../../../src/core/value-objects/eviction-policy.ts'
import { MEMORY_STORAGES } from '../../../../src/core/value-objects/memory-storage.ts'
import { checkStoreAgainstModel } from './store-property.ts'

describe.each(MEMORY_STORAGES)('MemoryEntryStore with storage "%s" beside its model', (storage) => {
  it.each(EVICTION_POLICIES)(
    'does with %s what the model does, over random sequences of all operations',
    (policy) => checkStoreAgainstModel(policy, storage),
  )
})
