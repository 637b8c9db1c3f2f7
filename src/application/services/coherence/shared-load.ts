/**
 * One load of a key among all nodes: look into L2, take the lease or wait for its holder, run the factory,
 * store under the lease.
 *
 * Pure, like its neighbours. Whoever drives it runs the factory; the caller's own deadlines are the caller's. A
 * holder that dies takes its lease along after `leaseMs`; one that is alive but slow renews it. A tier
 * that can't be trusted or doesn't answer costs nothing but the sharing: then the factory runs here.
 */
import type { RejectedValue, ValueIdentity } from '../../../core/protocols/shared-store.ts'
import type { RemoteVerdict } from './judge-remote-entry.ts'

/** Spans in milliseconds. */
export interface SharedLoadSettings {
  readonly leaseMs: number
  /** How soon a waiter asks again: at first, and at most. */
  readonly firstPollMs: number
  readonly maxPollMs: number
}

export const DEFAULT_SHARED_LOAD_SETTINGS: SharedLoadSettings = Object.freeze({
  leaseMs: 2000,
  firstPollMs: 5,
  maxPollMs: 25,
})

export type SharedLoadEffect =
  | { readonly type: 'get' }
  /** Ask for the lease; answer with `onFound`, `onLeased` or `onHeld`. */
  | { readonly type: 'lease'; readonly rejected: RejectedValue }
  /** Read the log, then judge what was found again. */
  | { readonly type: 'catch-up' }
  | { readonly type: 'compute' }
  | { readonly type: 'renew' }
  /** Give the lease back, if this load's token holds it: nothing will be stored under it. Nobody waits for the answer. */
  | { readonly type: 'release' }
  /** This load has ended without a value; who waits for it begins a new one. */
  | { readonly type: 'restart' }
  | { readonly type: 'store' }
  /** `isStored` false: other tiers may still hold what is older than this value. */
  | { readonly type: 'end'; readonly from: 'remote' | 'factory'; readonly isStored: boolean }

type Effects = readonly SharedLoadEffect[]

/** What was found under the key. */
export interface FoundEntry extends ValueIdentity {
  readonly verdict: RemoteVerdict
}

/** Found again and again, and not to be used: others store faster than this node can judge. */
const MAX_REJECTIONS = 3

export class SharedLoad {
  readonly #settings: SharedLoadSettings
  #isLeased = false
  #askedAtMs = 0
  #rejected: RejectedValue = 'none'
  #rejections = 0
  #hasCaughtUp = false
  #pollMs: number
  #state: 'asking' | 'waiting' | 'computing' | 'storing' | 'ended' = 'asking'
  #deadlineMs = Number.POSITIVE_INFINITY

  constructor(settings: SharedLoadSettings = DEFAULT_SHARED_LOAD_SETTINGS) {
    this.#settings = settings
    this.#pollMs = settings.firstPollMs
  }

  /** When `onTick` has something to do next. */
  get deadlineMs(): number {
    return this.#deadlineMs
  }

  /** @param how `reload`: nothing that is stored may be used. `alone`: no tier may be asked. */
  begin(how: 'shared' | 'reload' | 'alone', nowMs: number): Effects {
    if (how === 'alone') return this.#compute()
    if (how === 'shared') return [{ type: 'get' }]
    this.#rejected = 'any'
    return this.#ask(nowMs)
  }

  /** What `get` or `lease` found; `undefined`: nothing. Again after `catch-up`. */
  onFound(found: FoundEntry | undefined, nowMs: number): Effects {
    if (this.#state !== 'asking') return []
    if (found === undefined) return this.#ask(nowMs)
    switch (found.verdict) {
      case 'valid':
        return this.#end('remote', true)
      case 'untrusted':
        return this.#compute()
      case 'behind':
        return this.#ask(nowMs)
      case 'ahead':
        if (this.#hasCaughtUp) return this.#reject(found, nowMs)
        this.#hasCaughtUp = true
        return [{ type: 'catch-up' }]
      case 'soft':
      case 'invalid':
        return this.#reject(found, nowMs)
    }
  }

  onLeased(nowMs: number): Effects {
    if (this.#state !== 'asking') return []
    this.#isLeased = true
    this.#renewLater(nowMs)
    return this.#compute()
  }

  /** Somebody else holds the lease. */
  onHeld(nowMs: number): Effects {
    if (this.#state !== 'asking') return []
    this.#state = 'waiting'
    this.#deadlineMs = nowMs + this.#pollMs
    this.#pollMs = Math.min(this.#pollMs * 2, this.#settings.maxPollMs)
    return []
  }

  /** `get` or `lease` failed, or took too long. */
  onFault(): Effects {
    return this.#state === 'asking' ? this.#compute() : []
  }

  onTick(nowMs: number): Effects {
    if (nowMs < this.#deadlineMs) return []
    if (this.#state === 'waiting') return this.#ask(nowMs)
    if (this.#state !== 'computing' || !this.#isLeased) return []
    this.#renewLater(nowMs)
    return [{ type: 'renew' }]
  }

  /**
   * A mark has reached it. Whoever waits for its lease would wait for nothing; and if its factory hasn't
   * begun, those who wait here needn't get anything that old either.
   */
  onFenced(): Effects {
    if (this.#state === 'computing') return this.#release()
    if (this.#state !== 'asking' && this.#state !== 'waiting') return []
    return [...this.abandon(), { type: 'restart' }]
  }

  /** No time is left, or nobody waits any more. Whatever is answered from now on is dropped. */
  abandon(): Effects {
    if (this.#state === 'ended') return []
    const mayHold = this.#isLeased || this.#state === 'asking'
    this.#state = 'ended'
    this.#deadlineMs = Number.POSITIVE_INFINITY
    return mayHold ? [{ type: 'release' }] : []
  }

  /** The factory has answered. What a mark has reached meanwhile is stored nowhere. */
  onComputed(isFenced: boolean): Effects {
    if (this.#state !== 'computing') return []
    if (isFenced || !this.#isLeased) return [...this.#release(), ...this.#end('factory', false)]
    this.#deadlineMs = Number.POSITIVE_INFINITY
    this.#state = 'storing'
    return [{ type: 'store' }]
  }

  onStored(outcome: 'stored' | 'refused' | 'unknown'): Effects {
    return this.#state === 'storing' ? this.#end('factory', outcome === 'stored') : []
  }

  #release(): Effects {
    if (!this.#isLeased) return []
    this.#isLeased = false
    this.#deadlineMs = Number.POSITIVE_INFINITY
    return [{ type: 'release' }]
  }

  #ask(nowMs: number): Effects {
    this.#state = 'asking'
    this.#askedAtMs = nowMs
    this.#deadlineMs = Number.POSITIVE_INFINITY
    return [{ type: 'lease', rejected: this.#rejected }]
  }

  #reject({ birth, createdAtMs }: ValueIdentity, nowMs: number): Effects {
    this.#rejections += 1
    if (this.#rejections > MAX_REJECTIONS) return this.#compute()
    if (this.#rejected !== 'any') this.#rejected = { birth, createdAtMs }
    return this.#ask(nowMs)
  }

  #compute(): Effects {
    this.#state = 'computing'
    return [{ type: 'compute' }]
  }

  #renewLater(nowMs: number): void {
    this.#deadlineMs = Math.max(nowMs, this.#askedAtMs) + this.#settings.leaseMs / 3
  }

  #end(from: 'remote' | 'factory', isStored: boolean): Effects {
    this.#state = 'ended'
    this.#deadlineMs = Number.POSITIVE_INFINITY
    return [{ type: 'end', from, isStored }]
  }
}
