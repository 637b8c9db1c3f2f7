import { type ChildProcess, spawn } from 'node:child_process'
import { existsSync } from 'node:fs'
import { resolve } from 'node:path'

/** The built command, as npm starts it. */
export const CLI: string = resolve('dist/cli/main.js')

/** A command line as a process of its own. */
export interface CliProcess {
  readonly child: ChildProcess
  out(): string
  err(): string
  /** Resolves with what was written to stdout once it matches; rejects if the process ends before. */
  until(pattern: RegExp): Promise<string>
  /** The exit code; `undefined` if a signal ended it. */
  readonly ended: Promise<number | undefined>
}

/** What may be said of the process. */
export interface CliProcessOptions {
  readonly environment?: Readonly<Record<string, string>>
  readonly folder?: string
  /** The program, and its first arguments; the built command if not said. */
  readonly command?: readonly [string, ...string[]]
  /** In a process group of its own, as a shell does it, so that all of it can be signalled at once. */
  readonly isGroup?: boolean
}

/** Starts a process, with none of the settings that this one may have. */
export function startCli(args: readonly string[], options: CliProcessOptions = {}): CliProcess {
  if (!existsSync(CLI)) throw new Error('dist/ is not there: npm run build')
  const [program, ...first] = options.command ?? [process.execPath, CLI]
  const own = Object.entries(process.env).filter(([name]) => !name.startsWith('PLATFORM_CACHE_'))
  const child = spawn(program, [...first, ...args], {
    cwd: options.folder ?? '/',
    env: { ...Object.fromEntries(own), NO_COLOR: '1', ...options.environment },
    stdio: ['ignore', 'pipe', 'pipe'],
    detached: options.isGroup === true,
  })
  let out = ''
  let err = ''
  child.stdout.on('data', (chunk) => {
    out += chunk
  })
  child.stderr.on('data', (chunk) => {
    err += chunk
  })
  const ended = new Promise<number | undefined>((resolveCode, reject) => {
    child.once('error', reject)
    child.once('close', (code) => resolveCode(code ?? undefined))
  })
  const until = async (pattern: RegExp): Promise<string> => {
    while (!pattern.test(out)) {
      const next = new Promise((more) => child.stdout.once('data', () => more('data')))
      if ((await Promise.race([next, ended])) !== 'data') throw new Error(`it ended: ${out}${err}`)
    }
    return out
  }
  return { child, out: () => out, err: () => err, until, ended }
}
