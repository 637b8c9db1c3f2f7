import type { CacheErrorCode } from '../../../core/exceptions/cache-error.ts'

/**
 * What the transport does about an error reply.
 *
 * `follow`: send it to the node that owns the slot now, and learn the map anew. `ask`: send it to the
 * node that the slot is moving to, once, after `ASKING`. `again`: send it again shortly. `text`: send the
 * script with its text. `find-primary`: the node is no primary; ask around at once, then send it again.
 * `elsewhere`: another node may answer reads; writes fail. `answer`: hand the error to who asked.
 */
export type ErrorReplyAction =
  | 'follow'
  | 'ask'
  | 'again'
  | 'text'
  | 'find-primary'
  | 'elsewhere'
  | 'answer'

/** What an error reply means to us. */
export interface ErrorReplyRule {
  readonly action: ErrorReplyAction
  /** What the health report says while such replies come; `undefined`: nothing, it is part of the game. */
  readonly problem: CacheErrorCode | undefined
  /** True if it counts as a failure of the node, so that its breaker opens. */
  readonly blamesNode: boolean
}

const ANSWER: ErrorReplyRule = { action: 'answer', problem: undefined, blamesNode: false }
const ELSEWHERE: ErrorReplyRule = { action: 'elsewhere', problem: undefined, blamesNode: true }
/** Reads and deletes still work, so the node isn't to blame; writes are dropped, and nothing is tried again. */
const WRITES_REFUSED: ErrorReplyRule = { ...ANSWER, problem: 'CACHE_REDIS_WRITES_REFUSED' }
const UNAUTHENTICATED: ErrorReplyRule = { ...ANSWER, problem: 'CACHE_REDIS_AUTH_FAILED' }

const RULES: ReadonlyMap<string, ErrorReplyRule> = new Map<string, ErrorReplyRule>([
  ['OOM', WRITES_REFUSED],
  ['MISCONF', WRITES_REFUSED],
  ['NOREPLICAS', WRITES_REFUSED],
  ['NOAUTH', UNAUTHENTICATED],
  ['WRONGPASS', UNAUTHENTICATED],
  ['NOPERM', { ...ANSWER, problem: 'CACHE_REDIS_NOT_PERMITTED' }],
  // A script of somebody's runs for seconds. It isn't ours to kill; what comes meanwhile is shed.
  ['BUSY', { action: 'answer', problem: 'CACHE_REDIS_BUSY', blamesNode: true }],
  ['LOADING', ELSEWHERE],
  ['MASTERDOWN', ELSEWHERE],
  // Some slot has no owner, or this one: the node itself is well.
  ['CLUSTERDOWN', { action: 'elsewhere', problem: 'CACHE_REDIS_CLUSTER_DOWN', blamesNode: false }],
  ['READONLY', { action: 'find-primary', problem: undefined, blamesNode: false }],
  ['UNBLOCKED', { action: 'find-primary', problem: undefined, blamesNode: false }],
  ['MOVED', { action: 'follow', problem: undefined, blamesNode: false }],
  ['ASK', { action: 'ask', problem: undefined, blamesNode: false }],
  ['TRYAGAIN', { action: 'again', problem: undefined, blamesNode: false }],
  ['NOSCRIPT', { action: 'text', problem: undefined, blamesNode: false }],
])

/** The rule for an error reply with this code; one that isn't known is the asker's business. */
export function errorReplyRule(code: string): ErrorReplyRule {
  return RULES.get(code) ?? ANSWER
}

/** Codes are upper case by convention; a first word in another form is text. */
const CODE = /^-?([A-Z][A-Z0-9_]*)(?:\s|$)/

/** The code of an error reply by its text; `ERR` if it has none. */
export function errorReplyCode(message: string): string {
  return CODE.exec(message)?.[1] ?? 'ERR'
}

/** Where a `MOVED` or `ASK` points. */
export interface Redirection {
  readonly slot: number
  /** True if the slot has moved for good, false if only this once. */
  readonly hasMoved: boolean
  /** `undefined`: the same host that answered, as Redis says by leaving it out. */
  readonly host: string | undefined
  readonly port: number
}

const REDIRECTION = /^(MOVED|ASK) (\d{1,5}) (.*):(\d{1,5})$/

/** Reads `MOVED 3999 127.0.0.1:6381`; `undefined` if that isn't what it says. */
export function parseRedirection(message: string): Redirection | undefined {
  const [, kind, slot, host, port] = REDIRECTION.exec(message.trim()) ?? []
  if (slot === undefined || port === undefined) return undefined
  // A host of `?` is one that the node doesn't know (cluster-preferred-endpoint-type unknown-endpoint).
  const isNamed = host !== undefined && host !== '' && host !== '?'
  return {
    slot: Number(slot),
    hasMoved: kind === 'MOVED',
    host: isNamed ? host : undefined,
    port: Number(port),
  }
}
