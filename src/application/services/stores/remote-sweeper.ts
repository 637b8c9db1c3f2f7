import { type CacheEntry, freshnessAt } from '../../../core/entities/cache-entry.ts'
import { retirement, type SweepRound } from '../apply-mark.ts'
import type { NamespacePorts } from '../namespace-ports.ts'

const PAGE = 200
const EVERY_MS = 60_000
/** How long a sweeper rests after a round, per time that the round took: a stream of marks must not keep the backend busy. */
const REST_PER_WORK = 9

/**
 * Removes dead and invalid entries from a backend, page by page, after a mark and once a minute.
 *
 * One round runs at a time; requests that come meanwhile share the next one. A round that the backend
 * breaks off, or in which something couldn't be removed, is repeated with the next request: until then
 * the marks stay, so nothing wrong is served.
 */
export class RemoteSweeper {
  readonly #ports: NamespacePorts
  readonly #cancel: () => void
  #waiting: SweepRound[] = []
  #isBusy = false

  constructor(ports: NamespacePorts) {
    this.#ports = ports
    this.#cancel = ports.scheduler.every(EVERY_MS, () => this.request(retirement(ports)))
  }

  request(round: SweepRound | undefined): void {
    if (round !== undefined) this.#waiting.push(round)
    if (this.#isBusy || this.#ports.isClosed) return
    this.#isBusy = true
    this.#ports.scheduler.soon(() => void this.#run())
  }

  close(): void {
    this.#cancel()
    this.#waiting = []
  }

  async #run(): Promise<void> {
    const { clock, scheduler } = this.#ports
    const startedMs = clock.monotonicMs()
    const rounds = this.#waiting
    this.#waiting = []
    for (const round of rounds) round.onStart()
    const isDone = await this.#sweepAll()
    // What was read before it was removed must be judged before the marks go.
    if (isDone) await this.#ports.remote?.readsEnded()
    if (isDone) for (const round of rounds) round.onDone()
    // All rounds ask for the same: one of those that failed stands for them, and waits for the next request.
    if (!isDone) this.#waiting.push(...rounds.slice(0, 1))
    const leftOver = isDone ? 0 : Math.min(rounds.length, 1)
    scheduler.after((clock.monotonicMs() - startedMs) * REST_PER_WORK, () => {
      this.#isBusy = false
      if (this.#waiting.length > leftOver) this.request(undefined)
    })
  }

  /** True if all that had to go has gone. */
  async #sweepAll(): Promise<boolean> {
    const { remote, scheduler } = this.#ports
    let cursor: string | undefined
    try {
      do {
        if (remote === undefined || this.#ports.isClosed) return false
        const page = await remote.list(PAGE, cursor)
        for (const { key } of page.entries.filter((entry) => this.#isGone(entry))) {
          if (!(await remote.discard(key))) return false
        }
        cursor = page.cursor
        // A backend that answers at once would else keep everybody waiting to the end.
        await new Promise<void>((resolve) => void scheduler.soon(resolve))
      } while (cursor !== undefined)
    } catch (error) {
      this.#ports.report('repository', 'left the bytes for the next sweep', error, undefined)
      return false
    }
    return true
  }

  #isGone(entry: CacheEntry): boolean {
    const { marks, clock } = this.#ports
    return marks.check(entry).kind === 'invalid' || freshnessAt(entry, clock.nowMs()) === 'dead'
  }
}
