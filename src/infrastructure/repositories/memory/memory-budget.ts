import type { Clock } from '../../../core/protocols/clock.ts'
import type { EvictionOrder, MemoryEviction } from './memory-eviction.ts'
import type { MemoryLimits } from './memory-limits.ts'
import { CRITICAL_RANK, type MemorySlot } from './memory-slot.ts'

/** How many namespaces besides the writing one are asked for a victim. */
const OTHERS_ASKED = 4

/** A store under the budget. */
export interface BudgetMember {
  /** Who would leave it next, `except` aside. */
  victim: EvictionOrder['victim']
  evict(slot: MemorySlot): void
}

/**
 * The limits that all namespaces share, and who pays when they are reached.
 *
 * The namespace that writes and four others, by turns, each name the entry that would leave them next;
 * of these the one that the cache's eviction policy finds the most urgent leaves (for `lru`, the longest
 * unread, by weight). So no namespace pays for being the one that writes or for being large, a quiet one
 * shrinks as others grow, and the cost doesn't depend on how many there are.
 */
export class MemoryBudget {
  readonly limits: MemoryLimits
  readonly #clock: Clock
  readonly #eviction: MemoryEviction
  readonly #members: BudgetMember[] = []
  #turn = 0

  constructor(limits: MemoryLimits, eviction: MemoryEviction, clock: Clock) {
    this.limits = limits
    this.#eviction = eviction
    this.#clock = clock
  }

  join(member: BudgetMember): void {
    this.#members.push(member)
  }

  /** Makes one entry leave, `except` and critical ones aside; false if there is none. */
  evictOne(writer: BudgetMember, except: MemorySlot | undefined): boolean {
    const nowMs = this.#clock.nowMs()
    let payer = writer
    let victim = evictable(writer, except)
    for (let asked = 0; asked < this.#members.length; asked += 1) {
      if (asked >= OTHERS_ASKED && victim !== undefined) break
      const member = this.#nextMember()
      if (member === undefined || member === writer) continue
      const other = evictable(member, undefined)
      if (other === undefined || !this.#isMoreUrgent(other, victim, nowMs)) continue
      payer = member
      victim = other
    }
    if (victim === undefined) return false
    payer.evict(victim)
    return true
  }

  #nextMember(): BudgetMember | undefined {
    this.#turn = (this.#turn + 1) % this.#members.length
    return this.#members[this.#turn]
  }

  #isMoreUrgent(slot: MemorySlot, than: MemorySlot | undefined, nowMs: number): boolean {
    if (than === undefined) return true
    return this.#eviction.urgency(slot, nowMs) > this.#eviction.urgency(than, nowMs)
  }
}

function evictable(member: BudgetMember, except: MemorySlot | undefined): MemorySlot | undefined {
  const victim = member.victim(except)
  return victim?.rank === CRITICAL_RANK ? undefined : victim
}
