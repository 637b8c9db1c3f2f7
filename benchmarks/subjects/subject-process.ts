import { fileURLToPath } from 'node:url'
import { AskedProcess } from '../measure/asked-process.ts'
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

const MAIN = fileURLToPath(new URL('subject-main.ts', import.meta.url))

/**
 * A subject in a process of its own: no other's garbage is collected on its account, and the compiler
 * sees its calls only. A process that isn't asked costs nothing.
 */
export class SubjectProcess extends AskedProcess<SubjectRequest, SubjectAnswer> {
  override readonly name: SubjectName

  /** @param flags further ones for Node */
  constructor(name: SubjectName, flags: readonly string[] = []) {
    super(name, { path: MAIN, args: [name] }, flags)
    this.name = name
  }
}
