import {
  chmodSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { StructuredCloneSerializer } from '../../../src/infrastructure/serializers/structured-clone-serializer.ts'
import { FileSnapshotStore } from '../../../src/infrastructure/snapshots/file-snapshot-store.ts'
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

const IS_ROOT = process.getuid?.() === 0
if (IS_ROOT) {
  process.stdout.write(
    'skipped: what happens in a folder that may not be changed, since root may change every folder\n',
  )
}

describe('FileSnapshotStore.create()', () => {
  it('rejects with CACHE_SNAPSHOT_FAILED if the folder is missing, and says so', async () => {
    const path = join(place.folder, 'missing', 'cache.snapshot')
    await expect(fileStore().create(path, HEADER, true)).rejects.toMatchObject({
      code: 'CACHE_SNAPSHOT_FAILED',
      message: expect.stringContaining('ENOENT'),
    })
  })

  it.skipIf(IS_ROOT)(
    'rejects with CACHE_SNAPSHOT_FAILED in a folder that cannot be written',
    async () => {
      chmodSync(place.folder, 0o500)
      await expect(fileStore().create(place.path, HEADER, true)).rejects.toMatchObject({
        code: 'CACHE_SNAPSHOT_FAILED',
      })
      chmodSync(place.folder, 0o700)
    },
  )

  it.each([
    ['a file of somebody else', 'precious data'],
    ['a shorter one', 'x'],
  ])('refuses to replace %s', async (_, content) => {
    writeFileSync(place.path, content)
    await expect(fileStore().create(place.path, HEADER, true)).rejects.toMatchObject({
      code: 'CACHE_SNAPSHOT_FAILED',
      message: expect.stringContaining('something else than a snapshot'),
    })
    expect(readFileSync(place.path, 'utf8')).toBe(content)
    expect(names()).toEqual(['cache.snapshot'])
  })

  it('refuses to replace a folder', async () => {
    mkdirSync(place.path)
    await expect(fileStore().create(place.path, HEADER, true)).rejects.toMatchObject({
      code: 'CACHE_SNAPSHOT_FAILED',
    })
  })

  it('replaces an older snapshot, and an empty file', async () => {
    writeFileSync(place.path, '')
    await saveFile(place.path, SOME)
    await saveFile(place.path, [entryFixture({ key: 'newer' })])
    expect(await readFileOnce(place.path)).toMatchObject({
      records: { fixtures: [{ key: 'newer' }] },
    })
  })

  it('lets saves of one path run at once; the one that commits last is there, whole', async () => {
    const writers = await Promise.all(
      [1, 2, 3].map(async () => fileStore().create(place.path, HEADER, true)),
    )
    for (const [at, writer] of writers.entries()) {
      writer.begin('n')
      writer.add(entryFixture({ value: at }))
    }
    await Promise.all(writers.map((writer) => writer.finish(EMPTY_TAIL)))
    for (const writer of writers) writer.commit()
    await Promise.all(writers.map((writer) => writer.close()))
    expect(names()).toEqual(['cache.snapshot'])
    expect(await readFileOnce(place.path)).toMatchObject({ records: { n: [{ value: 2 }] } })
  })

  it('removes what killed processes left behind, but nothing that may still be written', async () => {
    const old = `${place.path}.tmp-0000000000000000`
    const taken = `${place.path}.taken-0000000000000000`
    const young = `${place.path}.tmp-1111111111111111`
    const strangers = join(place.folder, 'other.snapshot.tmp-0')
    for (const path of [old, taken, young, strangers]) writeFileSync(path, 'x')
    const longAgo = new Date(Date.now() - 3_600_000)
    for (const path of [old, taken, strangers]) utimesSync(path, longAgo, longAgo)
    await saveFile(place.path, SOME)
    expect([old, taken, young, strangers].map((path) => existsSync(path))).toEqual([
      false,
      false,
      true,
      true,
    ])
  })
})

describe('FileSnapshotStore.take()', () => {
  const take = (cacheName = 'cache', store = fileStore()) => store.take(place.path, cacheName)

  it('says that there is none', () => {
    expect(take()).toEqual({ kind: 'absent' })
    expect(fileStore().take(join(place.path, 'below'), 'cache')).toEqual({ kind: 'absent' })
    writeFileSync(place.path, '')
    expect(take()).toEqual({ kind: 'absent' })
  })

  it('removes the file at once, so that nobody else gets it', async () => {
    await saveFile(place.path, SOME)
    const first = take()
    expect(first.kind).toBe('taken')
    expect(names()).toEqual([])
    expect(take()).toEqual({ kind: 'absent' })
    if (first.kind === 'taken') first.snapshot.close()
  })

  it.each([
    ['not a snapshot', 'something else entirely'],
    ['shorter than the beginning of one', 'x'],
  ])('refuses a file that is %s, and leaves it where it is', (_, content) => {
    writeFileSync(place.path, content)
    expect(take()).toEqual({ kind: 'refused', reason: 'it is not a snapshot', isLeft: false })
    expect(readFileSync(place.path, 'utf8')).toBe(content)
  })

  it('refuses the snapshot of another cache, and leaves it where it is', async () => {
    await saveFile(place.path, SOME)
    const reason = 'it is of another cache, cache'
    expect(take('acme')).toEqual({ kind: 'refused', reason, isLeft: false })
    expect(names()).toEqual(['cache.snapshot'])
  })

  it('refuses a folder, and a link that leads to one', () => {
    mkdirSync(join(place.folder, 'sub'))
    symlinkSync(join(place.folder, 'sub'), place.path)
    expect(take()).toEqual({ kind: 'refused', reason: 'it is not a file', isLeft: false })
    expect(names()).toEqual(['cache.snapshot', 'sub'])
  })

  it('refuses a newer format, and removes it: it will be outdated when its reader comes back', async () => {
    await saveFile(place.path, SOME)
    const bytes = readFileSync(place.path)
    bytes.writeUInt32LE(2, 8)
    writeFileSync(place.path, bytes)
    const reason = 'it has the format 2, and this version reads 1'
    expect(take()).toEqual({ kind: 'refused', reason, isLeft: false })
    expect(names()).toEqual([])
  })

  it('refuses values of another serializer', async () => {
    await saveFile(place.path, SOME)
    class OtherSerializer extends StructuredCloneSerializer {
      override readonly id = 9 as never // Another one than the class says.
    }
    expect(take('cache', new FileSnapshotStore(new OtherSerializer()))).toMatchObject({
      kind: 'refused',
      reason: 'its values were written by serializer 3',
    })
  })

  it('never takes a file that another process has put there in place of the one it opened', async () => {
    // What two processes do one after the other, at the worst moment: between opening and removing.
    await saveFile(place.path, SOME)
    const serializer = new StructuredCloneSerializer()
    const store = new FileSnapshotStore(serializer)
    const other = await fileStore().create(place.path, HEADER, true)
    await other.finish(EMPTY_TAIL)
    // The id is asked for right between the two.
    Object.defineProperty(serializer, 'id', {
      get: () => {
        other.commit()
        return 3
      },
    })
    expect(store.take(place.path, 'cache')).toEqual({
      kind: 'refused',
      reason: 'another process has taken or replaced it',
      isLeft: false,
    })
    await other.close()
    expect(names()).toEqual([])
  })

  it('never takes a file that another process has removed meanwhile', async () => {
    await saveFile(place.path, SOME)
    const serializer = new StructuredCloneSerializer()
    Object.defineProperty(serializer, 'id', {
      get: () => {
        fileStore().remove(place.path)
        return 3
      },
    })
    expect(new FileSnapshotStore(serializer).take(place.path, 'cache')).toMatchObject({
      kind: 'refused',
      reason: 'another process has taken or replaced it',
    })
  })

  it('refuses a file that it cannot remove, and says that it is still there', async () => {
    await saveFile(place.path, SOME)
    // There is no room for the name under which it would be removed.
    const long = join(place.folder, 'x'.repeat(250))
    renameSync(place.path, long)
    expect(fileStore().take(long, 'cache')).toEqual({
      kind: 'refused',
      reason: expect.stringContaining('ENAMETOOLONG'),
      isLeft: true,
    })
    fileStore().remove(long)
    expect(names()).toEqual([])
  })
})

describe('FileSnapshotStore.remove()', () => {
  it('removes the file, and minds not if there is none', async () => {
    await saveFile(place.path, SOME)
    const store = fileStore()
    store.remove(place.path)
    store.remove(place.path)
    store.remove(join(place.path, 'below'))
    expect(names()).toEqual([])
  })

  it('throws for what it cannot remove', () => {
    mkdirSync(place.path)
    expect(() => fileStore().remove(place.path)).toThrow()
  })

  it.skipIf(IS_ROOT)('empties the file where the folder cannot be changed', async () => {
    await saveFile(place.path, SOME)
    chmodSync(place.folder, 0o500)
    fileStore().remove(place.path)
    chmodSync(place.folder, 0o700)
    expect(await readFileOnce(place.path)).toBe('absent')
  })
})
