import { beforeEach, describe, expect, it } from 'vitest'
import {
  type JudgeRecord,
  type RecordStanding,
  restoreSnapshot,
} from '../../../src/application/commands/restore-snapshot.ts'
import {
  type NamespacePorts,
  openNamespace,
} from '../../../src/application/services/namespace-ports.ts'
import type { NamespaceOptions } from '../../../src/core/entities/cache-namespace.ts'
import type { SnapshotRecord } from '../../../src/core/protocols/cache-snapshot.ts'
import { parseCacheKey } from '../../../src/core/value-objects/cache-key.ts'
import { parseCacheTags } from '../../../src/core/value-objects/cache-tag.ts'
import { entryFixture } from '../../../src/testing/entry-fixture.ts'
import { FAKE_START_MS } from '../../../src/testing/fake-clock.ts'
import { deferred } from '../../fakes/deferred.ts'
import { recordFixture, sectionOf } from '../../fakes/fake-snapshots.ts'
import { namespaceStage } from '../../fakes/namespace-stage.ts'

const VALID: RecordStanding = { birth: { generation: 'fixture', seq: 0 }, isSoft: false }

let stage: ReturnType<typeof namespaceStage>
let ports: NamespacePorts

function open(options: NamespaceOptions = {}): void {
  stage = namespaceStage('memory', options)
  ports = openNamespace(stage.cachePorts, stage.settings)
}

beforeEach(() => open())

/** Restores the records and answers how many went in. */
async function restore(
  records: readonly SnapshotRecord[],
  judge: JudgeRecord = () => VALID,
): Promise<number> {
  let restored = 0
  await restoreSnapshot(ports, sectionOf([records]), judge, () => {
    restored += 1
  })
  return restored
}

const held = (key = 'key') => ports.memory?.get(parseCacheKey(key))

/** A schema that answers when and what the test says. */
function schemaOf(validate: (value: unknown) => unknown): NamespaceOptions {
  const standard = { version: 1, vendor: 'test', validate } as const
  return { schema: { '~standard': standard } as never } // The answers are the test's.
}

describe('restoreSnapshot()', () => {
  it('puts entries in as they were, with the birth that they are given', async () => {
    const record = recordFixture({
      value: { n: 1 },
      priority: 'high',
      ttl: { kind: 'span', ms: 5000 as never },
      tags: parseCacheTags(['t'], 'tags'),
      createdAtMs: FAKE_START_MS - 1000,
      expiresAtMs: FAKE_START_MS + 4000,
      staleUntilMs: FAKE_START_MS + 9000,
      slidingTtlMs: 2000 as never,
      accessCount: 3,
    })
    stage.headSeq = 9
    const birth = { generation: 'fixture', seq: 9 }
    expect(await restore([record], () => ({ birth, isSoft: false }))).toBe(1)
    const { birthSeq: _, value: __, ...fields } = record
    expect(held()).toMatchObject({
      ...fields,
      value: { n: 1 },
      namespace: 'ns',
      birth,
      sizeBytes: expect.any(Number),
    })
  })

  it('leaves out what has died: at the end of its stale window, not a millisecond before', async () => {
    const life = { createdAtMs: FAKE_START_MS - 10, expiresAtMs: FAKE_START_MS - 5 }
    const dead = recordFixture({ key: 'dead', ...life, staleUntilMs: FAKE_START_MS })
    const stale = recordFixture({ key: 'stale', ...life, staleUntilMs: FAKE_START_MS + 1 })
    expect(await restore([dead, stale])).toBe(1)
    expect([held('dead'), held('stale')?.expiresAtMs]).toEqual([undefined, FAKE_START_MS - 5])
  })

  it('leaves out what is judged to be invalid, and goes on', async () => {
    const records = ['a', 'b', 'c'].map((key) => recordFixture({ key }))
    expect(await restore(records, ({ key }) => (key === 'b' ? undefined : VALID))).toBe(2)
    expect(held('b')).toBeUndefined()
  })

  it('never replaces what is there, be it only a remembered absence', async () => {
    ports.memory?.set(entryFixture({ key: 'absent', value: undefined }))
    expect(await restore([recordFixture({ key: 'absent', value: 'old' })])).toBe(0)
    expect(held('absent')?.value).toBeUndefined()
  })

  it('keeps a soft invalidation, its own and a later one', async () => {
    const own = recordFixture({ key: 'own', isSoftInvalidated: true })
    await restore([own, recordFixture({ key: 'later' })], ({ key }) => ({
      ...VALID,
      isSoft: key === 'later',
    }))
    expect([held('own'), held('later')].map((entry) => entry?.isSoftInvalidated)).toEqual([
      true,
      true,
    ])
  })

  it('leaves out a value that cannot be read', async () => {
    const unreadable = {
      ...recordFixture({ key: 'unreadable' }),
      value: () => {
        throw new Error('unknown version')
      },
    }
    expect(await restore([unreadable, recordFixture({ key: 'fine' })])).toBe(1)
    expect(held('fine')).toBeDefined()
  })

  it('leaves out what the namespace would not take any more', async () => {
    open({ maxBytes: 1000 })
    const large = recordFixture({ key: 'large', value: 'x'.repeat(2000) })
    expect(await restore([large, recordFixture({ key: 'small' })])).toBe(1)
    expect(held('large')).toBeUndefined()
  })

  it('counts what is refused for space as left out', async () => {
    open({ maxEntries: 1 })
    const critical = { priority: 'critical' } as const
    const records = ['a', 'b'].map((key) => recordFixture({ key, ...critical }))
    expect(await restore(records)).toBe(1)
  })

  it('freezes values under isolation "freeze"', async () => {
    open({ isolation: 'freeze' })
    await restore([recordFixture({ value: { list: [1] } })])
    const value = held()?.value as { list: number[] } // As saved.
    expect(() => value.list.push(2)).toThrow(TypeError)
  })

  it('keeps values as bytes under storage "buffer"', async () => {
    open({ storage: 'buffer' })
    expect(await restore([recordFixture({ value: { a: [1] } })])).toBe(1)
    expect(held()?.value).toEqual({ a: [1] })
    expect(held()?.value).not.toBe(held()?.value)
  })

  it('asks the schema of the namespace, and leaves out what no longer fits', async () => {
    open(schemaOf((value) => (value === 'fits' ? { value } : { issues: [{ message: 'no' }] })))
    const records = ['fits', 'fails'].map((key) => recordFixture({ key, value: key }))
    expect(await restore(records)).toBe(1)
    expect([held('fits')?.value, held('fails')]).toEqual(['fits', undefined])
  })

  it.each<[string, () => unknown]>([
    [
      'throws',
      () => {
        throw new Error('broken')
      },
    ],
    ['rejects', () => Promise.reject(new Error('broken'))],
  ])('leaves out a value whose schema %s', async (_, validate) => {
    open(schemaOf(validate))
    expect(await restore([recordFixture()])).toBe(0)
  })

  it('gives a schema as long as a load may take', async () => {
    open({ ...schemaOf(() => new Promise(() => undefined)), hardTimeout: '1s' })
    const restoring = restore([recordFixture()])
    await stage.time.advance(1000)
    expect(await restoring).toBe(0)
  })

  it('judges again after a schema that took its time', async () => {
    const verdict = deferred<unknown>()
    open(schemaOf(() => verdict.promise))
    let standing: RecordStanding | undefined = VALID
    const restoring = restore([recordFixture()], () => standing)
    await stage.time.advance(0)
    standing = undefined
    verdict.resolve({ value: 'value' })
    expect(await restoring).toBe(0)
  })

  it('never replaces what was set while a schema took its time', async () => {
    const verdict = deferred<unknown>()
    open(schemaOf(() => verdict.promise))
    const restoring = restore([recordFixture({ value: 'old' })])
    await stage.time.advance(0)
    ports.memory?.set(entryFixture({ value: 'new' }))
    verdict.resolve({ value: 'old' })
    expect(await restoring).toBe(0)
    expect(held()?.value).toBe('new')
  })

  it('lets others have their turn, and judges each record when it goes in', async () => {
    const records = ['a', 'b', 'c'].map((key) => recordFixture({ key }))
    let nowMs = 0
    const clock = { nowMs: () => FAKE_START_MS, monotonicMs: () => (nowMs += 3) }
    let isInvalid = false
    const scheduler = {
      ...stage.time.scheduler,
      deadline: (_: number, task: () => void) => {
        isInvalid = true
        queueMicrotask(task)
        return () => undefined
      },
    }
    const judge: JudgeRecord = () => (isInvalid ? undefined : VALID)
    let restored = 0
    await restoreSnapshot({ ...ports, clock, scheduler }, sectionOf([records]), judge, () => {
      restored += 1
    })
    expect(restored).toBe(1)
  })

  it('throws if the rest cannot be read, and keeps what it has', async () => {
    const section = {
      ...sectionOf([]),
      records: async function* () {
        yield [recordFixture()]
        throw new Error('bad sector')
      },
    }
    await expect(
      restoreSnapshot(
        ports,
        section,
        () => VALID,
        () => undefined,
      ),
    ).rejects.toThrow('bad sector')
    expect(held()?.value).toBe('value')
  })
})
