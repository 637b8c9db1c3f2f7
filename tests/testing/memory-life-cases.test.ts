import { describe } from 'vitest'
import type { MemoryStore } from '../../src/core/protocols/cache-repository.ts'
import { memoryLifeCases } from '../../src/testing/memory-life-cases.ts'
import { type Breaking, brokenMemory, type Fault, testFaults } from '../fakes/broken-repository.ts'

const DEAD = 'what is dead is absent, and leaves as expired'
const READ = 'read() answers a fresh value and counts the use; get() counts none'
const REMOVED = 'onRemoved() is told of what was replaced and deleted, with the given cause'
const MARKS =
  'what a mark makes invalid is absent from read(), get() and list(), and leaves with it'
const SOFT = 'a soft mark leaves the entry for stale answers, and takes it without a time for these'
const SLIDING = 'read() makes a sliding entry live longer, its stale window along with it'
const TOUCH = 'touch() counts a use and moves the end of the life; an unknown key stays unknown'
const EXPIRE = 'expire() removes what is dead, and leaves the rest'
const SWEEP = 'sweep() removes what is dead or invalid, and answers true after a round'

const broken = (breaking: Breaking<MemoryStore>) => brokenMemory(breaking)

/** A store that hears of no marks. */
const unmarked = brokenMemory(() => ({}), {
  ports: (ports) => ({ ...ports, validity: { version: 0, check: () => ({ kind: 'valid' }) } }),
})

/** A store that says of everything that left that it was deleted. */
const vague = brokenMemory(() => ({}), {
  ports: (ports) => ({
    ...ports,
    onRemoved: (entry) => ports.onRemoved(entry, { kind: 'deleted' }),
  }),
})

const silent = brokenMemory(() => ({}), { ports: (ports) => ({ ...ports, onRemoved: () => {} }) })

const faults: readonly Fault[] = [
  [
    'every method answers at once',
    'answers set() by a promise',
    // The type forbids what this store does.
    broken(({ store }) => ({ set: (async (entry: never) => store.set(entry)) as never })),
  ],
  [
    'every method answers at once',
    'answers clear() by a promise',
    broken(({ store }) => ({ clear: async () => store.clear() })),
  ],
  [READ, 'counts no use', broken(({ store }) => ({ read: (key) => store.get(key)?.value }))],
  [
    READ,
    'counts get() as a use',
    broken(({ store }) => ({
      get: (key) => {
        store.touch(key, undefined)
        return store.get(key)
      },
    })),
  ],
  [
    'read() answers nothing for a stale entry, which get() still has',
    'reads stale entries',
    broken(({ store }) => ({ read: (key) => store.get(key)?.value })),
  ],
  [
    DEAD,
    'answers dead entries',
    broken(({ store, entries }) => ({
      set: (entry) => {
        entries.set(entry.key, entry)
        return store.set(entry)
      },
      get: (key) => entries.get(key),
    })),
  ],
  [DEAD, 'says that the dead were deleted', vague],
  [DEAD, 'says nothing', silent],
  [
    SLIDING,
    'doesn’t slide',
    broken(({ store }) => ({ set: (entry) => store.set({ ...entry, slidingTtlMs: undefined }) })),
  ],
  [
    SLIDING,
    'leaves the stale window behind',
    broken(({ store }) => ({
      read: (key) => {
        const before = store.get(key)
        const value = store.read(key)
        const after = store.get(key)
        if (before !== undefined && after !== undefined) {
          store.set({ ...after, staleUntilMs: before.staleUntilMs })
        }
        return value
      },
    })),
  ],
  [
    TOUCH,
    'moves nothing',
    broken(({ store }) => ({ touch: (key) => store.touch(key, undefined) })),
  ],
  [TOUCH, 'touches nothing', broken(() => ({ touch: () => {} }))],
  [
    TOUCH,
    'moves the end but counts no use',
    broken(({ store }) => ({
      touch: (key, life) => {
        const entry = store.get(key)
        if (entry !== undefined) store.set({ ...entry, ...life })
      },
    })),
  ],
  [REMOVED, 'says of all that they were deleted', vague],
  [
    REMOVED,
    'ignores the given cause',
    broken(({ store }) => ({ delete: (key) => store.delete(key) })),
  ],
  [
    'clear() reports nothing',
    'deletes one by one',
    broken(({ store }) => ({
      clear: () => {
        for (const { key } of store.list(1000, undefined).entries) store.delete(key)
      },
    })),
  ],
  ['clear() reports nothing', 'clears nothing', broken(() => ({ clear: () => {} }))],
  [MARKS, 'hears of no marks', unmarked],
  [MARKS, 'says that the invalid were deleted', vague],
  [SOFT, 'hears of no marks', unmarked],
  [
    SOFT,
    'takes soft marks for hard ones',
    brokenMemory(() => ({}), {
      ports: (ports) => ({
        ...ports,
        validity: {
          get version() {
            return ports.validity.version
          },
          check: (entry) => {
            const verdict = ports.validity.check(entry)
            return verdict.kind === 'soft' ? { ...verdict, kind: 'invalid' } : verdict
          },
        },
      }),
    }),
  ],
  [
    'an entry is compared with the marks once per version',
    'compares on every read',
    broken(({ store, ports }) => ({
      read: (key) => {
        const entry = store.get(key)
        if (entry !== undefined) ports.validity.check(entry)
        return store.read(key)
      },
    })),
  ],
  [EXPIRE, 'never comes to an end', broken(() => ({ expire: () => false }))],
  [EXPIRE, 'removes nothing', broken(() => ({ expire: () => true }))],
  [
    EXPIRE,
    'removes everything',
    broken(({ store }) => ({
      expire: () => {
        for (const { key } of store.list(1000, undefined).entries) store.delete(key)
        return true
      },
    })),
  ],
  [EXPIRE, 'says nothing', silent],
  [SWEEP, 'never comes to an end', broken(() => ({ sweep: () => false }))],
  [SWEEP, 'removes nothing', broken(() => ({ sweep: () => true }))],
  [SWEEP, 'says nothing', silent],
]

describe('memoryLifeCases()', () => testFaults(memoryLifeCases, faults))
