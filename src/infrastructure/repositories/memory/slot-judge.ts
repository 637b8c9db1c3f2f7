import type { CacheEntry } from '../../../core/entities/cache-entry.ts'
import type {
  EntryValidity,
  RemovalCause,
  Validity,
} from '../../../core/protocols/cache-repository.ts'
import type { SlotPages } from './slot-pages.ts'
import type { SlotRecords } from './slot-records.ts'

const EXPIRED: RemovalCause = Object.freeze({ kind: 'expired' })
/** No count of marks. */
const UNSETTLED = -1

const NO_MARK: RemovalCause = Object.freeze({ kind: 'deleted' })

/** Applies the rule of validity, and the end of life, to slots. */
export class SlotJudge {
  readonly #pages: SlotPages
  readonly #records: SlotRecords
  readonly #validity: EntryValidity
  /**
   * The count of marks at which every slot was found valid, or is younger: as long as it is the present
   * one, no slot needs a look of its own.
   */
  settledVersion: number
  /** An entry that isn't valid came in since the round began, which may have passed its slot. */
  #isRoundSpoilt = false

  constructor(pages: SlotPages, records: SlotRecords, validity: EntryValidity) {
    this.#pages = pages
    this.#records = records
    this.#validity = validity
    this.settledVersion = validity.version
  }

  /** Compares a new entry with the marks, so that reads needn't. */
  noteNew(slot: number, entry: CacheEntry): void {
    const { version } = this.#validity
    if (this.#validity.check(entry).kind === 'valid') {
      this.#pages.setChecked(slot, version)
      return
    }
    this.settledVersion = UNSETTLED
    this.#isRoundSpoilt = true
  }

  /** All slots have been looked at since the count of marks was this one. */
  noteRound(version: number): void {
    if (version === this.#validity.version && !this.#isRoundSpoilt) this.settledVersion = version
    this.#isRoundSpoilt = false
  }

  /** There are no slots. */
  noteEmpty(): void {
    this.settledVersion = this.#validity.version
  }

  /** Why the slot has no place here any more; `undefined` if it may stay. A soft mark leaves its trace in the slot. */
  faultOf(slot: number, nowMs: number): RemovalCause | undefined {
    const { version } = this.#validity
    if (!this.#pages.isChecked(slot, version)) {
      const fault = this.#compare(slot)
      if (fault !== undefined) return fault
      this.#pages.setChecked(slot, version)
    }
    return this.#records.isDead(slot, nowMs) ? EXPIRED : undefined
  }

  /** Compares a slot with the marks. */
  #compare(slot: number): RemovalCause | undefined {
    const validity = this.#validity.check(this.#records.markedOf(slot))
    if (validity.kind === 'valid') return undefined
    // A soft mark keeps the value for stale answers; without a time for these it is as good as gone.
    const { expiresAtMs, staleUntilMs } = this.#records.lifeOf(slot)
    if (validity.kind !== 'soft' || expiresAtMs >= staleUntilMs) return causeOf(validity)
    this.#records.soften(slot)
    return undefined
  }
}

/** An entry of another generation was hit by no mark: it only can't be trusted any more. */
function causeOf(validity: Exclude<Validity, { kind: 'valid' }>): RemovalCause {
  if (validity.mark === undefined) return NO_MARK
  return { kind: 'invalidated', mark: validity.mark, position: validity.position }
}
