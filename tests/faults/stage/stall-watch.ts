import { machineTimeMs } from './machine-time.ts'
import type { Span } from './node-messages.ts'

const TICK_MS = 5
/** Less is the usual jitter of timers. */
const MIN_STALL_MS = 10

/**
 * Notices when this process doesn't get to run, because it was stopped or others have the processors. Time that
 * it spent computing by itself is no excuse, and isn't counted.
 */
export class StallWatch {
  readonly #timer: NodeJS.Timeout
  #stalls: Span[] = []
  #lastMs = machineTimeMs()
  #lastCpu = process.cpuUsage()

  constructor() {
    this.#timer = setInterval(() => this.#tick(), TICK_MS)
    this.#timer.unref()
  }

  /** Those that were noticed since the last call. */
  take(): readonly Span[] {
    const stalls = this.#stalls
    this.#stalls = []
    return stalls
  }

  stop(): void {
    clearInterval(this.#timer)
  }

  #tick(): void {
    const nowMs = machineTimeMs()
    const { user, system } = process.cpuUsage(this.#lastCpu)
    const stalledMs = nowMs - this.#lastMs - TICK_MS - (user + system) / 1000
    if (stalledMs >= MIN_STALL_MS) this.#stalls.push({ startMs: nowMs - stalledMs, endMs: nowMs })
    this.#lastMs = nowMs
    this.#lastCpu = process.cpuUsage()
  }
}
