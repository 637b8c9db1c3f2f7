/**
 * L2 as a load sees it: what isn't answered soon counts as not answered. The deadlines of the servers are for
 * invalidations; a reader who waited for them while a server is frozen would wait longer than his factory takes.
 */
import type { CacheEntry } from '../../../core/entities/cache-entry.ts'
import type { CancelTask, Scheduler } from '../../../core/protocols/scheduler.ts'
import type {
  LeaseFinding,
  LeaseTerms,
  RejectedValue,
  SharedFinding,
  SharedStore,
} from '../../../core/protocols/shared-store.ts'
import type { CacheKey } from '../../../core/value-objects/cache-key.ts'

/** What loads ask of L2. */
export type LoadStore = Pick<SharedStore, 'getMany' | 'lease' | 'renew' | 'release' | 'store'>

/**
 * How long a read waits: four ticks of one coarse timer, 60 to 80 ms. Ticks, since after a pause of the process
 * all answers lie there unread, and whoever counts the pause takes a healthy server for dead.
 */
const TICK_MS = 20
const PATIENCE_TICKS = 4

/**
 * When a lease that may still be held is given back again, in milliseconds: by then a connection that was lost is
 * usually there again. Else all others wait until the lease ends by itself.
 */
const GIVE_BACK_AFTER_MS: readonly number[] = [100, 500]

type Fault = Extract<SharedFinding, { readonly kind: 'fault' }>

interface Waiting {
  ticksLeft: number
  readonly giveUp: () => void
}

export class PatientStore implements LoadStore {
  readonly #store: LoadStore
  readonly #scheduler: Scheduler
  readonly #waiting = new Set<Waiting>()
  #cancel: CancelTask | undefined

  constructor(store: LoadStore, scheduler: Scheduler) {
    this.#store = store
    this.#scheduler = scheduler
  }

  getMany(keys: readonly CacheKey[]): Promise<readonly SharedFinding[]> {
    return this.#within<readonly SharedFinding[]>(this.#store.getMany(keys), () => {
      const fault = late()
      return keys.map(() => fault)
    })
  }

  /** A lease that is granted after nobody waits for it any more would hold up all others: it is given back. */
  async lease(key: CacheKey, terms: LeaseTerms, rejected: RejectedValue): Promise<LeaseFinding> {
    const finding = await this.#within<LeaseFinding>(this.#store.lease(key, terms, rejected), late)
    if (finding.kind === 'fault') this.#giveBack(key, terms.token)
    return finding
  }

  renew(key: CacheKey, terms: LeaseTerms): void {
    this.#store.renew(key, terms)
  }

  release(key: CacheKey, token: string): void {
    this.#store.release(key, token)
  }

  /** Those who wait for the value have waited for the factory already. */
  async store(entry: CacheEntry, token: string): Promise<'stored' | 'refused' | 'unknown'> {
    const outcome = await this.#within<'stored' | 'refused' | 'unknown'>(
      this.#store.store(entry, token),
      () => 'unknown',
    )
    if (outcome === 'unknown') this.#giveBack(entry.key, token)
    return outcome
  }

  #giveBack(key: CacheKey, token: string): void {
    this.#store.release(key, token)
    for (const delayMs of GIVE_BACK_AFTER_MS)
      this.#scheduler.after(delayMs, () => this.#store.release(key, token))
  }

  #within<T>(asked: Promise<T>, otherwise: () => T): Promise<T> {
    return new Promise((resolve) => {
      const waiting: Waiting = {
        ticksLeft: PATIENCE_TICKS,
        giveUp: () => resolve(otherwise()),
      }
      this.#waiting.add(waiting)
      this.#cancel ??= this.#scheduler.deadline(TICK_MS, () => this.#tick())
      void asked.then((answer) => {
        this.#waiting.delete(waiting)
        resolve(answer)
      })
    })
  }

  #tick(): void {
    for (const waiting of this.#waiting) {
      waiting.ticksLeft -= 1
      if (waiting.ticksLeft > 0) continue
      this.#waiting.delete(waiting)
      waiting.giveUp()
    }
    this.#cancel =
      this.#waiting.size === 0 ? undefined : this.#scheduler.deadline(TICK_MS, () => this.#tick())
  }
}

function late(): Fault {
  return { kind: 'fault', error: new Error('the shared store did not answer in time for a read') }
}
