import assert from 'node:assert/strict'
import type { MemoryStore, Validity } from '../core/protocols/cache-repository.ts'
import { MAX_DURATION_MS } from '../core/value-objects/duration.ts'
import type { ContractCase } from './contract-case.ts'
import {
  assertStored,
  type ContractStage,
  type CreateRepository,
  liveEntry,
  onMemoryStage,
} from './contract-stage.ts'

type Check = (stage: ContractStage<MemoryStore>) => void

const AN_HOUR_MS = 3_600_000
const MAX_SLICES = 10_000

const MARKED: Omit<Extract<Validity, { kind: 'invalid' | 'soft' }>, 'kind'> = {
  mark: {
    namespace: 'contract',
    scope: { kind: 'namespace' },
    soft: false,
    act: 'invalidate',
    origin: 'contract',
    reason: undefined,
    atMs: 0,
  },
  position: { generation: 'fixture', seq: 1 },
}

/** What a store in this process promises about reads, lives and marks. */
export function memoryLifeCases(create: CreateRepository): readonly ContractCase[] {
  const checks: readonly (readonly [name: string, check: Check])[] = [
    ['every method answers at once', atOnce],
    ['read() answers a fresh value and counts the use; get() counts none', reading],
    ['read() answers nothing for a stale entry, which get() still has', staleEntries],
    ['what is dead is absent, and leaves as expired', deadEntries],
    ['read() makes a sliding entry live longer, its stale window along with it', sliding],
    ['touch() counts a use and moves the end of the life; an unknown key stays unknown', touching],
    ['onRemoved() is told of what was replaced and deleted, with the given cause', removals],
    ['clear() reports nothing', clearing],
    [
      'what a mark makes invalid is absent from read(), get() and list(), and leaves with it',
      marks,
    ],
    [
      'a soft mark leaves the entry for stale answers, and takes it without a time for these',
      softMarks,
    ],
    ['an entry is compared with the marks once per version', checkedOnce],
    ['sweep() removes what is dead or invalid, and answers true after a round', sweeping],
    ['expire() removes what is dead, and leaves the rest', expiring],
  ]
  return checks.map(([name, check]) => ({
    name: `memory store: ${name}`,
    run: () => onMemoryStage(create, check),
  }))
}

const atOnce: Check = ({ store }) => {
  const entry = liveEntry()
  assert.equal(store.set(entry), true)
  assertStored(store.get(entry.key), entry)
  assert.equal(store.list(1, undefined).entries.length, 1)
  assert.equal(store.usage().entries, 1)
  assert.equal(store.delete(entry.key), true)
  assert.equal(store.clear(), undefined)
}

const reading: Check = ({ store }) => {
  const { key } = liveEntry()
  assert.equal(store.read(key), undefined)
  store.set(liveEntry({ value: 'fresh' }))
  assert.equal(store.get(key)?.accessCount, 0)
  assert.equal(store.read(key), 'fresh')
  assert.equal(store.read(key), 'fresh')
  assert.equal(store.get(key)?.accessCount, 2)
}

const staleEntries: Check = ({ store }) => {
  const entry = liveEntry({ createdAtMs: 0, accessedAtMs: 0, expiresAtMs: 0 })
  store.set(entry)
  assert.equal(store.read(entry.key), undefined)
  assertStored(store.get(entry.key), entry)
}

const deadEntries: Check = ({ store, removals }) => {
  const dead = liveEntry({ createdAtMs: 0, expiresAtMs: 0, staleUntilMs: 0 })
  const looks: readonly ((store: MemoryStore) => unknown)[] = [
    () => store.read(dead.key),
    () => store.get(dead.key),
    () => store.list(10, undefined).entries[0],
    () => store.delete(dead.key) || undefined,
  ]
  for (const look of looks) {
    store.set(dead)
    assert.equal(look(store), undefined)
    assert.equal(removals.at(-1)?.entry.key, dead.key)
    assert.deepEqual(removals.at(-1)?.cause, { kind: 'expired' })
    assert.equal(store.usage().entries, 0)
  }
  assert.equal(removals.length, looks.length)
}

const sliding: Check = ({ store }) => {
  const entry = liveEntry({
    ttl: { kind: 'never' },
    // So long that it moves the end on any clock, be it one that stands still.
    slidingTtlMs: MAX_DURATION_MS,
    staleUntilMs: Date.now() + 5 * AN_HOUR_MS,
  })
  store.set(entry)
  assert.equal(store.get(entry.key)?.expiresAtMs, entry.expiresAtMs)
  store.read(entry.key)
  const after = store.get(entry.key)
  assert.ok(after !== undefined && after.expiresAtMs !== entry.expiresAtMs)
  assert.equal(after.staleUntilMs - after.expiresAtMs, entry.staleUntilMs - entry.expiresAtMs)
}

const touching: Check = ({ store }) => {
  const entry = liveEntry({ createdAtMs: 0, expiresAtMs: 0 })
  const life = { expiresAtMs: Date.now() + AN_HOUR_MS, staleUntilMs: Date.now() + 2 * AN_HOUR_MS }
  store.touch(entry.key, life)
  assert.equal(store.get(entry.key), undefined)
  store.set(entry)
  store.touch(entry.key, undefined)
  assert.equal(store.get(entry.key)?.expiresAtMs, 0)
  store.touch(entry.key, life)
  const { accessCount, expiresAtMs, staleUntilMs } = store.get(entry.key) ?? liveEntry()
  assert.deepEqual({ accessCount, expiresAtMs, staleUntilMs }, { accessCount: 2, ...life })
  assert.equal(store.read(entry.key), entry.value)
}

const removals: Check = ({ store, removals: seen }) => {
  const { key } = liveEntry()
  const cause = { kind: 'invalidated', ...MARKED, mark: markOf(MARKED) } as const
  const endsAtMs = Date.now() + AN_HOUR_MS
  const ending = (afterMs: number) => {
    const expiresAtMs = endsAtMs + afterMs
    return liveEntry({ expiresAtMs, staleUntilMs: expiresAtMs, priority: 'high' })
  }
  store.set(ending(1))
  store.set(ending(2))
  store.delete(key)
  store.set(ending(3))
  store.delete(key, cause)
  store.delete(key, cause)
  assert.deepEqual(
    seen.map(({ entry, cause: why }) => [entry.key, entry.expiresAtMs - endsAtMs, why]),
    [
      [key, 1, { kind: 'replaced' }],
      [key, 2, { kind: 'deleted' }],
      [key, 3, cause],
    ],
  )
  assert.ok(seen.every(({ entry }) => entry.priority === 'high' && entry.sizeBytes > 0))
}

const clearing: Check = ({ store, removals: seen }) => {
  store.set(liveEntry())
  store.clear()
  assert.deepEqual(seen, [])
  assert.equal(store.read(liveEntry().key), undefined)
}

const marks: Check = ({ store, removals: seen, validity }) => {
  const entry = liveEntry()
  const looks: readonly (() => unknown)[] = [
    () => store.read(entry.key),
    () => store.get(entry.key),
    () => store.list(10, undefined).entries[0],
  ]
  validity.verdict = () => ({ kind: 'invalid', ...MARKED })
  for (const look of looks) {
    store.set(entry)
    validity.version += 1
    assert.equal(look(), undefined)
    assert.deepEqual(seen.at(-1)?.cause, {
      kind: 'invalidated',
      mark: markOf(MARKED),
      position: MARKED.position,
    })
  }
  assert.equal(seen.length, looks.length)
}

const softMarks: Check = ({ store, removals: seen, validity }) => {
  const kept = liveEntry({ key: 'kept', staleUntilMs: Date.now() + 5 * AN_HOUR_MS })
  const gone = liveEntry({ key: 'gone' })
  store.set(kept)
  store.set(gone)
  validity.verdict = () => ({ kind: 'soft', ...MARKED })
  validity.version += 1
  assert.equal(store.read(kept.key), undefined)
  assertStored(store.get(kept.key), { ...kept, isSoftInvalidated: true })
  assert.equal(store.get(gone.key), undefined)
  assert.deepEqual(
    seen.map(({ entry, cause }) => [entry.key, cause.kind]),
    [['gone', 'invalidated']],
  )
  validity.verdict = () => ({ kind: 'valid' })
  validity.version += 1
  assert.equal(store.read(kept.key), undefined)
}

const checkedOnce: Check = ({ store, validity }) => {
  const entry = liveEntry()
  store.set(entry)
  store.read(entry.key)
  const { checks } = validity
  for (let read = 0; read < 5; read += 1) store.read(entry.key)
  assert.equal(validity.checks, checks)
  validity.version += 1
  for (let read = 0; read < 5; read += 1) store.read(entry.key)
  assert.equal(validity.checks, checks + 1)
}

const sweeping: Check = ({ store, removals: seen, validity }) => {
  validity.verdict = (entry) =>
    entry.key.startsWith('invalid') ? { kind: 'invalid', ...MARKED } : { kind: 'valid' }
  for (let at = 0; at < 300; at += 1) {
    store.set(liveEntry({ key: `live:${at}` }))
    store.set(liveEntry({ key: `invalid:${at}` }))
    store.set(liveEntry({ key: `dead:${at}`, createdAtMs: 0, expiresAtMs: 0, staleUntilMs: 0 }))
  }
  validity.version += 1
  store.startRound()
  let slices = 1
  while (!store.sweep(1) && slices < MAX_SLICES) slices += 1
  assert.ok(slices < MAX_SLICES, 'the round doesn’t come to an end')
  assert.equal(store.usage().entries, 300)
  const causes = seen.map(({ cause }) => cause.kind).toSorted()
  assert.deepEqual(causes, [...Array(300).fill('expired'), ...Array(300).fill('invalidated')])
}

const expiring: Check = ({ store, removals: seen }) => {
  for (let at = 0; at < 300; at += 1) {
    store.set(liveEntry({ key: `live:${at}` }))
    store.set(liveEntry({ key: `dead:${at}`, createdAtMs: 0, expiresAtMs: 0, staleUntilMs: 0 }))
  }
  let slices = 1
  while (!store.expire(1) && slices < MAX_SLICES) slices += 1
  assert.ok(slices < MAX_SLICES, 'expire() doesn’t come to an end')
  assert.equal(store.usage().entries, 300)
  assert.deepEqual(
    seen.map(({ cause }) => cause.kind),
    Array(300).fill('expired'),
  )
  assert.equal(store.expire(1), true)
  assert.equal(seen.length, 300)
}

function markOf(marked: typeof MARKED): NonNullable<(typeof MARKED)['mark']> {
  assert.ok(marked.mark !== undefined)
  return marked.mark
}
