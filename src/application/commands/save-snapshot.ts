import type {
  SnapshotDependency,
  SnapshotHeader,
  SnapshotStore,
  SnapshotWriter,
} from '../../core/protocols/cache-snapshot.ts'
import type { Clock } from '../../core/protocols/clock.ts'
import type { InvalidationLog } from '../../core/protocols/invalidation-log.ts'
import type { Scheduler } from '../../core/protocols/scheduler.ts'
import type { DependencyName } from '../../core/value-objects/cache-tag.ts'
import type { NamespacePorts } from '../services/namespace-ports.ts'
import { MarkRecorder } from '../services/snapshots/mark-recorder.ts'
import type { SnapshotGuard } from '../services/snapshots/snapshot-guard.ts'
import { WorkSlices } from '../services/snapshots/work-slices.ts'

/** What depends on what, and whether that has grown. */
interface DependencySource {
  /** How often something came to depend on more than before. */
  readonly additions: number
  entries(): Iterable<readonly [dependent: DependencyName, dependsOn: readonly DependencyName[]]>
}

/** What saving works with. */
export interface SaveSnapshotPorts {
  readonly cacheName: string
  readonly isSharedLog: boolean
  readonly store: Pick<SnapshotStore, 'create'>
  readonly guard: Pick<SnapshotGuard, 'holds' | 'watch'>
  readonly log: Pick<InvalidationLog, 'head' | 'subscribe'>
  readonly clock: Clock
  readonly scheduler: Scheduler
  readonly dependencies: DependencySource
  /** False once something has changed of which there is no mark: then nothing may be saved. */
  readonly isComplete: () => boolean
  readonly namespaces: () => Iterable<Pick<NamespacePorts, 'name' | 'memory'>>
}

/** What came of saving. */
export interface SavedSnapshot {
  /** Entries in the file. */
  readonly entries: number
  /** Entries that aren't in it: those whose value has no form in bytes. */
  readonly skipped: number
  /** Size of the file; 0 if there is none, since what it held was outdated faster than it could be saved. */
  readonly bytes: number
}

/** How often the end of a snapshot is written anew because something was invalidated meanwhile. */
const MAX_ATTEMPTS = 3
/** Most entries that are looked at at once; fewer where a few take long. */
const MAX_PAGE = 16

/**
 * Saves what memory holds to a file, in slices, with entries coming and going meanwhile. The next mark
 * removes the file again.
 *
 * @throws CacheError CACHE_SNAPSHOT_FAILED
 */
export async function saveSnapshot(ports: SaveSnapshotPorts, path: string): Promise<SavedSnapshot> {
  // First of all: a mark that came in between would be in neither the records nor the recorder.
  const recorder = new MarkRecorder(ports.log)
  let writer: SnapshotWriter | undefined
  try {
    const header: SnapshotHeader = {
      cacheName: ports.cacheName,
      savedAtMs: ports.clock.nowMs(),
      head: ports.log.head(),
      isSharedLog: ports.isSharedLog,
    }
    writer = await ports.store.create(path, header, ports.guard.holds(path))
    const { entries, skipped } = await writeRecords(ports, writer, header)
    const bytes = await finish(ports, { path, writer, header, recorder })
    return bytes === 0
      ? { entries: 0, skipped: entries + skipped, bytes }
      : { entries, skipped, bytes }
  } finally {
    recorder.end()
    await writer?.close()
  }
}

async function writeRecords(
  ports: SaveSnapshotPorts,
  writer: SnapshotWriter,
  { head }: SnapshotHeader,
): Promise<Pick<SavedSnapshot, 'entries' | 'skipped'>> {
  const slices = new WorkSlices(ports.clock, ports.scheduler)
  let entries = 0
  let skipped = 0
  for (const { name, memory } of ports.namespaces()) {
    if (memory === undefined) continue
    writer.begin(name)
    for await (const page of pagesOf(memory, slices, writer)) {
      const added = page.filter(
        (entry) => entry.birth.generation === head.generation && writer.add(entry),
      )
      entries += added.length
      skipped += page.length - added.length
    }
  }
  return { entries, skipped }
}

/** All entries, a few at a time; what waits in the writer is written, and others get their turn, in between. */
async function* pagesOf(
  memory: NonNullable<NamespacePorts['memory']>,
  slices: WorkSlices,
  writer: SnapshotWriter,
): AsyncGenerator<ReturnType<typeof memory.list>['entries']> {
  let cursor: string | undefined
  let limit = 1
  do {
    const page = memory.list(limit, cursor)
    yield page.entries
    cursor = page.cursor
    limit = slices.isOver ? 1 : Math.min(limit * 2, MAX_PAGE)
    if (writer.isFull) {
      await writer.flush()
      slices.begin()
    } else await slices.pauseIfOver()
  } while (cursor !== undefined)
}

/** Ends the file and puts it in place; 0 if it would have been outdated each time it was ready. */
async function finish(
  ports: SaveSnapshotPorts,
  saving: {
    readonly path: string
    readonly writer: SnapshotWriter
    readonly header: SnapshotHeader
    readonly recorder: MarkRecorder
  },
): Promise<number> {
  const { path, writer, header, recorder } = saving
  const { log, dependencies, guard, isComplete } = ports
  for (let attempt = 0; attempt < MAX_ATTEMPTS && !recorder.isOverrun; attempt += 1) {
    const head = log.head()
    if (head.generation !== header.head.generation) return 0
    const state = [recorder.count, dependencies.additions]
    await writer.finish({
      headSeq: head.seq,
      marks: recorder.marks(),
      dependencies: dependenciesOf(dependencies),
    })
    const isCurrent = recorder.count === state[0] && dependencies.additions === state[1]
    if (!isComplete()) return 0
    if (!isCurrent || log.head().generation !== head.generation) continue
    // In the same turn, so that no mark comes in between.
    const bytes = writer.commit()
    guard.watch(path)
    return bytes
  }
  return 0
}

function* dependenciesOf(dependencies: DependencySource): Generator<SnapshotDependency> {
  for (const [dependent, dependsOn] of dependencies.entries()) yield { dependent, dependsOn }
}
