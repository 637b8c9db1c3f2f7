import { readdirSync, statSync } from 'node:fs'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { parseCacheTag, parseDependencyName } from '../../../src/core/value-objects/cache-tag.ts'
import { entryFixture } from '../../../src/testing/entry-fixture.ts'
import {
  EMPTY_TAIL,
  fileStore,
  HEADER,
  readFileOnce,
  SOME,
  saveFile,
  snapshotFolder,
} from './snapshot-files.ts'

let place: ReturnType<typeof snapshotFolder>

beforeEach(() => {
  place = snapshotFolder()
})

afterEach(() => place.remove())

const names = () => readdirSync(place.folder)

describe('FileSnapshotWriter', () => {
  it('gives back what was saved, in the order in which it was added', async () => {
    const bytes = await saveFile(place.path, SOME)
    expect(bytes).toBe(statSync(place.path).size)
    const read = await readFileOnce(place.path)
    expect(read).toMatchObject({
      header: HEADER,
      headSeq: 7,
      marks: [],
      dependencies: [],
      sections: [
        { namespace: 'one', entries: 2 },
        { namespace: 'two', entries: 1 },
      ],
      records: {
        one: [
          { key: 'a', value: { text: 'the first value' }, tags: [] },
          { key: 'b', value: [1, 2, 3], tags: ['t'] },
        ],
        two: [{ key: 'c', value: new Map([['k', 1n]]) }],
      },
    })
  })

  it('gives back marks and dependencies as they were', async () => {
    const closure = ['d', 'e'].map(parseDependencyName)
    const marks = [
      { namespace: 'one', seq: 8, soft: true, scope: { kind: 'key', key: SOME[0]?.key ?? '' } },
      { namespace: 'one', seq: 9, soft: false, scope: { kind: 'prefix', prefix: 'user:' } },
      { namespace: 'one', seq: 10, soft: false, scope: { kind: 'pattern', pattern: 'a:*:b' } },
      { namespace: 'one', seq: 11, soft: false, scope: { kind: 'regex', regex: '^a' } },
      { namespace: 'two', seq: 12, soft: false, scope: { kind: 'tag', tag: 't' } },
      {
        namespace: 'two',
        seq: 13,
        soft: false,
        scope: { kind: 'dependency', dependency: 'd', closure },
      },
      { namespace: 'two', seq: 14, soft: false, scope: { kind: 'namespace' } },
    ]
    const dependencies = [
      { dependent: parseDependencyName('e'), dependsOn: [parseDependencyName('d')] },
    ]
    const tail = { headSeq: 14, marks: marks as never, dependencies } // Tags and keys are texts here.
    await saveFile(place.path, SOME, { tail })
    expect(await readFileOnce(place.path)).toMatchObject({ headSeq: 14, marks, dependencies })
  })

  it('shows nothing under the name before commit(), and removes what was never committed', async () => {
    const writer = await fileStore().create(place.path, HEADER, true)
    await writer.finish(EMPTY_TAIL)
    expect(names()).toEqual([expect.stringMatching(/^cache\.snapshot\.tmp-[0-9a-f]{16}$/)])
    await writer.close()
    await writer.close()
    expect(names()).toEqual([])
  })

  it('finish() again replaces the tail, also a longer one by a shorter one', async () => {
    const writer = await fileStore().create(place.path, HEADER, true)
    writer.begin('one')
    for (const entry of SOME.slice(0, 2)) writer.add(entry)
    const scope = { kind: 'prefix', prefix: 'x'.repeat(1000) } as const
    await writer.finish({
      ...EMPTY_TAIL,
      marks: [{ namespace: 'one', seq: 8, soft: false, scope }],
    })
    await writer.finish({ ...EMPTY_TAIL, headSeq: 8 })
    writer.commit()
    await writer.close()
    expect(await readFileOnce(place.path)).toMatchObject({
      headSeq: 8,
      marks: [],
      sections: [{ namespace: 'one', entries: 2 }],
    })
  })

  it('add() leaves out a value without a form in bytes, and nothing else', async () => {
    const writer = await fileStore().create(place.path, HEADER, true)
    writer.begin('one')
    const added = [() => 1, 'fine', Symbol('s'), new URL('http://a.example'), 'too'].map((value) =>
      writer.add(entryFixture({ value })),
    )
    expect(added).toEqual([false, true, false, false, true])
    await writer.finish(EMPTY_TAIL)
    writer.commit()
    await writer.close()
    expect(await readFileOnce(place.path)).toMatchObject({
      records: { one: [{ value: 'fine' }, { value: 'too' }] },
    })
  })

  it('add() leaves out an entry whose numbers fit no record, half way through it', async () => {
    const writer = await fileStore().create(place.path, HEADER, true)
    writer.begin('one')
    const tooMany = Array.from({ length: 300 }, (_, at) => parseCacheTag(`t${at}`))
    expect(writer.add(entryFixture({ key: 'a', tags: tooMany }))).toBe(false)
    expect(writer.add(entryFixture({ key: 'b' }))).toBe(true)
    await writer.finish(EMPTY_TAIL)
    writer.commit()
    await writer.close()
    expect(await readFileOnce(place.path)).toMatchObject({ records: { one: [{ key: 'b' }] } })
  })

  it('saves a file that only its owner can read', async () => {
    await saveFile(place.path, SOME)
    expect(statSync(place.path).mode & 0o777).toBe(0o600)
  })

  it('leaves nothing beside the file', async () => {
    await saveFile(place.path, SOME)
    expect(names()).toEqual(['cache.snapshot'])
  })

  it('isFull once a flush is due, and not after it', async () => {
    const writer = await fileStore().create(place.path, HEADER, true)
    writer.begin('one')
    writer.add(entryFixture({ value: 'x'.repeat(40_000) }))
    expect(writer.isFull).toBe(false)
    writer.add(entryFixture({ value: 'x'.repeat(40_000) }))
    expect(writer.isFull).toBe(true)
    await writer.flush()
    expect(writer.isFull).toBe(false)
    await writer.close()
  })
})
