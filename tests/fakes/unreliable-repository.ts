import type { CacheEntry } from '../../src/core/entities/cache-entry.ts'
import type { CacheNamespace } from '../../src/core/entities/cache-namespace.ts'
import type { CacheRepository, EntryStore } from '../../src/core/protocols/cache-repository.ts'
import type { Scheduler } from '../../src/core/protocols/scheduler.ts'
import type { CacheKey } from '../../src/core/value-objects/cache-key.ts'
import { mapStore } from './map-repository.ts'

/** What a backend is asked to do. */
export interface BackendCall {
  readonly verb: 'get' | 'set' | 'delete' | 'clear' | 'list' | 'usage'
  readonly key: CacheKey | undefined
}

/**
 * How the backend takes a call. `throw` and `reject` fail without effect, `hang` never answers, `hold`
 * waits for the test. With times: what it does happens after `landAfterMs`, what it says comes after
 * `answerAfterMs`; `fails`: it happens, but the answer is a failure.
 */
export type Behaviour =
  | 'now'
  | 'throw'
  | 'reject'
  | 'hang'
  | 'hold'
  | { readonly landAfterMs: number; readonly answerAfterMs: number; readonly fails?: boolean }

/** A call that waits for the test. */
export interface HeldCall extends BackendCall {
  /** Makes it happen, without an answer yet. */
  readonly land: () => Promise<void>
  /** Answers, and makes it happen before if it hasn't. */
  readonly answer: () => Promise<void>
  readonly fail: (error: Error) => void
}

/** What a failing call of the backend fails with. */
export class BackendDown extends Error {
  override readonly name = 'BackendDown'
}

/** A backend that fails, hangs, answers late, out of order, or holds whatever a test put there. */
export class UnreliableRepository implements CacheRepository {
  /** How each call is taken; `now` unless a test says otherwise. */
  behave: (call: BackendCall) => Behaviour = () => 'now'
  readonly calls: BackendCall[] = []
  readonly held: HeldCall[] = []
  readonly #scheduler: Scheduler | undefined
  readonly #namespaces = new Map<string, Map<CacheKey, CacheEntry>>()

  constructor(scheduler?: Scheduler) {
    this.#scheduler = scheduler
  }

  /** What lies in the backend under a namespace; a test may change it behind the cache's back. */
  entries(namespace = 'default'): Map<CacheKey, CacheEntry> {
    const known = this.#namespaces.get(namespace)
    if (known !== undefined) return known
    const entries = new Map<CacheKey, CacheEntry>()
    this.#namespaces.set(namespace, entries)
    return entries
  }

  /** How often a verb was called, of one key if it is given. */
  count(verb: BackendCall['verb'], key?: string): number {
    return this.calls.filter(
      (call) => call.verb === verb && (key === undefined || call.key === key),
    ).length
  }

  /** The oldest held call that fits, taken out of the queue. */
  take(verb: BackendCall['verb'], key?: string): HeldCall {
    const at = this.held.findIndex(
      (call) => call.verb === verb && (key === undefined || call.key === key),
    )
    const call = this.held[at]
    if (call === undefined) throw new RangeError(`no ${verb} is held`)
    this.held.splice(at, 1)
    return call
  }

  open({ name }: CacheNamespace): EntryStore {
    const store = mapStore(this.entries(name))
    return {
      get: (key) => this.#take({ verb: 'get', key }, () => store.get(key)),
      set: (entry) => this.#take({ verb: 'set', key: entry.key }, () => store.set(entry)),
      delete: (key) => this.#take({ verb: 'delete', key }, () => store.delete(key)),
      clear: () => this.#take({ verb: 'clear', key: undefined }, () => store.clear()),
      list: (limit, cursor) =>
        this.#take({ verb: 'list', key: undefined }, () => store.list(limit, cursor)),
      usage: () => this.#take({ verb: 'usage', key: undefined }, () => store.usage()),
    }
  }

  #take<T>(call: BackendCall, act: () => T | Promise<T>): Promise<T> {
    this.calls.push(call)
    const behaviour = this.behave(call)
    if (behaviour === 'now') return Promise.resolve(act())
    if (behaviour === 'throw') throw new BackendDown(`${call.verb} threw`)
    if (behaviour === 'reject') return Promise.reject(new BackendDown(`${call.verb} failed`))
    if (behaviour === 'hang') return new Promise(() => undefined)
    return new Promise((resolve, reject) => {
      let landed: Promise<T> | undefined
      const land = async (): Promise<void> => {
        landed ??= Promise.resolve(act())
        await landed
      }
      const answer = async (): Promise<void> => {
        await land()
        if (landed !== undefined) resolve(landed)
      }
      if (behaviour === 'hold') {
        this.held.push({ ...call, land, answer, fail: reject })
        return
      }
      const failure = new BackendDown(`${call.verb} failed late`)
      const end = behaviour.fails === true ? () => reject(failure) : () => void answer()
      this.#scheduler?.after(behaviour.landAfterMs, () => void land())
      this.#scheduler?.after(behaviour.answerAfterMs, end)
    })
  }
}
