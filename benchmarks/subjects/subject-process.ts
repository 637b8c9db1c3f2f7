import { type ChildProcess, fork } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import type { SubjectName } from './subject-factories.ts'

/** What a subject's process can be told to do. */
export type SubjectRequest =
  | { readonly kind: 'fill'; readonly entries: number }
  | { readonly kind: 'hits'; readonly method: HitMethod; readonly count: number }
  | { readonly kind: 'burst'; readonly callers: number }

/** The ways to read what is there. */
export type HitMethod = 'peek' | 'get' | 'getOrSet'

/** What it cost: processor time of the whole process, and how often the factory ran. */
export interface SubjectAnswer {
  readonly cpuNs: number
  readonly loads: number
}

/**
 * A subject in a process of its own: no other's garbage is collected on its account, and the compiler
 * sees its calls only. A process that isn't asked costs nothing.
 */
export class SubjectProcess {
  readonly name: SubjectName
  readonly #child: ChildProcess

  constructor(name: SubjectName) {
    this.name = name
    const main = fileURLToPath(new URL('subject-main.ts', import.meta.url))
    this.#child = fork(main, [name], { execArgv: ['--import', import.meta.resolve('tsx')] })
  }

  /** Rejects if the process ends without an answer. */
  async ask(request: SubjectRequest): Promise<SubjectAnswer> {
    const answered = new AbortController()
    const ended = once(this.#child, 'exit', { signal: answered.signal }).then(() => {
      throw new Error(`Cannot measure ${this.name}: its process ended`)
    })
    this.#child.send(request)
    try {
      const [answer] = await Promise.race([once(this.#child, 'message'), ended])
      return answer as SubjectAnswer // Sent by subject-main.ts, which answers this type.
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
