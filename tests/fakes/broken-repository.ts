import { expect, it } from 'vitest'
import type { CacheEntry } from '../../src/core/entities/cache-entry.ts'
import type { CacheNamespace } from '../../src/core/entities/cache-namespace.ts'
import type {
  CacheRepository,
  EntryStore,
  MemoryStore,
  MemoryStorePorts,
} from '../../src/core/protocols/cache-repository.ts'
import type { CacheKey } from '../../src/core/value-objects/cache-key.ts'
import { parseSize } from '../../src/core/value-objects/cache-size.ts'
import { MemoryCacheRepository } from '../../src/infrastructure/repositories/memory-cache-repository.ts'
import { SystemClock } from '../../src/infrastructure/runtime/system-clock.ts'
import type { ContractCase } from '../../src/testing/contract-case.ts'
import type { CreateRepository } from '../../src/testing/contract-stage.ts'
import { fakeRandom } from './fake-random.ts'
import { mapStore } from './map-repository.ts'

/** What a broken store is made from. */
export interface Breakable<S extends EntryStore> {
  readonly store: S
  readonly namespace: CacheNamespace
  readonly ports: MemoryStorePorts
  /** The entries of a map store. */
  readonly entries: Map<CacheKey, CacheEntry>
  /** The entries of all map stores, by namespace. */
  readonly all: Map<string, Map<CacheKey, CacheEntry>>
}

/** Says which methods a store gets wrong. */
export type Breaking<S extends EntryStore> = (sound: Breakable<S>) => Partial<S>

/** A sound backend of maps, but for what `breaking` replaces. */
export function brokenMap(breaking: Breaking<EntryStore>): CreateRepository {
  return (): CacheRepository => {
    const all = new Map<string, Map<CacheKey, CacheEntry>>()
    return {
      open(namespace, ports) {
        const entries = new Map<CacheKey, CacheEntry>()
        all.set(namespace.name, entries)
        const store = mapStore(entries)
        return { ...store, ...breaking({ store, namespace, ports, entries, all }) }
      },
    }
  }
}

/** A sound memory repository, but for what `breaking` replaces, and what `ports` makes of its surroundings. */
export function brokenMemory(
  breaking: Breaking<MemoryStore>,
  change: {
    ports?: (ports: MemoryStorePorts) => MemoryStorePorts
    namespace?: Partial<CacheNamespace>
  } = {},
): CreateRepository {
  return (): CacheRepository => {
    const repository = new MemoryCacheRepository({
      clock: new SystemClock(),
      random: fakeRandom(),
      maxBytes: parseSize('8mb', 'maxBytes'),
    })
    return {
      open(asked, given) {
        const namespace = { ...asked, ...change.namespace }
        const ports = change.ports?.(given) ?? given
        const store = repository.open(namespace, ports)
        const sound: MemoryStore = {
          isSynchronous: true,
          read: (key) => store.read(key),
          get: (key) => store.get(key),
          set: (entry) => store.set(entry),
          rejects: (value) => store.rejects(value),
          delete: (key, cause) => store.delete(key, cause),
          clear: () => store.clear(),
          list: (limit, cursor) => store.list(limit, cursor),
          usage: () => store.usage(),
          touch: (key, life) => store.touch(key, life),
          expire: (budgetMs) => store.expire(budgetMs),
          sweep: (budgetMs) => store.sweep(budgetMs),
          startRound: () => store.startRound(),
          estimates: () => store.estimates(),
          configure: (changed) => store.configure(changed),
        }
        const breakable = { store: sound, namespace, ports, entries: new Map(), all: new Map() }
        return { ...sound, ...breaking(breakable) }
      },
    }
  }
}

/** One fault: which case finds it, what it is, and a repository that has it. */
export type Fault = readonly [caseName: string, fault: string, create: CreateRepository]

/** Makes a test of each fault, and one that no case of the group goes without. */
export function testFaults(
  casesOf: (create: CreateRepository) => readonly ContractCase[],
  faults: readonly Fault[],
): void {
  const prefix = 'memory store: '
  for (const [caseName, fault, create] of faults) {
    it(`the case "${caseName}" finds a store that ${fault}`, async () => {
      const found = casesOf(create).find(({ name }) => name.replace(prefix, '') === caseName)
      expect(found).toBeDefined()
      await expect(found?.run()).rejects.toThrow()
    })
  }

  it('each case finds a fault', () => {
    const names = casesOf(brokenMap(() => ({}))).map(({ name }) => name.replace(prefix, ''))
    expect(new Set(faults.map(([name]) => name))).toEqual(new Set(names))
  })
}
