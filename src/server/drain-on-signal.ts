import { constants } from 'node:os'
import type { RunningServer } from './start-server.ts'

/** Where signals come from; `process` is one. */
export interface SignalSource {
  on(signal: NodeJS.Signals, listener: (signal: NodeJS.Signals) => void): unknown
  off(signal: NodeJS.Signals, listener: (signal: NodeJS.Signals) => void): unknown
}

/** What else of the process is needed. */
export interface ProcessControl {
  readonly signals: SignalSource
  /** Ends the process at once. */
  exit(code: number): void
  /** A clock that only goes forward. */
  monotonicMs(): number
}

const SIGNALS: readonly ('SIGTERM' | 'SIGINT')[] = ['SIGTERM', 'SIGINT']

/**
 * One press of Ctrl-C under `npm start` arrives twice: from the terminal, and passed on by npm. Nobody
 * who loses patience is this fast.
 */
const SAME_PRESS_MS = 500

/**
 * Waits for SIGTERM or SIGINT, drains the server, and answers the exit code: 0, or 1 if requests had to
 * be cut off. A second signal ends the process at once.
 */
export function drainOnSignal(server: RunningServer, control: ProcessControl): Promise<number> {
  return new Promise((resolve, reject) => {
    let firstAtMs: number | undefined
    const onSignal = (signal: NodeJS.Signals): void => {
      const nowMs = control.monotonicMs()
      if (firstAtMs !== undefined) {
        if (nowMs - firstAtMs >= SAME_PRESS_MS) control.exit(128 + constants.signals[signal])
        return
      }
      firstAtMs = nowMs
      server
        .close()
        .finally(() => {
          for (const each of SIGNALS) control.signals.off(each, onSignal)
        })
        .then((isClean) => resolve(isClean ? 0 : 1), reject)
    }
    for (const signal of SIGNALS) control.signals.on(signal, onSignal)
  })
}
