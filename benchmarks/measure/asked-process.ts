import { type ChildProcess, fork } from 'node:child_process'
import { once } from 'node:events'

/** A process that answers each request with a message, one at a time. */
export class AskedProcess<Request extends object, Answer> {
  readonly name: string
  readonly #child: ChildProcess

  /** @param flags further ones for Node */
  constructor(
    name: string,
    main: { readonly path: string; readonly args: readonly string[] },
    flags: readonly string[],
  ) {
    this.name = name
    const execArgv = ['--expose-gc', ...flags, '--import', import.meta.resolve('tsx')]
    this.#child = fork(main.path, main.args, { execArgv })
  }

  /** Rejects if the process ends without an answer. */
  async ask(request: Request): Promise<Answer> {
    const answered = new AbortController()
    const ended = once(this.#child, 'exit', { signal: answered.signal }).then(() => {
      throw new Error(`Cannot measure ${this.name}: its process ended`)
    })
    this.#child.send(request)
    try {
      const [answer] = await Promise.race([once(this.#child, 'message'), ended])
      return answer as Answer // Sent by the program, which answers this type.
    } finally {
      ended.catch(() => undefined) // Aborted on purpose by the next line.
      answered.abort()
    }
  }

  /** Ends the process, and waits until it has. */
  async end(): Promise<void> {
    if (this.#child.exitCode !== null || this.#child.signalCode !== null) return
    const exited = once(this.#child, 'exit')
    this.#child.kill()
    await exited
  }
}
