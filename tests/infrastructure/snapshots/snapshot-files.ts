/** A folder for snapshots that a test has for itself, and what tests do with snapshots in it. */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { CacheEntry } from '../../../src/core/entities/cache-entry.ts'
import type {
  CacheSnapshot,
  SnapshotHeader,
  SnapshotRecord,
  SnapshotSection,
  SnapshotTail,
} from '../../../src/core/protocols/cache-snapshot.ts'
import { parseCacheTag } from '../../../src/core/value-objects/cache-tag.ts'
import { StructuredCloneSerializer } from '../../../src/infrastructure/serializers/structured-clone-serializer.ts'
import { FileSnapshotStore } from '../../../src/infrastructure/snapshots/file-snapshot-store.ts'
import { entryFixture } from '../../../src/testing/entry-fixture.ts'

export const HEADER: SnapshotHeader = Object.freeze({
  cacheName: 'cache',
  savedAtMs: 1_767_225_600_000,
  head: Object.freeze({ generation: 'fixture', seq: 7 }),
  isSharedLog: false,
})

export const EMPTY_TAIL: SnapshotTail = Object.freeze({ headSeq: 7, marks: [], dependencies: [] })

/** A few entries of two namespaces. */
export const SOME: readonly CacheEntry[] = [
  entryFixture({ key: 'a', value: { text: 'the first value' }, namespace: 'one' }),
  entryFixture({ key: 'b', value: [1, 2, 3], namespace: 'one', tags: [parseCacheTag('t')] }),
  entryFixture({ key: 'c', value: new Map([['k', 1n]]), namespace: 'two' }),
]

/** A folder of its own, with a path in it; `remove` removes it all. */
export function snapshotFolder(): { folder: string; path: string; remove: () => void } {
  const folder = mkdtempSync(join(tmpdir(), 'snapshots-'))
  const remove = (): void => rmSync(folder, { recursive: true, force: true })
  return { folder, path: join(folder, 'cache.snapshot'), remove }
}

export function fileStore(): FileSnapshotStore {
  return new FileSnapshotStore(new StructuredCloneSerializer())
}

/** Saves entries, by their namespace, and answers the size of the file. */
export async function saveFile(
  path: string,
  entries: readonly CacheEntry[],
  { header = HEADER, tail = EMPTY_TAIL }: { header?: SnapshotHeader; tail?: SnapshotTail } = {},
): Promise<number> {
  const writer = await fileStore().create(path, header, true)
  try {
    for (const namespace of new Set(entries.map((entry) => entry.namespace))) {
      writer.begin(namespace)
      for (const entry of entries) if (entry.namespace === namespace) writer.add(entry)
    }
    await writer.finish(tail)
    return writer.commit()
  } finally {
    await writer.close()
  }
}

/** A record with its value read. */
export type ReadRecord = Omit<SnapshotRecord, 'value'> & { readonly value: unknown }

/** What a file holds; a text if it is refused. */
export type ReadFile =
  | string
  | (CacheSnapshot & {
      readonly header: SnapshotHeader
      readonly records: Readonly<Record<string, readonly ReadRecord[]>>
    })

/** Takes the file and reads all of it. */
export async function readFileOnce(path: string): Promise<ReadFile> {
  const taking = fileStore().take(path, 'cache')
  if (taking.kind !== 'taken') return taking.kind === 'absent' ? 'absent' : taking.reason
  const { snapshot } = taking
  try {
    const contents = await snapshot.verify()
    const records: Record<string, ReadRecord[]> = {}
    for (const section of contents.sections) records[section.namespace] = await readAll(section)
    return { ...contents, header: snapshot.header, records }
  } catch (error) {
    return error instanceof Error ? error.message : String(error)
  } finally {
    snapshot.close()
  }
}

async function readAll(section: SnapshotSection): Promise<ReadRecord[]> {
  const list: ReadRecord[] = []
  for await (const some of section.records()) {
    for (const record of some) list.push({ ...record, value: record.value() })
  }
  return list
}
