import pc from 'picocolors'
import type { ProcessControl } from '../server/drain-on-signal.ts'

/** A stream that is written to. */
export interface OutputStream {
  write(chunk: string | Uint8Array): unknown
  /** True if a person looks at it. */
  readonly isTTY?: boolean
}

/** What a command has around it. Data goes to `stdout`, words about it to `stderr`. */
export interface Terminal {
  readonly environment: Readonly<Record<string, string | undefined>>
  /** The working directory. */
  readonly folder: string
  readonly stdin: AsyncIterable<Uint8Array>
  readonly stdout: OutputStream
  readonly stderr: OutputStream
  readonly control: ProcessControl
}

/** Colours, each a function of a text; they do nothing where colours aren't wanted. */
export type Colors = ReturnType<typeof pc.createColors>

/**
 * Colours for a stream: on a terminal, unless `--no-color` or `NO_COLOR` says otherwise. `FORCE_COLOR`
 * has them anywhere. Source: no-color.org, which counts an empty variable as none.
 */
export function colorsFor(
  stream: OutputStream,
  environment: Terminal['environment'],
  isRefused: boolean,
): Colors {
  const isSet = (name: string): boolean => (environment[name] ?? '') !== ''
  const isWanted = stream.isTTY === true || isSet('FORCE_COLOR')
  return pc.createColors(isWanted && !isRefused && !isSet('NO_COLOR'))
}

/** The terminal of this process. */
export function processTerminal(): Terminal {
  // The reader has seen enough, as `head` does: that is no failure, and there is nobody to tell.
  process.stdout.on('error', (error: NodeJS.ErrnoException) => {
    process.exit(error.code === 'EPIPE' ? 0 : 1)
  })
  return {
    environment: process.env,
    folder: process.cwd(),
    stdin: process.stdin,
    stdout: process.stdout,
    stderr: process.stderr,
    control: {
      signals: process,
      exit: (code) => process.exit(code),
      monotonicMs: () => performance.now(),
    },
  }
}
