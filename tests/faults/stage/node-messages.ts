/** What the test tells a node that runs in a process of its own, and what that tells the test. */

/** A value of the cache: which version of the truth it is. */
export interface Item {
  readonly version: number
}

/** What a node is asked to do; answered by one `NodeAnswer` with the same id. */
export type NodeOrder =
  | { readonly act: 'invalidate'; readonly target: string | { readonly tag: string } }
  | { readonly act: 'set'; readonly key: string; readonly version: number }
  /** Where a value is found and which it is; `undefined` if it isn't. */
  | { readonly act: 'look'; readonly key: string }
  | { readonly act: 'read-all' }
  | { readonly act: 'load'; readonly key: string }
  /** Loads a key by a factory that never answers. */
  | { readonly act: 'hang'; readonly key: string }
  | { readonly act: 'start-reading' }
  /** Answered once all reads have ended, and all that was observed has been sent. */
  | { readonly act: 'stop-reading' }
  /** What the node knows of itself, as a text for people. */
  | { readonly act: 'describe' }
  | { readonly act: 'close' }

/** Where and which. */
export interface Sighting {
  readonly tier: string | undefined
  readonly version: number | undefined
}

/** Instants in milliseconds on the monotonic clock of the machine, which all its processes share. */
export interface Span {
  readonly startMs: number
  readonly endMs: number
}

export interface ReadRecord extends Span {
  readonly key: string
  /** `undefined`: a miss. */
  readonly version: number | undefined
}

/** One run of a factory. */
export interface LoadRecord extends Span {
  readonly key: string
}

/** What a node has seen lately. */
export interface NodeReport {
  readonly reads: readonly ReadRecord[]
  readonly loads: readonly LoadRecord[]
  /** Times in which the process stood still without having been at work: stopped, or without a processor. */
  readonly stalls: readonly Span[]
  /** Errors of readers, unhandled rejections. */
  readonly troubles: readonly string[]
}

export type ToNode =
  | { readonly type: 'order'; readonly id: number; readonly order: NodeOrder }
  | { readonly type: 'truth'; readonly id: number; readonly version: number }

export type FromNode =
  | { readonly type: 'answer'; readonly id: number; readonly answer: unknown }
  | { readonly type: 'ask-truth'; readonly id: number; readonly key: string }
  | { readonly type: 'report'; readonly report: NodeReport }
