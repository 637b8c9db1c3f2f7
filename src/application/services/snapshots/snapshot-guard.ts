import type { SnapshotStore } from '../../../core/protocols/cache-snapshot.ts'
import type { InvalidationLog } from '../../../core/protocols/invalidation-log.ts'

/** What the guard works with. */
export interface SnapshotGuardPorts {
  readonly store: Pick<SnapshotStore, 'remove'>
  readonly log: Pick<InvalidationLog, 'subscribe'>
  /** Told once of each snapshot that can't be removed. */
  readonly onLeft: (path: string, error: unknown) => void
}

/**
 * Sees to it that no snapshot outlives what it was taken of: the first mark after it removes it, before
 * whoever made the mark gets an answer. One that can't be removed is tried again at each mark.
 */
export class SnapshotGuard {
  readonly #ports: SnapshotGuardPorts
  /** With whether it was reported. */
  readonly #paths = new Map<string, boolean>()
  #unsubscribe: (() => void) | undefined

  constructor(ports: SnapshotGuardPorts) {
    this.#ports = ports
  }

  /** True if the snapshot at this path was saved here, and still stands. */
  holds(path: string): boolean {
    return this.#paths.has(path)
  }

  /** From now on the next mark removes the snapshot at this path. */
  watch(path: string): void {
    this.#paths.set(path, false)
    // Only now: a log with one listener has a shorter way for sets.
    this.#unsubscribe ??= this.#ports.log.subscribe(() => this.removeAll())
  }

  /** There is nothing at this path any more. */
  forget(path: string): void {
    this.#paths.delete(path)
    this.#endIfIdle()
  }

  /** Removes what stands, at once: something has changed that it doesn't know of. */
  removeAll(): void {
    for (const [path, isReported] of this.#paths) {
      try {
        this.#ports.store.remove(path)
        this.#paths.delete(path)
      } catch (error) {
        // The invalidation itself has to go on; the next one tries again.
        this.#paths.set(path, true)
        if (!isReported) this.#ports.onLeft(path, error)
      }
    }
    this.#endIfIdle()
  }

  #endIfIdle(): void {
    if (this.#paths.size > 0) return
    this.#unsubscribe?.()
    this.#unsubscribe = undefined
  }
}
