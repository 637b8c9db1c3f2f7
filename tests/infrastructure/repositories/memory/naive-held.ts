import type { CacheEntry } from '../../../../src/core/entities/cache-entry.ts'
import type { RemovalCause, RemovedEntry } from '../../../../src/core/protocols/cache-repository.ts'
import type { StageItem } from './eviction/order-stage.ts'

/** An entry as the naive store holds it. */
export interface Held extends StageItem {
  entry: CacheEntry
  accessCount: number
  expiresAtMs: number
  staleUntilMs: number
  isSoft: boolean
}

export type Life = Pick<CacheEntry, 'expiresAtMs' | 'staleUntilMs'>

/** Why an entry left, as far as it is compared. */
export type RemovalWords = Pick<RemovalCause, 'kind'> & {
  readonly rule?: string
  readonly limit?: string
}

const TICK_MS = 64

export function heldFields(entry: CacheEntry): Omit<Held, 'slot' | 'hash' | 'rank' | 'charge'> {
  const { expiresAtMs, staleUntilMs } = entry
  const deadline = deadlineOf(entry)
  return { entry, accessCount: 0, expiresAtMs, staleUntilMs, deadline, isSoft: false }
}

/** When a life ends, in the store's ticks; it begins at 0. */
export function deadlineOf({ expiresAtMs }: Pick<Life, 'expiresAtMs'>): number {
  return Math.min(Math.floor(expiresAtMs / TICK_MS), 0x7fff_ffff)
}

/** What is compared of an entry that is there. */
export function described(
  item: Pick<Held, 'accessCount' | 'expiresAtMs' | 'staleUntilMs' | 'isSoft' | 'entry'>,
): unknown {
  const { accessCount, expiresAtMs, staleUntilMs, isSoft, entry } = item
  const { value, priority, sizeBytes } = entry
  return { value, priority, sizeBytes, accessCount, expiresAtMs, staleUntilMs, isSoft }
}

export function removedOf({ entry, expiresAtMs }: Held): RemovedEntry {
  return { ...entry, expiresAtMs }
}

/** An entry that left, and why, in words. */
export function removal(entry: RemovedEntry, { kind, rule, limit }: RemovalWords): string {
  const { key, priority, sizeBytes, expiresAtMs } = entry
  return [key, priority, sizeBytes, expiresAtMs, kind, rule, limit].filter(Boolean).join(' ')
}
