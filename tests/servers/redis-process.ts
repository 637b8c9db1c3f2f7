import { type ChildProcess, spawn } from 'node:child_process'
import { closeSync, openSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { releaseProcess, watchProcess } from './reaper.ts'

const LOG = 'server.log'
/** In the log of a server whose port somebody else was quicker to take. */
const PORT_TAKEN = /Address already in use/

/** One run of a server program. What it prints goes to server.log in its folder. */
export class RedisProcess {
  readonly pid: number
  readonly ended: Promise<void>
  readonly #child: ChildProcess
  readonly #folder: string
  readonly #logStart: number

  constructor(path: string, args: readonly string[], folder: string) {
    this.#folder = folder
    const log = openSync(join(folder, LOG), 'a')
    this.#logStart = this.log().length
    this.#child = spawn(path, args, { cwd: folder, stdio: ['ignore', log, log] })
    closeSync(log)
    this.#child.unref()
    const { pid } = this.#child
    this.ended = new Promise((resolve) => {
      this.#child.once('error', () => resolve())
      this.#child.once('exit', () => resolve())
    })
    if (pid === undefined) throw new Error(`Cannot start ${path}: it does not run`)
    this.pid = pid
    watchProcess(pid)
    this.#child.once('exit', () => releaseProcess(pid))
  }

  get isRunning(): boolean {
    return this.#child.exitCode === null && this.#child.signalCode === null
  }

  get isPortTaken(): boolean {
    return !this.isRunning && PORT_TAKEN.test(this.log().slice(this.#logStart))
  }

  log(): string {
    return readFileSync(join(this.#folder, LOG), 'utf8')
  }

  /** Sends a signal to the server, if it still runs. */
  signal(signal: NodeJS.Signals): void {
    if (this.isRunning) this.#child.kill(signal)
  }

  /** kill -9, and waits until it is gone. */
  async kill(): Promise<void> {
    this.signal('SIGKILL')
    if (!this.isRunning) return
    // Somebody waits: only now does the child keep this process alive.
    this.#child.ref()
    await this.ended
  }
}
