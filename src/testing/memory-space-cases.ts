import assert from 'node:assert/strict'
import type { CacheNamespace } from '../core/entities/cache-namespace.ts'
import { DEFAULT_NAMESPACE } from '../core/entities/cache-namespace.ts'
import type { MemoryStore } from '../core/protocols/cache-repository.ts'
import { parseSize } from '../core/value-objects/cache-size.ts'
import { EVICTION_POLICIES } from '../core/value-objects/eviction-policy.ts'
import type { ContractCase } from './contract-case.ts'
import {
  type ContractStage,
  type CreateRepository,
  liveEntry,
  liveEntryOf,
  onMemoryStage,
} from './contract-stage.ts'

type Check = (stage: ContractStage<MemoryStore>) => void

const MAX_ENTRIES = 10
const MAX_SLICES = 10_000

/** The policy that says best who stays. */
const LRU = { evictionPolicy: 'lru' } as const

/** What a store in this process promises about limits, priorities and evictions. */
export function memorySpaceCases(create: CreateRepository): readonly ContractCase[] {
  const cases: ContractCase[] = []
  const add = (name: string, limits: Partial<CacheNamespace>, check: Check): void => {
    cases.push({
      name: `memory store: ${name}`,
      run: () => onMemoryStage(create, check, limits),
    })
  }
  for (const evictionPolicy of EVICTION_POLICIES) {
    const limits = { evictionPolicy, maxEntries: MAX_ENTRIES }
    add(`${evictionPolicy} never holds more than maxEntries, and says who left`, limits, (stage) =>
      bounded(stage, evictionPolicy),
    )
    add(`${evictionPolicy} evicts no critical entry while a lower one is left`, limits, critical)
    add(`${evictionPolicy} full of critical entries refuses the next`, limits, fullOfCritical)
  }
  add(
    'an entry larger than the limit is refused, and nothing leaves for it but its own key',
    { maxBytes: parseSize('64kb', 'maxBytes') },
    tooLarge,
  )
  add(
    'the bytes that it counts never exceed maxBytes',
    { maxBytes: parseSize('64kb', 'maxBytes') },
    bytes,
  )
  add('configure() makes what is over the new limit leave', LRU, configuring)
  return cases
}

function bounded({ store, removals }: ContractStage<MemoryStore>, rule: string): void {
  for (let at = 0; at < MAX_ENTRIES * 3; at += 1) {
    assert.equal(store.set(liveEntry({ key: `item:${at}` })), true)
    assert.ok(store.usage().entries <= MAX_ENTRIES)
  }
  assert.equal(store.usage().entries, MAX_ENTRIES)
  assert.equal(store.list(100, undefined).entries.length, MAX_ENTRIES)
  assert.equal(removals.length, MAX_ENTRIES * 2)
  for (const { cause } of removals) {
    assert.deepEqual(cause, { kind: 'evicted', rule, limit: 'entries' })
  }
}

const critical: Check = ({ store, removals }) => {
  for (let at = 0; at < MAX_ENTRIES - 1; at += 1) {
    store.set(liveEntry({ key: `critical:${at}`, priority: 'critical' }))
  }
  for (let at = 0; at < 20; at += 1) {
    const { key } = liveEntry({ key: `high:${at}` })
    assert.equal(store.set(liveEntry({ key, priority: 'high' })), true)
    for (let read = 0; read < 5; read += 1) store.read(key)
  }
  const left = removals.map(({ entry }) => entry.priority)
  assert.deepEqual(left, Array(19).fill('high'))
}

const fullOfCritical: Check = ({ store, removals }) => {
  for (let at = 0; at < MAX_ENTRIES; at += 1) {
    store.set(liveEntry({ key: `critical:${at}`, priority: 'critical' }))
  }
  for (const priority of ['low', 'critical'] as const) {
    const entry = liveEntry({ key: `one too many, ${priority}`, priority })
    assert.equal(store.set(entry), false)
    assert.equal(store.get(entry.key), undefined)
    assert.equal(removals.at(-1)?.entry.key, entry.key)
    assert.deepEqual(removals.at(-1)?.cause, {
      kind: 'refused',
      rule: 'full of critical entries',
    })
  }
  assert.equal(removals.length, 2)
  // In the place of one of them there is room.
  assert.equal(store.set(liveEntry({ key: 'critical:0', priority: 'critical' })), true)
}

const tooLarge: Check = ({ store, removals }) => {
  store.set(liveEntry({ key: 'other' }))
  store.set(liveEntry({ key: 'same', priority: 'low' }))
  const entry = liveEntryOf(65_537, { key: 'same', priority: 'high' })
  assert.equal(store.set(entry), false)
  assert.equal(store.get(entry.key), undefined)
  assert.equal(store.usage().entries, 1)
  assert.deepEqual(
    removals.map(({ entry: { priority }, cause }) => [priority, cause]),
    [
      ['low', { kind: 'replaced' }],
      ['high', { kind: 'refused', rule: 'larger than the limit' }],
    ],
  )
}

const bytes: Check = ({ store }) => {
  for (let at = 0; at < 100; at += 1) {
    assert.equal(store.set(liveEntryOf(1 + at * 100, { key: `item:${at}` })), true)
    assert.ok(store.usage().bytes <= 65_536)
  }
  assert.ok(store.usage().entries > 1)
}

const configuring: Check = ({ store, removals }) => {
  const namespace = { ...DEFAULT_NAMESPACE, name: 'contract', ...LRU }
  for (let at = 0; at < 100; at += 1) store.set(liveEntry({ key: `item:${at}` }))
  store.configure({ ...namespace, maxEntries: 100 })
  assert.equal(store.usage().entries, 100)
  store.configure({ ...namespace, maxEntries: MAX_ENTRIES })
  let slices = 1
  while (!store.sweep(1) && slices < MAX_SLICES) slices += 1
  assert.equal(store.usage().entries, MAX_ENTRIES)
  assert.equal(removals.length, 100 - MAX_ENTRIES)
  assert.equal(store.read(liveEntry({ key: 'item:99' }).key), 'value')
}
