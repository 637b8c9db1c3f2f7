import { freshnessAt } from '../../../core/entities/cache-entry.ts'
import type { SweepRound } from '../apply-mark.ts'
import type { NamespacePorts } from '../namespace-ports.ts'

const PAGE = 200
const EVERY_MS = 60_000

/**
 * Removes dead and invalid entries from a backend, page by page, after a mark and once a minute.
 *
 * One round runs at a time; requests that come meanwhile share the next one. A round that the backend
 * breaks off is repeated with the next request: until then the marks stay, so nothing wrong is served.
 */
export class RemoteSweeper {
  readonly #ports: NamespacePorts
  readonly #cancel: () => void
  #waiting: SweepRound[] = []
  #isRunning = false

  constructor(ports: NamespacePorts) {
    this.#ports = ports
    this.#cancel = ports.scheduler.every(EVERY_MS, () => this.request(undefined))
  }

  request(round: SweepRound | undefined): void {
    if (round !== undefined) this.#waiting.push(round)
    if (this.#isRunning || this.#ports.isClosed) return
    this.#isRunning = true
    this.#ports.scheduler.soon(() => void this.#run())
  }

  close(): void {
    this.#cancel()
    this.#waiting = []
  }

  async #run(): Promise<void> {
    const rounds = this.#waiting
    this.#waiting = []
    for (const round of rounds) round.onStart()
    try {
      await this.#sweepAll()
      for (const round of rounds) round.onDone()
    } catch (error) {
      this.#waiting.push(...rounds.slice(0, 1))
      this.#ports.report('repository', 'left the bytes for the next sweep', error, undefined)
      this.#isRunning = false
      return
    }
    this.#isRunning = false
    if (this.#waiting.length > 0) this.request(undefined)
  }

  async #sweepAll(): Promise<void> {
    const { remote } = this.#ports
    if (remote === undefined) return
    let cursor: string | undefined
    do {
      if (this.#ports.isClosed) return
      const page = await remote.list(PAGE, cursor)
      for (const entry of page.entries) {
        const isGone =
          this.#ports.marks.check(entry).kind === 'invalid' ||
          freshnessAt(entry, this.#ports.clock.nowMs()) === 'dead'
        if (isGone) await remote.discard(entry.key)
      }
      cursor = page.cursor
    } while (cursor !== undefined)
  }
}
