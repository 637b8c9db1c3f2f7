import assert from 'node:assert/strict'
import { NOT_ADMITTED } from '../../../../src/infrastructure/repositories/memory/memory-space.ts'
import type { NaiveOrder } from './eviction/order-stage.ts'
import type { Held } from './naive-held.ts'

/** An order of leaving that is whatever the store says, as long as it names somebody who may leave. */
export class FollowedOrder implements NaiveOrder {
  readonly items: Set<Held> = new Set()
  /** Who left the store in this step, in its order, in the words of `removal`. */
  reported: string[] = []

  /** The rule by which the newcomer of this step wasn't admitted; `undefined` if it was. */
  get refusal(): string | undefined {
    return this.reported.some((each) => each.endsWith(NOT_ADMITTED)) ? NOT_ADMITTED : undefined
  }

  add(item: Held): void {
    this.items.add(item)
  }

  use(): void {}

  replace(): void {}

  remove(item: Held): void {
    this.items.delete(item)
  }

  victim(except: Held | undefined): Held | undefined {
    const candidates = [...this.items].filter((item) => item !== except)
    if (candidates.length === 0) return undefined
    const [key] = this.reported.shift()?.split(' ') ?? []
    const victim = candidates.find(({ entry }) => entry.key === key)
    assert.ok(victim !== undefined, `${key} may leave`)
    return victim
  }
}
