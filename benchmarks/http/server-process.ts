import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { readFileSync } from 'node:fs'

const URL_IN_TEXT = /http:\/\/127\.0\.0\.1:\d+/
/** Linux counts the processor time of a process in hundredths of a second. Source: proc(5), USER_HZ. */
const TICK_US = 10_000
/** Fields 14 and 15 of /proc/<pid>/stat, counted after the name, which may hold spaces. */
const USER_FIELD = 11
const SYSTEM_FIELD = 12

/** A server in a process of its own. */
export class ServerProcess {
  readonly name: string
  readonly url: URL
  readonly #child: ChildProcess

  private constructor(name: string, url: URL, child: ChildProcess) {
    this.name = name
    this.url = url
    this.#child = child
  }

  /** Starts `node` with these arguments, and waits until it says where on this machine it listens. */
  static async start(name: string, args: readonly string[]): Promise<ServerProcess> {
    const child = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'inherit'] })
    let text = ''
    child.stdout.setEncoding('utf8')
    for await (const chunk of child.stdout.iterator({ destroyOnReturn: false })) {
      text += String(chunk)
      const url = URL_IN_TEXT.exec(text)?.[0]
      if (url === undefined) continue
      child.stdout.resume() // What it says later has to go somewhere, or it would stop or fail.
      return new ServerProcess(name, new URL(url), child)
    }
    throw new Error(`Cannot measure ${name}: it ended and said ${text}`)
  }

  /** Processor time that it has used so far; not a number where the system doesn't tell. */
  cpuUs(): number {
    if (process.platform !== 'linux') return Number.NaN
    const stat = readFileSync(`/proc/${this.#child.pid}/stat`, 'latin1')
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
    return (Number(fields[USER_FIELD]) + Number(fields[SYSTEM_FIELD])) * TICK_US
  }

  /** Ends it, and waits until it has ended. */
  async end(): Promise<void> {
    if (this.#child.exitCode !== null || this.#child.signalCode !== null) return
    const exited = once(this.#child, 'exit')
    this.#child.kill('SIGTERM')
    await exited
  }
}
