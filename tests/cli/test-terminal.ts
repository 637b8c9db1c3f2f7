import { EventEmitter } from 'node:events'
import { runCli } from '../../src/cli/run-cli.ts'
import type { Terminal } from '../../src/cli/terminal.ts'

/** What may be said of a terminal. */
export interface TestTerminalOptions {
  readonly environment?: Readonly<Record<string, string>>
  readonly folder?: string
  /** What arrives at stdin. */
  readonly input?: readonly string[]
  readonly isTTY?: boolean
}

/** A terminal that remembers what was written. */
export interface TestTerminal extends Terminal {
  readonly signals: EventEmitter
  readonly exits: readonly number[]
  outBytes(): Buffer
  out(): string
  err(): string
}

export function testTerminal(options: TestTerminalOptions = {}): TestTerminal {
  const written = { out: [] as Buffer[], err: [] as Buffer[] }
  const exits: number[] = []
  const signals = new EventEmitter()
  const stream = (to: Buffer[]) => ({
    write: (chunk: string | Uint8Array) => to.push(Buffer.from(chunk as string)),
    ...(options.isTTY === undefined ? {} : { isTTY: options.isTTY }),
  })
  return {
    environment: options.environment ?? {},
    folder: options.folder ?? '/nowhere',
    stdin: inputOf(options.input ?? []),
    stdout: stream(written.out),
    stderr: stream(written.err),
    control: { signals, exit: (code) => exits.push(code), monotonicMs: () => 0 },
    signals,
    exits,
    outBytes: () => Buffer.concat(written.out),
    out: () => Buffer.concat(written.out).toString(),
    err: () => Buffer.concat(written.err).toString(),
  }
}

async function* inputOf(chunks: readonly string[]): AsyncIterable<Uint8Array> {
  for (const chunk of chunks) yield Buffer.from(chunk)
}

/** What one command line did. */
export interface Outcome {
  readonly code: number
  readonly out: string
  readonly err: string
}

/** Runs a command line in this process. */
export async function run(
  args: readonly string[],
  options: TestTerminalOptions = {},
): Promise<Outcome> {
  const terminal = testTerminal(options)
  const code = await runCli(args, terminal)
  return { code, out: terminal.out(), err: terminal.err() }
}

/** Runs a command line against a service. */
export function runAt(
  url: string,
  args: readonly string[],
  options: TestTerminalOptions = {},
): Promise<Outcome> {
  return run(args, {
    ...options,
    environment: { PLATFORM_CACHE_URL: url, ...options.environment },
  })
}
