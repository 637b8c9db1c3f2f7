import type { EvictionLimit } from '../../../core/protocols/cache-repository.ts'
import type { MemoryLimits } from './memory-limits.ts'
import { NO_SLOT } from './slot-pages.ts'

/** How many namespaces besides the writing one are asked for a victim. */
const OTHERS_ASKED = 4

/** A store under the budget. */
export interface BudgetMember {
  /** Who would leave it next, `except` and critical entries aside; `NO_SLOT` if nobody is left. */
  victim(except: number): number
  /** How much the slot deserves to leave, against victims of other namespaces: the higher one leaves. */
  urgency(slot: number): number
  /** Makes the slot leave for want of common space. */
  evictForOthers(slot: number, limit: EvictionLimit): void
}

/**
 * The limits that all namespaces share, and who pays when they are reached.
 *
 * The namespace that writes and four others, by turns, each name the entry that would leave them next;
 * of these the one that was idle for the longest, by the weight of its priority, leaves. So no namespace
 * pays for being the one that writes or for being large, a quiet one shrinks as others grow, and the cost
 * doesn't depend on how many there are.
 */
export class MemoryBudget {
  readonly limits: MemoryLimits
  readonly #members: BudgetMember[] = []
  #turn = 0

  constructor(limits: MemoryLimits) {
    this.limits = limits
  }

  join(member: BudgetMember): void {
    this.#members.push(member)
  }

  /** Makes one entry leave, `except` and critical ones aside; false if there is none. */
  evictOne(writer: BudgetMember, except: number, limit: EvictionLimit): boolean {
    let payer = writer
    let victim = writer.victim(except)
    const { length } = this.#members
    // With one namespace there is nobody else to ask.
    for (let asked = 0; length > 1 && asked < length; asked += 1) {
      if (asked >= OTHERS_ASKED && victim !== NO_SLOT) break
      const member = this.#nextMember()
      const other = member === writer ? NO_SLOT : member.victim(NO_SLOT)
      if (other === NO_SLOT || !isMoreUrgent(member, other, payer, victim)) continue
      payer = member
      victim = other
    }
    if (victim === NO_SLOT) return false
    payer.evictForOthers(victim, limit)
    return true
  }

  #nextMember(): BudgetMember {
    this.#turn = (this.#turn + 1) % this.#members.length
    return this.#members[this.#turn] as BudgetMember // The turn is below their number.
  }
}

/** Anybody is more urgent than nobody. */
function isMoreUrgent(
  member: BudgetMember,
  slot: number,
  than: BudgetMember,
  victim: number,
): boolean {
  return victim === NO_SLOT || member.urgency(slot) > than.urgency(victim)
}
