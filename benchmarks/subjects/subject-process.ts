import { type ChildProcess, fork } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import type { SubjectName } from './subject-factories.ts'

/** What a subject's process can be told to do. */
export type SubjectRequest =
  /** Makes the cache and fills it. Keys that are `dropped` are made anew whenever they are needed. */
  | { readonly kind: 'fill'; readonly entries: number; readonly keys?: 'kept' | 'dropped' }
  /** Makes the cache, for `entries` of so many keys. */
  | { readonly kind: 'open'; readonly entries: number; readonly universe: number }
  /** Fills a cache with keys of 16 bytes that nobody else holds, and says what that took. */
  | { readonly kind: 'hold'; readonly entries: number; readonly values: HeldValues }
  | ({ readonly kind: 'hits'; readonly count: number } & HitWork)
  | ({ readonly kind: 'sets'; readonly count: number } & SetWork)
  /** Looks keys up by Zipf's law, and stores what isn't there. */
  | { readonly kind: 'read-through'; readonly count: number }
  | { readonly kind: 'burst'; readonly callers: number }

/** The ways to read what is there. */
export type HitMethod = 'peek' | 'get' | 'getOrSet'

/** Reads of keys that are there, each as likely as any other, or by Zipf's law. */
export interface HitWork {
  readonly method: HitMethod
  /**
   * `kept`: the string that was stored. `built`: another one, by a template right before the call, whose
   * cost is subtracted. `decoded`: another one, from bytes, before the measurement begins. The last two for `peek` only.
   */
  readonly keys?: 'kept' | 'built' | 'decoded'
  /** For `decoded` keys only. */
  readonly spread?: 'even' | 'zipf'
}

/** Stores values under new keys in a full cache. */
export interface SetWork {
  /** `awaited`: one after the other. `collected`: many are begun before the last one is awaited. For caches that answer at once it makes no difference. */
  readonly how: 'at once' | 'awaited' | 'collected'
  /** `old`: replaces values that are there. */
  readonly keys: 'new' | 'old'
}

/** Numbers, which take up no bytes of their own, or buffers of 1 KiB. */
export type HeldValues = 'numbers' | 'buffers'

/** What it cost, and what came of it; zero where it doesn't apply. */
export interface SubjectAnswer {
  /** Processor time of the whole process. */
  readonly cpuNs: number
  /** How often the factory ran. */
  readonly loads: number
  /** What the making of the keys cost, which isn't in `cpuNs`. */
  readonly buildNs: number
  readonly hits: number
  /** By how much heap and external memory grew. */
  readonly heldBytes: number
}

/**
 * A subject in a process of its own: no other's garbage is collected on its account, and the compiler
 * sees its calls only. A process that isn't asked costs nothing.
 */
export class SubjectProcess {
  readonly name: SubjectName
  readonly #child: ChildProcess

  /** @param flags further ones for Node */
  constructor(name: SubjectName, flags: readonly string[] = []) {
    this.name = name
    const main = fileURLToPath(new URL('subject-main.ts', import.meta.url))
    const execArgv = ['--expose-gc', ...flags, '--import', import.meta.resolve('tsx')]
    this.#child = fork(main, [name], { execArgv })
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
