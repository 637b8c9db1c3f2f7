import { beforeEach, describe, expect, it } from 'vitest'
import {
  type SavedSnapshot,
  type SaveSnapshotPorts,
  saveSnapshot,
} from '../../../src/application/commands/save-snapshot.ts'
import { DependencyDirectory } from '../../../src/application/services/dependency-directory.ts'
import {
  type NamespacePorts,
  openNamespace,
} from '../../../src/application/services/namespace-ports.ts'
import { MAX_RECORDED_SCOPES } from '../../../src/application/services/snapshots/mark-recorder.ts'
import { parseCacheKey } from '../../../src/core/value-objects/cache-key.ts'
import { DependencyInvalidator } from '../../../src/infrastructure/invalidators/dependency-invalidator.ts'
import { type EntryOverrides, entryFixture } from '../../../src/testing/entry-fixture.ts'
import { FAKE_START_MS } from '../../../src/testing/fake-clock.ts'
import { type FakeLog, FakeSnapshotWriter, fakeLog } from '../../fakes/fake-snapshots.ts'
import { namespaceStage } from '../../fakes/namespace-stage.ts'

let log: FakeLog
let writer: FakeSnapshotWriter
let dependencies: DependencyDirectory
let stage: ReturnType<typeof namespaceStage>
let namespace: NamespacePorts
let isComplete = true

beforeEach(() => {
  log = fakeLog(5)
  writer = new FakeSnapshotWriter()
  dependencies = new DependencyDirectory(new DependencyInvalidator())
  stage = namespaceStage('memory')
  namespace = openNamespace(stage.cachePorts, stage.settings)
  isComplete = true
})

const hold = (overrides: EntryOverrides<unknown> = {}) =>
  namespace.memory?.set(entryFixture({ namespace: 'ns', ...overrides }))

function save(overrides: Partial<SaveSnapshotPorts> = {}): Promise<SavedSnapshot> {
  const ports: SaveSnapshotPorts = {
    cacheName: 'cache',
    isSharedLog: false,
    store: writer,
    guard: { holds: () => false, watch: (path) => writer.calls.push(`watch ${path}`) },
    log,
    clock: stage.time.clock,
    scheduler: stage.time.scheduler,
    dependencies,
    isComplete: () => isComplete,
    namespaces: () => [namespace],
    ...overrides,
  }
  return saveSnapshot(ports, 'path')
}

const key = (text: string) => ({ kind: 'key', key: parseCacheKey(text) }) as const

describe('saveSnapshot()', () => {
  it('writes all entries of each namespace in memory, and watches the file from the moment it is there', async () => {
    for (let at = 0; at < 100; at += 1) hold({ key: `k${at}` })
    const remote = openNamespace(namespaceStage('backend').cachePorts, stage.settings)
    expect(await save({ namespaces: () => [namespace, remote] })).toEqual({
      entries: 100,
      skipped: 0,
      bytes: 500,
    })
    expect(new Set(writer.keys).size).toBe(100)
    expect(writer.calls).toEqual(['begin ns', 'finish', 'commit', 'watch path', 'close'])
  })

  it('says whose it is, when, and where the log stood', async () => {
    await save({ isSharedLog: true })
    expect(writer.header).toEqual({
      cacheName: 'cache',
      savedAtMs: FAKE_START_MS,
      head: { generation: 'fixture', seq: 5 },
      isSharedLog: true,
    })
    expect(writer.headSeq).toBe(5)
  })

  it.each([true, false])('keeps an older file only if it watches it: %s', async (holds) => {
    await save({ guard: { holds: () => holds, watch: () => undefined } })
    expect(writer.keptOlder).toBe(holds)
  })

  it('counts what the writer leaves out, and entries of another generation', async () => {
    hold({ key: 'a' })
    hold({ key: 'b' })
    writer.onAdd = (entry) => entry.key !== 'b'
    expect(await save()).toEqual({ entries: 1, skipped: 1, bytes: 500 })
    log.generation = 'another'
    expect(await save()).toEqual({ entries: 0, skipped: 2, bytes: 500 })
  })

  it('brings along the marks that came while it wrote the entries', async () => {
    hold()
    log.mark(key('before'))
    writer.onAdd = () => {
      log.mark(key('meanwhile'), { soft: true })
      return true
    }
    await save()
    expect(writer.marks).toEqual([
      [{ namespace: 'ns', scope: key('meanwhile'), soft: true, seq: 7 }],
    ])
    expect(writer.headSeq).toBe(7)
  })

  it('writes the tail again if a mark came while it was on its way', async () => {
    hold()
    writer.onFinish = () => {
      writer.onFinish = () => undefined
      log.mark(key('late'))
    }
    expect((await save()).bytes).toBe(500)
    expect(writer.marks.map((marks) => marks.length)).toEqual([0, 1])
    expect([writer.headSeq, log.listeners]).toEqual([6, 0])
  })

  it('writes the tail again if something depends on more than before', async () => {
    writer.onFinish = () => {
      writer.onFinish = () => undefined
      dependencies.add('team:9', ['org:7'])
    }
    await save()
    expect(writer.calls.filter((call) => call === 'finish')).toHaveLength(2)
  })

  it('gives up after three tails, leaves nothing there, and says so', async () => {
    hold()
    writer.onFinish = () => log.mark(key('always'))
    expect(await save()).toEqual({ entries: 0, skipped: 1, bytes: 0 })
    expect(writer.calls).toEqual(['begin ns', 'finish', 'finish', 'finish', 'close'])
  })

  it('gives up at once if something changed of which there is no mark', async () => {
    hold()
    writer.onFinish = () => {
      isComplete = false
    }
    expect((await save()).bytes).toBe(0)
    expect(writer.calls).toEqual(['begin ns', 'finish', 'close'])
  })

  it('gives up if the log begins anew meanwhile', async () => {
    hold()
    writer.onFinish = () => {
      log.generation = 'another'
    }
    expect((await save()).bytes).toBe(0)
    expect(writer.calls).not.toContain('commit')
  })

  it('gives up if more was invalidated than it can bring along', async () => {
    hold()
    writer.onAdd = () => {
      for (let at = 0; at <= MAX_RECORDED_SCOPES; at += 1) log.mark(key(`k${at}`))
      return true
    }
    expect((await save()).bytes).toBe(0)
    expect(writer.calls).toEqual(['begin ns', 'close'])
  })

  it('flushes a writer that is full, and goes on', async () => {
    for (let at = 0; at < 50; at += 1) hold({ key: `k${at}` })
    writer.onAdd = () => {
      writer.isFull ||= writer.keys.length === 20
      return true
    }
    expect((await save()).entries).toBe(50)
    expect(writer.calls.filter((call) => call === 'flush')).toHaveLength(1)
  })

  it('lets others have their turn every few milliseconds', async () => {
    for (let at = 0; at < 50; at += 1) hold({ key: `k${at}` })
    let nowMs = 0
    const clock = { nowMs: () => FAKE_START_MS, monotonicMs: () => nowMs }
    writer.onAdd = () => {
      nowMs += 1
      return true
    }
    let pauses = 0
    const scheduler = {
      ...stage.time.scheduler,
      deadline: (_: number, task: () => void) => {
        pauses += 1
        queueMicrotask(task)
        return () => undefined
      },
    }
    expect((await save({ clock, scheduler })).entries).toBe(50)
    expect(pauses).toBeGreaterThan(10)
  })

  it('ends everything if the writer fails, and passes on why', async () => {
    const failure = new Error('disk full')
    writer.onFinish = () => Promise.reject(failure)
    await expect(save()).rejects.toBe(failure)
    expect(writer.calls).toEqual(['begin ns', 'finish', 'close'])
    expect(log.listeners).toBe(0)
  })

  it('listens no more if it cannot even begin', async () => {
    const store = { create: () => Promise.reject(new Error('no folder')) }
    await expect(save({ store })).rejects.toThrow('no folder')
    expect(log.listeners).toBe(0)
  })
})
