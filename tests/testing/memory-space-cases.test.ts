import { describe } from 'vitest'
import { EVICTION_POLICIES } from '../../src/core/value-objects/eviction-policy.ts'
import { memorySpaceCases } from '../../src/testing/memory-space-cases.ts'
import { brokenMemory, type Fault, testFaults } from '../fakes/broken-repository.ts'

const LARGE = 'an entry larger than the limit is refused, and nothing leaves for it but its own key'
const BYTES = 'the bytes that it counts never exceed maxBytes'
const CONFIGURE = 'configure() makes what is over the new limit leave'

const unlimited = brokenMemory(() => ({}), {
  namespace: { maxEntries: undefined, maxBytes: undefined },
})
const equal = brokenMemory(({ store }) => ({
  set: (entry) => store.set({ ...entry, priority: 'medium' }),
}))
const silent = brokenMemory(() => ({}), { ports: (ports) => ({ ...ports, onRemoved: () => {} }) })

const faults: readonly Fault[] = [
  ...EVICTION_POLICIES.flatMap((policy): readonly Fault[] => {
    const bounded = `${policy} never holds more than maxEntries, and says who left`
    const critical = `${policy} evicts no critical entry while a lower one is left`
    const full = `${policy} full of critical entries refuses the next`
    const another = policy === 'lru' ? 'fifo' : 'lru'
    return [
      [bounded, 'has no limit', unlimited],
      [bounded, 'says nothing', silent],
      [
        bounded,
        'follows another policy',
        brokenMemory(() => ({}), { namespace: { evictionPolicy: another } }),
      ],
      [critical, 'takes all priorities for one', equal],
      [full, 'takes all priorities for one', equal],
      [full, 'has no limit', unlimited],
    ]
  }),
  [LARGE, 'has no limit', unlimited],
  [
    LARGE,
    'keeps the old entry',
    brokenMemory(({ store }) => ({
      set: (entry) => entry.sizeBytes < 65_536 && store.set(entry),
    })),
  ],
  [
    LARGE,
    'clears everything for it',
    brokenMemory(({ store }) => ({
      set: (entry) => {
        if (entry.sizeBytes > 65_536) store.clear()
        return store.set(entry)
      },
    })),
  ],
  [BYTES, 'has no limit', unlimited],
  [BYTES, 'holds one entry only', brokenMemory(() => ({}), { namespace: { maxEntries: 1 } })],
  [CONFIGURE, 'can’t be configured', brokenMemory(() => ({ configure: () => {} }))],
  [
    CONFIGURE,
    'clears everything for it',
    brokenMemory(({ store }) => ({ configure: () => store.clear() })),
  ],
]

describe('memorySpaceCases()', () => testFaults(memorySpaceCases, faults))
