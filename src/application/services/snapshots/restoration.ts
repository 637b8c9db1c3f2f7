/**
 * A snapshot on its way back into memory.
 *
 * Nothing of it may be older than what this process knows. So it listens to the log from the moment at
 * which the snapshot was taken, and judges each record by two sets of marks just before it goes in: those
 * that the snapshot itself brings along, and those of this process. With a log of its own the cache has
 * begun a new generation, in which all records are as old as the log; with a shared one it must be the
 * same log, with nothing appended since, and births stay what they were.
 *
 * The records of a namespace that isn't open yet wait until it is, since only then is it known how it
 * keeps its values, and which it accepts.
 */
import type { CacheEntry } from '../../../core/entities/cache-entry.ts'
import type {
  CacheSnapshot,
  SnapshotMark,
  SnapshotRecord,
  SnapshotSection,
  TakenSnapshot,
} from '../../../core/protocols/cache-snapshot.ts'
import type { Clock } from '../../../core/protocols/clock.ts'
import type { InvalidationLog, PositionedMark } from '../../../core/protocols/invalidation-log.ts'
import type { Scheduler } from '../../../core/protocols/scheduler.ts'
import type { LogPosition } from '../../../core/value-objects/log-position.ts'
import {
  type RecordStanding,
  type RestoreSnapshotPorts,
  restoreSnapshot,
} from '../../commands/restore-snapshot.ts'
import type { DependencyDirectory } from '../dependency-directory.ts'
import type { InvalidationService } from '../invalidation-service.ts'
import { NamespaceMarks } from './namespace-marks.ts'
import { WorkSlices } from './work-slices.ts'

/** How far the wall clock may run behind the one that the snapshot was saved by. */
const MAX_CLOCK_LAG_MS = 1000

/** What restoring works with. */
export interface RestorationPorts {
  readonly isSharedLog: boolean
  readonly log: Pick<InvalidationLog, 'head' | 'read' | 'subscribe'>
  readonly invalidation: Pick<InvalidationService, 'matcherOf' | 'patternMatcher'>
  readonly dependencies: Pick<DependencyDirectory, 'add' | 'closure'>
  readonly clock: Clock
  readonly scheduler: Scheduler
}

/** What became of the records of one namespace. */
export interface RestoredRecords {
  restored: number
  skipped: number
  /** Why the rest of them couldn't be read; `undefined` if all were. */
  failure: unknown
}

export class Restoration {
  readonly path: string
  readonly #ports: RestorationPorts
  readonly #snapshot: TakenSnapshot
  /** Where the log stood when the snapshot was taken. */
  readonly #head: LogPosition
  readonly #ownMarks: NamespaceMarks
  readonly #savedMarks: NamespaceMarks
  readonly #waiting = new Map<string, SnapshotSection>()
  readonly #unsubscribe: () => void
  #hasEnded = false
  #running = 0

  /** Begins to listen. */
  constructor(ports: RestorationPorts, path: string, snapshot: TakenSnapshot) {
    this.path = path
    const { log } = ports
    const { head } = snapshot.header
    this.#ports = ports
    this.#snapshot = snapshot
    this.#ownMarks = new NamespaceMarks(() => log.head())
    this.#savedMarks = new NamespaceMarks(() => head)
    this.#unsubscribe = log.subscribe((positioned) => this.#noteOwn(positioned))
    this.#head = log.head()
  }

  /** The namespaces that have records here and have not been opened. */
  get waitingNamespaces(): readonly string[] {
    return [...this.#waiting.keys()]
  }

  get waitingEntries(): number {
    return [...this.#waiting.values()].reduce((sum, { entries }) => sum + entries, 0)
  }

  /** Reads the snapshot from end to end. Throws an Error with the reason if nothing of it may be restored. */
  async open(): Promise<void> {
    this.#checkHeader()
    const contents = await this.#snapshot.verify()
    this.#checkHead(contents)
    await this.#noteEarlier()
    for (const mark of contents.marks) await this.#noteSaved(mark)
    const slices = new WorkSlices(this.#ports.clock, this.#ports.scheduler)
    for (const { dependent, dependsOn } of contents.dependencies) {
      // One name at a time: a name may depend on more of them than one call takes.
      for (const name of dependsOn) this.#ports.dependencies.add(dependent, [name])
      await slices.pauseIfOver()
    }
    // Marks that came before this didn't know what else they reach.
    this.#ownMarks.widen((dependency) => this.#ports.dependencies.closure(dependency))
    for (const section of contents.sections) {
      if (section.entries > 0) this.#waiting.set(section.namespace, section)
    }
    this.#endIfDone()
  }

  /** Restores the records of a namespace that is open; none if there are none, or it was done already. Never rejects. */
  async restore(ports: RestoreSnapshotPorts): Promise<RestoredRecords> {
    const section = this.#waiting.get(ports.name)
    if (section === undefined) return { restored: 0, skipped: 0, failure: undefined }
    this.#waiting.delete(ports.name)
    this.#running += 1
    const report: RestoredRecords = { restored: 0, skipped: section.entries, failure: undefined }
    const judge = (record: SnapshotRecord): RecordStanding | undefined =>
      this.#judge(ports.name, record)
    try {
      await restoreSnapshot(ports, section, judge, () => {
        report.restored += 1
        report.skipped -= 1
      })
    } catch (error) {
      report.failure = error
    }
    this.#running -= 1
    this.#endIfDone()
    return report
  }

  /** Lets go of the snapshot and of what still waits. Idempotent. */
  end(): void {
    if (this.#hasEnded) return
    this.#hasEnded = true
    this.#waiting.clear()
    this.#unsubscribe()
    this.#snapshot.close()
  }

  #endIfDone(): void {
    if (this.#running === 0 && this.#waiting.size === 0) this.end()
  }

  #checkHeader(): void {
    const { isSharedLog, clock } = this.#ports
    const { header } = this.#snapshot
    if (header.savedAtMs > clock.nowMs() + MAX_CLOCK_LAG_MS) {
      throw new Error('it was saved later than the clock says it is now')
    }
    if (header.isSharedLog !== isSharedLog) {
      throw new Error(
        isSharedLog
          ? 'it was saved without the distributor that the cache has now'
          : 'it was saved with a distributor that the cache does not have now',
      )
    }
    if (isSharedLog && header.head.generation !== this.#head.generation) {
      throw new Error('the invalidation log has begun anew since it was saved')
    }
  }

  #checkHead({ headSeq }: CacheSnapshot): void {
    if (!this.#ports.isSharedLog || headSeq === this.#head.seq) return
    throw new Error('something was set or invalidated since it was saved')
  }

  /** What this process has set and invalidated before it took the snapshot. */
  async #noteEarlier(): Promise<void> {
    const { isSharedLog, log } = this.#ports
    const { generation, seq } = this.#head
    if (isSharedLog || seq === 0) return
    const page = await log.read({ generation, seq: 0 }, seq)
    if (!page.isContinuous || page.marks.length < seq) {
      throw new Error('too much was set or invalidated since the cache was created')
    }
    for (const positioned of page.marks) this.#noteOwn(positioned)
  }

  #noteOwn(positioned: PositionedMark): void {
    const { scope } = positioned.mark
    this.#ownMarks.apply(positioned, this.#ports.invalidation.patternMatcher(scope))
  }

  async #noteSaved({ namespace, scope, soft, seq }: SnapshotMark): Promise<void> {
    const matches = await this.#ports.invalidation.matcherOf(scope)
    const { generation } = this.#snapshot.header.head
    const mark = {
      namespace,
      scope,
      soft,
      act: 'invalidate',
      origin: '',
      reason: undefined,
    } as const
    this.#savedMarks.apply(
      { position: { generation, seq }, mark: { ...mark, atMs: this.#snapshot.header.savedAtMs } },
      matches,
    )
  }

  #judge(namespace: string, record: SnapshotRecord): RecordStanding | undefined {
    const { isSharedLog } = this.#ports
    const { generation } = this.#snapshot.header.head
    const savedBirth = { generation, seq: record.birthSeq }
    const saved = this.#savedMarks.check(namespace, markedOf(record, savedBirth))
    if (saved.kind === 'invalid') return undefined
    // As old as the log: whatever this process has marked comes after it.
    const ownBirth = isSharedLog ? savedBirth : { generation: this.#head.generation, seq: 0 }
    const own = this.#ownMarks.check(namespace, markedOf(record, ownBirth))
    if (own.kind === 'invalid') return undefined
    const isSoft = saved.kind === 'soft' || own.kind === 'soft'
    return { birth: isSharedLog ? savedBirth : this.#head, isSoft }
  }
}

function markedOf(
  { key, tags, dependsOn }: SnapshotRecord,
  birth: LogPosition,
): Pick<CacheEntry, 'key' | 'tags' | 'dependsOn' | 'birth'> {
  return { key, tags, dependsOn, birth }
}
