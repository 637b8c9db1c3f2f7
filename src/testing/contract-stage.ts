import assert from 'node:assert/strict'
import type { CacheEntry } from '../core/entities/cache-entry.ts'
import { type CacheNamespace, DEFAULT_NAMESPACE } from '../core/entities/cache-namespace.ts'
import {
  type CacheRepository,
  type EntryStore,
  type EntryValidity,
  isMemoryStore,
  type MemoryStore,
  type RemovalCause,
  type RemovedEntry,
} from '../core/protocols/cache-repository.ts'
import { type EntryOverrides, entryFixture } from './entry-fixture.ts'

/** Makes an empty repository, or a promise of one. */
export type CreateRepository = () => CacheRepository | Promise<CacheRepository>

/** An entry that left, and why. */
export interface Removal {
  readonly entry: RemovedEntry
  readonly cause: RemovalCause
}

/** A rule of validity that a test sets by hand. */
export interface HandmadeValidity extends EntryValidity {
  version: number
  /** What `check` answers from here on. */
  verdict: EntryValidity['check']
  /** How often `check` was asked. */
  checks: number
}

/** One open namespace of the repository under test, with what the cache would have around it. */
export interface ContractStage<S extends EntryStore = EntryStore> {
  readonly store: S
  readonly removals: Removal[]
  readonly validity: HandmadeValidity
}

const AN_HOUR_MS = 3_600_000

/** An entry created now, with an hour to live, so that repositories on a real clock keep it. */
export function liveEntry(overrides: EntryOverrides<unknown> = {}): CacheEntry {
  const createdAtMs = Date.now()
  const expiresAtMs = createdAtMs + AN_HOUR_MS
  return entryFixture({
    namespace: 'contract',
    createdAtMs,
    accessedAtMs: createdAtMs,
    expiresAtMs,
    staleUntilMs: expiresAtMs,
    ...overrides,
  })
}

/** As `liveEntry`, with a value of that many bytes, whoever measures it. */
export function liveEntryOf(
  sizeBytes: number,
  overrides: Omit<EntryOverrides<unknown>, 'value' | 'sizeBytes'> = {},
): CacheEntry {
  return liveEntry({ ...overrides, value: 'x'.repeat(sizeBytes), sizeBytes })
}

/** What was found is the entry as it was stored; its size may be the one that the store has measured. */
export function assertStored(found: CacheEntry | undefined, entry: CacheEntry): void {
  assert.ok(found !== undefined, `${entry.key} is missing`)
  assert.ok(found.sizeBytes > 0)
  assert.deepEqual({ ...found, sizeBytes: entry.sizeBytes }, entry)
}

/** Opens a namespace as the cache does. */
export function openStage(
  repository: CacheRepository,
  namespace: Partial<CacheNamespace> = {},
): ContractStage {
  const removals: Removal[] = []
  const validity: HandmadeValidity = {
    version: 0,
    verdict: () => ({ kind: 'valid' }),
    checks: 0,
    check(entry) {
      this.checks += 1
      return this.verdict(entry)
    },
  }
  const store = repository.open(
    { ...DEFAULT_NAMESPACE, name: 'contract', ...namespace },
    { validity, onRemoved: (entry, cause) => removals.push({ entry, cause }) },
  )
  return { store, removals, validity }
}

/** Runs a check on a namespace of a fresh repository, and closes the repository in any case. */
export async function onStage(
  create: CreateRepository,
  check: (stage: ContractStage, repository: CacheRepository) => Promise<void> | void,
  namespace?: Partial<CacheNamespace>,
): Promise<void> {
  const repository = await create()
  try {
    await check(openStage(repository, namespace), repository)
  } finally {
    await repository.close?.()
  }
}

/** As `onStage`, for what only memory stores promise: others have nothing to show, and pass. */
export async function onMemoryStage(
  create: CreateRepository,
  check: (stage: ContractStage<MemoryStore>) => Promise<void> | void,
  namespace?: Partial<CacheNamespace>,
): Promise<void> {
  await onStage(
    create,
    async (stage) => {
      const { store } = stage
      if (isMemoryStore(store)) await check({ ...stage, store })
    },
    namespace,
  )
}
