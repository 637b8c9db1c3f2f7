/**
 * One load of a key whose entries are shared: does what its state machine (`SharedLoad`) wants of L2, and
 * keeps its time.
 */
import { type CacheEntry, freshnessAt } from '../../../core/entities/cache-entry.ts'
import type { Clock } from '../../../core/protocols/clock.ts'
import type { CancelTask, Scheduler } from '../../../core/protocols/scheduler.ts'
import type {
  LeaseFinding,
  SharedFinding,
  SharedOrigin,
} from '../../../core/protocols/shared-store.ts'
import type { CacheKey } from '../../../core/value-objects/cache-key.ts'
import type { RemoteVerdict } from './judge-remote-entry.ts'
import type { LoadStore } from './patient-store.ts'
import { DEFAULT_SHARED_LOAD_SETTINGS, SharedLoad, type SharedLoadEffect } from './shared-load.ts'

/** How a load begins. */
export type SharedStart = Parameters<SharedLoad['begin']>[0]

/** What to do: answer what L2 holds, run the factory, or begin a new load. */
export type SharedDecision =
  | { readonly kind: 'found'; readonly entry: CacheEntry }
  | { readonly kind: 'compute' }
  | { readonly kind: 'restart' }

export interface SharedRunPorts {
  readonly store: LoadStore
  readonly clock: Clock
  readonly scheduler: Scheduler
  /** Whether what was found may be served here. */
  readonly judge: (entry: CacheEntry, origin: SharedOrigin) => RemoteVerdict
  /** What is stored must be known to be valid, or nobody could say when nothing is left of what a mark has reached. */
  readonly mayStore: () => boolean
  /** Reads the log. */
  readonly catchUp: () => Promise<void>
  /** True if a valid entry does for this load; else it is at most what may be served stale meanwhile. */
  readonly isWanted: (entry: CacheEntry) => boolean
  /** The entry as its schema hands it on; `undefined`: it doesn't fit. Absent: there is no schema. Never rejects. */
  readonly fitting?: ((entry: CacheEntry) => Promise<CacheEntry | undefined>) | undefined
  /** Told each time that somebody else holds the lease: this load waits from then on. */
  readonly onHeld?: (() => void) | undefined
}

type FoundEntry = Extract<SharedFinding, { readonly kind: 'found' }>

export class SharedRun {
  /** What was found and is valid, but isn't what the load wants: it may be served stale. */
  previous: CacheEntry | undefined
  /** On the monotonic clock. */
  readonly startedAtMs: number
  readonly #ports: SharedRunPorts
  readonly #key: CacheKey
  readonly #token: string
  readonly #load = new SharedLoad()
  #found: FoundEntry | undefined
  #decide: ((decision: SharedDecision) => void) | undefined
  #endStore: ((isStored: boolean) => void) | undefined
  #entry: CacheEntry | undefined
  #cancelTimer: CancelTask | undefined
  #hasEnded = false

  constructor(ports: SharedRunPorts, key: CacheKey, token: string) {
    this.startedAtMs = ports.clock.monotonicMs()
    this.#ports = ports
    this.#key = key
    this.#token = token
  }

  begin(how: SharedStart): Promise<SharedDecision> {
    return new Promise((resolve) => {
      this.#decide = resolve
      this.#perform(this.#load.begin(how, this.#nowMs))
    })
  }

  /** True once there is a value to be stored. */
  get hasValue(): boolean {
    return this.#entry !== undefined
  }

  /** The factory has answered: stores what it made, if the lease is held. True if it is stored. Called once. */
  store(entry: CacheEntry): Promise<boolean> {
    if (this.#hasEnded || !this.#ports.mayStore()) return Promise.resolve(false)
    this.#entry = entry
    return new Promise((resolve) => {
      this.#endStore = resolve
      this.#perform(this.#load.onComputed(false))
    })
  }

  onFenced(): void {
    this.#perform(this.#load.onFenced())
  }

  /** Nothing will be stored any more: gives the lease back. */
  end(): void {
    this.#hasEnded = true
    this.#perform(this.#load.abandon())
    this.#cancelTimer?.()
    this.#decide?.({ kind: 'restart' })
    this.#endStore?.(false)
  }

  get #nowMs(): number {
    return this.#ports.clock.monotonicMs()
  }

  #perform(effects: readonly SharedLoadEffect[]): void {
    for (const effect of effects) this.#performOne(effect)
    this.#arm()
  }

  #performOne(effect: SharedLoadEffect): void {
    const { store, catchUp } = this.#ports
    const terms = { token: this.#token, leaseMs: DEFAULT_SHARED_LOAD_SETTINGS.leaseMs }
    switch (effect.type) {
      case 'get':
        void store.getMany([this.#key]).then(([finding]) => this.#onFinding(finding))
        break
      case 'lease':
        void store
          .lease(this.#key, terms, effect.rejected)
          .then((finding) => this.#onFinding(finding))
        break
      case 'catch-up':
        void catchUp().then(() => this.#judge())
        break
      case 'compute':
        this.#decide?.({ kind: 'compute' })
        break
      case 'renew':
        store.renew(this.#key, terms)
        break
      case 'release':
        store.release(this.#key, this.#token)
        break
      case 'restart':
        this.#decide?.({ kind: 'restart' })
        break
      case 'store':
        if (this.#entry === undefined) break
        void store
          .store(this.#entry, this.#token)
          .then((outcome) => this.#perform(this.#load.onStored(outcome)))
        break
      case 'end':
        this.#end(effect)
        break
    }
  }

  #end(effect: SharedLoadEffect & { readonly type: 'end' }): void {
    if (effect.from === 'factory') this.#endStore?.(effect.isStored)
    else if (this.#found !== undefined) {
      this.#decide?.({ kind: 'found', entry: this.#found.entry })
    }
  }

  #onFinding(finding: SharedFinding | LeaseFinding | undefined): void {
    switch (finding?.kind) {
      case 'found':
        this.#found = finding
        this.#judge()
        break
      case 'absent':
        this.#perform(this.#load.onFound(undefined, this.#nowMs))
        break
      case 'leased':
        this.#perform(this.#load.onLeased(this.#nowMs))
        break
      case 'held':
        this.#perform(this.#load.onHeld(this.#nowMs))
        this.#ports.onHeld?.()
        break
      case 'fault':
      case undefined:
        this.#perform(this.#load.onFault())
        break
    }
  }

  #judge(): void {
    const found = this.#found
    if (found === undefined) return
    const verdict = this.#ports.judge(found.entry, found.origin)
    const { fitting } = this.#ports
    if (fitting === undefined || (verdict !== 'valid' && verdict !== 'soft')) {
      this.#conclude(found.entry, verdict)
      return
    }
    // A mark that comes meanwhile fences the load.
    void fitting(found.entry).then((entry) => {
      if (entry !== undefined) this.#found = { ...found, entry }
      this.#conclude(entry ?? found.entry, entry === undefined ? 'invalid' : verdict)
    })
  }

  #conclude(entry: CacheEntry, judged: RemoteVerdict): void {
    const verdict = this.#verdictOn(entry, judged)
    const { birth, createdAtMs } = entry
    this.#perform(this.#load.onFound({ verdict, birth, createdAtMs }, this.#nowMs))
  }

  /** What is valid but isn't wanted is rejected as if a soft mark had reached it. */
  #verdictOn(entry: CacheEntry, verdict: RemoteVerdict): RemoteVerdict {
    if (verdict !== 'valid' && verdict !== 'soft') return verdict
    if (freshnessAt(entry, this.#ports.clock.nowMs()) === 'dead') return 'invalid'
    if (verdict === 'valid' && this.#ports.isWanted(entry)) return 'valid'
    this.previous = verdict === 'soft' ? { ...entry, isSoftInvalidated: true } : entry
    return 'soft'
  }

  #arm(): void {
    this.#cancelTimer?.()
    const dueMs = this.#load.deadlineMs
    if (dueMs === Number.POSITIVE_INFINITY) return
    this.#cancelTimer = this.#ports.scheduler.deadline(Math.max(0, dueMs - this.#nowMs), () =>
      this.#perform(this.#load.onTick(this.#nowMs)),
    )
  }
}
