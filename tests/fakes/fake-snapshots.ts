import type { CacheEntry } from '../../src/core/entities/cache-entry.ts'
import type {
  InvalidationMark,
  InvalidationScope,
} from '../../src/core/entities/invalidation-mark.ts'
import type {
  SnapshotHeader,
  SnapshotMark,
  SnapshotRecord,
  SnapshotSection,
  SnapshotTail,
  SnapshotWriter,
} from '../../src/core/protocols/cache-snapshot.ts'
import type { InvalidationLog, PositionedMark } from '../../src/core/protocols/invalidation-log.ts'
import { type EntryOverrides, entryFixture } from '../../src/testing/entry-fixture.ts'
import { positionedFixture } from './mark-fixture.ts'

/** A log of the generation `fixture` whose marks come when the test says so. */
export interface FakeLog extends Pick<InvalidationLog, 'head' | 'subscribe' | 'read'> {
  generation: string
  readonly listeners: number
  /** Appends a mark of the namespace `ns`. */
  mark(scope: InvalidationScope, overrides?: Partial<InvalidationMark>): void
}

export function fakeLog(startSeq = 0): FakeLog {
  const listeners = new Set<(mark: PositionedMark) => void>()
  const marks: PositionedMark[] = []
  const log: FakeLog = {
    generation: 'fixture',
    get listeners() {
      return listeners.size
    },
    head: () => ({ generation: log.generation, seq: startSeq + marks.length }),
    read: () => ({ marks, isContinuous: startSeq === 0 }),
    subscribe: (listener) => {
      listeners.add(listener)
      return () => {
        listeners.delete(listener)
      }
    },
    mark: (scope, overrides) => {
      const seq = startSeq + marks.length + 1
      const positioned = positionedFixture(seq, scope, { namespace: 'ns', ...overrides })
      marks.push(positioned)
      for (const listener of [...listeners]) listener(positioned)
    },
  }
  return log
}

/** A writer that keeps what it is given, and lets the test act while it works. */
export class FakeSnapshotWriter implements SnapshotWriter {
  readonly calls: string[] = []
  readonly keys: string[] = []
  readonly marks: SnapshotMark[][] = []
  header: SnapshotHeader | undefined
  keptOlder: boolean | undefined
  headSeq: number | undefined
  isFull = false
  /** Called for each entry, before it counts. */
  onAdd: (entry: CacheEntry) => boolean = () => true
  /** Called while the tail is on its way to the disk. */
  onFinish: () => void | Promise<void> = () => undefined

  /** What a store answers that has this writer. */
  readonly create = async (
    _path: string,
    header: SnapshotHeader,
    keepsOlder: boolean,
  ): Promise<SnapshotWriter> => {
    this.header = header
    this.keptOlder = keepsOlder
    return this
  }

  begin(namespace: string): void {
    this.calls.push(`begin ${namespace}`)
  }

  add(entry: CacheEntry): boolean {
    if (!this.onAdd(entry)) return false
    this.keys.push(entry.key)
    return true
  }

  async flush(): Promise<void> {
    this.calls.push('flush')
    this.isFull = false
  }

  async finish(tail: SnapshotTail): Promise<void> {
    this.calls.push('finish')
    this.headSeq = tail.headSeq
    this.marks.push([...tail.marks])
    await this.onFinish()
  }

  commit(): number {
    this.calls.push('commit')
    return 500
  }

  async close(): Promise<void> {
    this.calls.push('close')
  }
}

/** A record of an entry of the generation `fixture`. */
export function recordFixture(overrides: EntryOverrides<unknown> = {}): SnapshotRecord {
  const fixture = entryFixture(overrides)
  const { value, birth, namespace: _, accessedAtMs: __, sizeBytes: ___, ...entry } = fixture
  return { ...entry, birthSeq: birth.seq, value: () => value }
}

/** A section that hands out these records, one batch after the other. */
export function sectionOf(
  batches: readonly (readonly SnapshotRecord[])[],
  namespace = 'ns',
): SnapshotSection {
  return {
    namespace,
    entries: batches.flat().length,
    records: async function* () {
      yield* batches
    },
  }
}
