/** Saves what memory holds, and restores it: at the start and the end by itself, in between when it is asked to. */
import { CacheError } from '../../../core/exceptions/cache-error.ts'
import { cutText } from '../../../core/exceptions/describe-value.ts'
import { errorText } from '../../../core/exceptions/error-text.ts'
import type { SnapshotStore } from '../../../core/protocols/cache-snapshot.ts'
import {
  type SavedSnapshot,
  type SaveSnapshotPorts,
  saveSnapshot,
} from '../../commands/save-snapshot.ts'
import type { NamespacePorts } from '../namespace-ports.ts'
import { Restoration, type RestorationPorts, type RestoredRecords } from './restoration.ts'
import { SnapshotGuard } from './snapshot-guard.ts'

/** What the keeper works with. */
export interface SnapshotKeeperPorts
  extends RestorationPorts,
    Omit<
      SaveSnapshotPorts,
      'store' | 'guard' | 'namespaces' | 'dependencies' | 'log' | 'isComplete'
    > {
  readonly store: SnapshotStore
  readonly log: RestorationPorts['log']
  readonly dependencies: RestorationPorts['dependencies'] & SaveSnapshotPorts['dependencies']
  /** Restored at the start, saved at the end; `undefined`: neither. */
  readonly path: string | undefined
}

/** What came of restoring. */
export interface RestoredSnapshot {
  /** Entries that are in memory now. */
  readonly restored: number
  /** Entries that aren't: dead, invalid, in use already, refused for space or by a schema. */
  readonly skipped: number
  /** Entries of namespaces that nobody has opened yet; they follow when somebody does. */
  readonly waiting: number
  /** Why nothing was restored; `undefined` if the snapshot was good. */
  readonly refused: string | undefined
}

/** One snapshot that was taken, or why none was. */
type Attempt = Restoration | { readonly refused: string; readonly isAbsent: boolean }

export class SnapshotKeeper {
  readonly #ports: SnapshotKeeperPorts
  readonly #guard: SnapshotGuard
  readonly #namespaces = new Map<string, NamespacePorts>()
  readonly #restorations = new Set<Restoration>()
  /** What runs; none of it rejects. */
  readonly #work = new Set<Promise<unknown>>()

  /** How often something changed of which there is no mark. */
  #losses = 0

  constructor(ports: SnapshotKeeperPorts) {
    this.#ports = ports
    this.#guard = new SnapshotGuard({
      store: ports.store,
      log: ports.log,
      onLeft: (path, error) => this.#report(path, { act: 'remove', did: 'left it there' }, error),
    })
  }

  /** The namespaces of which restored snapshots hold entries, and that nobody has opened yet. */
  get waitingNamespaces(): readonly string[] {
    return [...new Set([...this.#restorations].flatMap((each) => each.waitingNamespaces))]
  }

  /** A namespace has been opened: what waits for it is restored. */
  opened(ports: NamespacePorts): void {
    this.#namespaces.set(ports.name, ports)
    for (const restoration of this.#restorations) {
      if (restoration.waitingNamespaces.includes(ports.name)) {
        void this.#run(this.#restoreNamespace(restoration, ports))
      }
    }
  }

  /** Takes the snapshot of the cache, at once, and restores it behind everybody's back. */
  start(): void {
    const { path } = this.#ports
    if (path !== undefined) void this.restore(path)
  }

  /** @throws CacheError CACHE_SNAPSHOT_FAILED */
  save(path: string): Promise<SavedSnapshot> {
    return this.#run(this.#saveSince(this.#losses, path))
  }

  /** Takes the snapshot at once; resolves once all of it is restored that can be now. */
  restore(path: string): Promise<RestoredSnapshot> {
    return this.#run(this.#restoreAll(path, this.#take(path)))
  }

  /** Resolves when nothing runs any more. */
  async settled(): Promise<void> {
    while (this.#work.size > 0) await Promise.allSettled(this.#work)
  }

  /** What was saved doesn't tell all any more: something depends on more than it did. */
  noteDependency(): void {
    this.#guard.removeAll()
  }

  /** Something has changed of which there will never be a mark: what was saved goes, and what is being saved comes to nothing. */
  noteLoss(): void {
    this.#losses += 1
    this.#guard.removeAll()
  }

  /** Lets go of what still waits, and saves; `undefined` if there is nothing to wait for. Never rejects. */
  close(): Promise<void> | undefined {
    const isIdle = this.#work.size === 0 && this.#restorations.size === 0
    return isIdle && this.#ports.path === undefined ? undefined : this.#close(this.#losses)
  }

  async #close(losses: number): Promise<void> {
    // What is being restored is saved, too.
    await this.settled()
    for (const restoration of this.#restorations) restoration.end()
    const { path } = this.#ports
    if (path === undefined) return
    try {
      await this.#saveSince(losses, path)
    } catch (error) {
      this.#report(path, { act: 'save', did: 'saved nothing' }, error)
    }
  }

  #saveSince(losses: number, path: string): Promise<SavedSnapshot> {
    const { dependencies, ...ports } = this.#ports
    const namespaces = () => this.#namespaces.values()
    const isComplete = () => this.#losses === losses
    const guard = this.#guard
    return saveSnapshot({ ...ports, dependencies, namespaces, guard, isComplete }, path)
  }

  #take(path: string): Attempt {
    const { store, cacheName } = this.#ports
    const taking = store.take(path, cacheName)
    if (taking.kind === 'taken') {
      this.#guard.forget(path)
      const restoration = new Restoration(this.#ports, path, taking.snapshot)
      this.#restorations.add(restoration)
      return restoration
    }
    if (taking.kind === 'absent') return { refused: 'there is none', isAbsent: true }
    if (taking.isLeft) this.#guard.watch(path)
    return { refused: taking.reason, isAbsent: false }
  }

  async #restoreAll(path: string, attempt: Attempt): Promise<RestoredSnapshot> {
    if (!(attempt instanceof Restoration)) {
      if (!attempt.isAbsent) this.#refuse(path, new Error(attempt.refused))
      return nothingRestored(attempt.refused)
    }
    try {
      await attempt.open()
    } catch (error) {
      attempt.end()
      this.#restorations.delete(attempt)
      this.#refuse(path, error)
      return nothingRestored(reasonOf(error))
    }
    const report = { restored: 0, skipped: 0 }
    for (const name of attempt.waitingNamespaces) {
      const ports = this.#namespaces.get(name)
      if (ports === undefined) continue
      const { restored, skipped } = await this.#restoreNamespace(attempt, ports)
      report.restored += restored
      report.skipped += skipped
    }
    return { ...report, waiting: attempt.waitingEntries, refused: undefined }
  }

  async #restoreNamespace(
    restoration: Restoration,
    ports: NamespacePorts,
  ): Promise<RestoredRecords> {
    const report = await restoration.restore(ports)
    if (restoration.waitingNamespaces.length === 0) this.#restorations.delete(restoration)
    if (report.failure !== undefined) {
      this.#report(restoration.path, { act: 'restore', did: 'restored a part' }, report.failure)
    }
    return report
  }

  #refuse(path: string, error: unknown): void {
    this.#report(path, { act: 'restore', did: 'started cold' }, error)
  }

  /** Tells of it through the first namespace, since a cache has no events of its own. */
  #report(
    path: string,
    { act, did }: { readonly act: string; readonly did: string },
    cause: unknown,
  ): void {
    const [first] = this.#namespaces.values()
    const message = `Cannot ${act} the snapshot ${cutText(path)}: ${reasonOf(cause)}`
    const error =
      cause instanceof CacheError
        ? cause
        : new CacheError('CACHE_SNAPSHOT_FAILED', message, { cause })
    first?.report('snapshot', did, error, undefined)
  }

  #run<T>(work: Promise<T>): Promise<T> {
    const done = (): void => {
      this.#work.delete(ended)
    }
    const ended: Promise<void> = work.then(done, done)
    this.#work.add(ended)
    return work
  }
}

function nothingRestored(refused: string): RestoredSnapshot {
  return { restored: 0, skipped: 0, waiting: 0, refused }
}

function reasonOf(error: unknown): string {
  return error instanceof Error ? error.message : errorText(error)
}
