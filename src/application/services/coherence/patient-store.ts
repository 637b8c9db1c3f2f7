/** L2 as those see it who wait for an answer: what isn't answered soon counts as not answered. */
import type { CacheEntry } from '../../../core/entities/cache-entry.ts'
import type { Scheduler } from '../../../core/protocols/scheduler.ts'
import type {
  LeaseFinding,
  LeaseTerms,
  RejectedValue,
  SharedFinding,
  SharedStore,
} from '../../../core/protocols/shared-store.ts'
import type { CacheKey } from '../../../core/value-objects/cache-key.ts'
import { Patience, type ReadBudget, readBudget } from '../stores/patience.ts'

/** What loads ask of L2. */
export type LoadStore = Pick<SharedStore, 'getMany' | 'lease' | 'renew' | 'release' | 'store'>

/**
 * When a lease that may still be held is given back again, in milliseconds: by then a connection that was lost is
 * usually there again. Else all others wait until the lease ends by itself.
 */
const GIVE_BACK_AFTER_MS: readonly number[] = [100, 500]

type Fault = Extract<SharedFinding, { readonly kind: 'fault' }>

export class PatientStore implements LoadStore {
  readonly #store: LoadStore
  readonly #scheduler: Scheduler
  readonly #patience: Patience
  /** `undefined`: each call is a read of its own. */
  readonly #budget: ReadBudget | undefined

  constructor(
    store: LoadStore,
    scheduler: Scheduler,
    patience: Patience = new Patience(scheduler),
    budget: ReadBudget | undefined = undefined,
  ) {
    this.#store = store
    this.#scheduler = scheduler
    this.#patience = patience
    this.#budget = budget
  }

  /** The same for one load: all that it asks is waited for within one time. */
  ofOneLoad(): PatientStore {
    return new PatientStore(this.#store, this.#scheduler, this.#patience, readBudget())
  }

  getMany(keys: readonly CacheKey[]): Promise<readonly SharedFinding[]> {
    return this.#patience.within<readonly SharedFinding[]>(this.#store.getMany(keys), {
      keys,
      budget: this.#budget ?? readBudget(keys.length),
      isAnswer: (findings) => findings.some(isAnswer),
      otherwise: () => {
        const fault = late()
        return keys.map(() => fault)
      },
    })
  }

  /** A lease that is granted after nobody waits for it any more would hold up all others: it is given back. */
  async lease(key: CacheKey, terms: LeaseTerms, rejected: RejectedValue): Promise<LeaseFinding> {
    const budget = this.#budget ?? readBudget()
    const asked = this.#store.lease(key, terms, rejected)
    const question = { keys: [key], budget, isAnswer, otherwise: late }
    const finding = await this.#patience.within<LeaseFinding>(asked, question)
    if (finding.kind === 'fault') this.#giveBack(key, terms.token)
    if (finding.kind === 'held') this.#patience.renew(budget)
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
    const asked = this.#store.store(entry, token)
    const outcome = await this.#patience.within<'stored' | 'refused' | 'unknown'>(asked, {
      keys: [entry.key],
      budget: this.#budget ?? readBudget(),
      isAnswer: (answer) => answer !== 'unknown',
      otherwise: () => 'unknown',
    })
    if (outcome === 'unknown') this.#giveBack(entry.key, token)
    return outcome
  }

  /** Resolves once the log was read, or isn't worth waiting for. */
  async catchUp(isRead: Promise<void>): Promise<void> {
    const budget = this.#budget ?? readBudget()
    // That it is over says nothing of how it ended, nor how long a server takes.
    const isAnswer = (): boolean => false
    await this.#patience.within(isRead, { keys: [], budget, isAnswer, otherwise: () => undefined })
  }

  #giveBack(key: CacheKey, token: string): void {
    this.#store.release(key, token)
    for (const delayMs of GIVE_BACK_AFTER_MS)
      this.#scheduler.after(delayMs, () => this.#store.release(key, token))
  }
}

function isAnswer({ kind }: { readonly kind: string }): boolean {
  return kind !== 'fault'
}

function late(): Fault {
  return { kind: 'fault', error: new Error('the shared store did not answer in time for a read') }
}
