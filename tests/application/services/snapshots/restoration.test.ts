import { beforeEach, describe, expect, it } from 'vitest'
import { DependencyDirectory } from '../../../../src/application/services/dependency-directory.ts'
import {
  type NamespacePorts,
  openNamespace,
} from '../../../../src/application/services/namespace-ports.ts'
import {
  Restoration,
  type RestorationPorts,
} from '../../../../src/application/services/snapshots/restoration.ts'
import type {
  CacheSnapshot,
  SnapshotHeader,
  SnapshotMark,
  TakenSnapshot,
} from '../../../../src/core/protocols/cache-snapshot.ts'
import { parseCacheKey } from '../../../../src/core/value-objects/cache-key.ts'
import { parseDependencyName } from '../../../../src/core/value-objects/cache-tag.ts'
import { DependencyInvalidator } from '../../../../src/infrastructure/invalidators/dependency-invalidator.ts'
import type { EntryOverrides } from '../../../../src/testing/entry-fixture.ts'
import { FAKE_START_MS } from '../../../../src/testing/fake-clock.ts'
import { type FakeLog, fakeLog, recordFixture, sectionOf } from '../../../fakes/fake-snapshots.ts'
import { namespaceStage } from '../../../fakes/namespace-stage.ts'

let log: FakeLog
let stage: ReturnType<typeof namespaceStage>
let namespace: NamespacePorts
let dependencies: DependencyDirectory
let isClosed = false

beforeEach(() => {
  log = fakeLog()
  stage = namespaceStage('memory', { staleIfError: '1h' })
  namespace = openNamespace(stage.cachePorts, stage.settings)
  dependencies = new DependencyDirectory(new DependencyInvalidator())
  isClosed = false
})

const WHOLE = { kind: 'namespace' } as const
const keyScope = (key: string) => ({ kind: 'key', key: parseCacheKey(key) }) as const
const held = (key = 'key') => namespace.memory?.get(parseCacheKey(key))

function restorationOf(
  contents: Partial<CacheSnapshot> & { readonly entries?: readonly EntryOverrides<unknown>[] },
  header: Partial<SnapshotHeader> = {},
  ports: Partial<RestorationPorts> = {},
): Restoration {
  const { entries = [{}], ...rest } = contents
  const snapshot: TakenSnapshot = {
    header: {
      cacheName: 'cache',
      savedAtMs: FAKE_START_MS,
      head: { generation: 'earlier', seq: 5 },
      isSharedLog: false,
      ...header,
    },
    verify: async () => ({
      sections: [sectionOf([entries.map(recordFixture)])],
      headSeq: 5,
      marks: [],
      dependencies: [],
      ...rest,
    }),
    close: () => {
      isClosed = true
    },
  }
  const { clock, scheduler } = stage.time
  const { invalidation } = stage.cachePorts
  const own = { isSharedLog: false, log, invalidation, dependencies, clock, scheduler }
  return new Restoration({ ...own, ...ports }, 'path', snapshot)
}

const savedMark = (mark: Partial<SnapshotMark>): SnapshotMark => ({
  namespace: 'ns',
  seq: 3,
  scope: WHOLE,
  soft: false,
  ...mark,
})

describe('Restoration', () => {
  it('restores a namespace once, as old as the log was when the snapshot was taken', async () => {
    const restoration = restorationOf({ entries: [{ key: 'a' }, { key: 'b' }] })
    await restoration.open()
    expect([restoration.waitingNamespaces, restoration.waitingEntries]).toEqual([['ns'], 2])
    expect(await restoration.restore(namespace)).toEqual({
      restored: 2,
      skipped: 0,
      failure: undefined,
    })
    expect(held('a')?.birth).toEqual({ generation: 'fixture', seq: 0 })
    expect(await restoration.restore(namespace)).toMatchObject({ restored: 0, skipped: 0 })
  })

  it('lets go of everything once nothing waits any more, or when it is ended', async () => {
    const restoration = restorationOf({})
    await restoration.open()
    expect([isClosed, log.listeners]).toEqual([false, 1])
    await restoration.restore(namespace)
    expect([isClosed, log.listeners]).toEqual([true, 0])
    isClosed = false
    restoration.end()
    expect(isClosed).toBe(false)
    const other = restorationOf({})
    await other.open()
    other.end()
    expect([isClosed, log.listeners, other.waitingNamespaces]).toEqual([true, 0, []])
  })

  it('lets go at once of a snapshot without entries', async () => {
    await restorationOf({ sections: [sectionOf([])] }).open()
    expect([isClosed, log.listeners]).toEqual([true, 0])
  })

  it.each([
    [2, undefined],
    [3, 'value'],
  ])('judges by the marks that the snapshot brings along: born at %i', async (seq, value) => {
    const birth = { generation: 'earlier', seq }
    const restoration = restorationOf({ entries: [{ birth }], marks: [savedMark({ seq: 3 })] })
    await restoration.open()
    await restoration.restore(namespace)
    expect(held()?.value).toBe(value)
  })

  it('leaves what a saved or a later soft mark hits to staleIfError', async () => {
    const entries = ['saved', 'later', 'spared'].map((key) => ({ key }))
    const marks = [savedMark({ soft: true, scope: keyScope('saved') })]
    const restoration = restorationOf({ entries, marks })
    await restoration.open()
    log.mark(keyScope('later'), { soft: true })
    await restoration.restore(namespace)
    const soft = ['saved', 'later', 'spared'].map((key) => held(key)?.isSoftInvalidated)
    expect(soft).toEqual([true, true, false])
  })

  it('takes a saved regex for what it says', async () => {
    const scope = { kind: 'regex', regex: '^a' } as const
    const restoration = restorationOf({ entries: [{ key: 'a' }], marks: [savedMark({ scope })] })
    await restoration.open()
    expect(await restoration.restore(namespace)).toMatchObject({ restored: 0, skipped: 1 })
  })

  it('makes what depends on what known before marks are judged', async () => {
    const [team, org] = ['team:9', 'org:7'].map(parseDependencyName)
    if (team === undefined || org === undefined) throw new Error('two names')
    const restoration = restorationOf({
      entries: [{ key: 'a', dependsOn: [team] }, { key: 'b' }],
      dependencies: [{ dependent: team, dependsOn: [org] }],
    })
    // This process doesn't know yet what depends on the organisation.
    log.mark({ kind: 'dependency', dependency: org, closure: [org] })
    await restoration.open()
    await restoration.restore(namespace)
    expect([held('a'), held('b')?.value]).toEqual([undefined, 'value'])
    expect(dependencies.closure('org:7')).toEqual(['org:7', 'team:9'])
  })

  it('restores nothing if it cannot note all that depends on something', async () => {
    const full = new DependencyDirectory(new DependencyInvalidator(1))
    const [a, b, c] = ['a', 'b', 'c'].map(parseDependencyName)
    if (a === undefined || b === undefined || c === undefined) throw new Error('three names')
    const restoration = restorationOf(
      { dependencies: [{ dependent: a, dependsOn: [b, c] }] },
      {},
      { dependencies: full },
    )
    await expect(restoration.open()).rejects.toThrow('expected at most 1')
    expect(restoration.waitingNamespaces).toEqual([])
  })

  it('judges by marks that came before the snapshot was taken', async () => {
    log.mark(keyScope('a'))
    const restoration = restorationOf({ entries: [{ key: 'a' }, { key: 'b' }] })
    await restoration.open()
    await restoration.restore(namespace)
    expect([held('a'), held('b')?.birth.seq]).toEqual([undefined, 1])
  })

  it('is refused if the log no longer knows what came before', async () => {
    log = fakeLog(10)
    await expect(restorationOf({}).open()).rejects.toThrow('too much was set or invalidated')
  })

  it('says what it could restore if the rest cannot be read', async () => {
    const failure = new Error('bad sector')
    const section = {
      namespace: 'ns',
      entries: 3,
      records: async function* () {
        yield [recordFixture()]
        throw failure
      },
    }
    const restoration = restorationOf({ sections: [section] })
    await restoration.open()
    expect(await restoration.restore(namespace)).toEqual({ restored: 1, skipped: 2, failure })
    expect(isClosed).toBe(true)
  })
})

describe('Restoration with a log that others share', () => {
  const shared = { isSharedLog: true, head: { generation: 'fixture', seq: 3 } }
  const ports = { isSharedLog: true }

  it('keeps the births, if the log stands where it stood', async () => {
    log = fakeLog(5)
    const birth = { generation: 'fixture', seq: 4 }
    const restoration = restorationOf({ entries: [{ birth }] }, shared, ports)
    await restoration.open()
    await restoration.restore(namespace)
    expect(held()?.birth).toEqual(birth)
  })

  it.each([4, 6])('is refused if the log stands at %i where it stood at 5', async (seq) => {
    log = fakeLog(seq)
    await expect(restorationOf({}, shared, ports).open()).rejects.toThrow(
      'something was set or invalidated since it was saved',
    )
  })

  it('drops everything if the log begins anew before it goes in', async () => {
    log = fakeLog(5)
    const restoration = restorationOf({}, shared, ports)
    await restoration.open()
    log.generation = 'another'
    expect(await restoration.restore(namespace)).toMatchObject({ restored: 0, skipped: 1 })
  })
})
