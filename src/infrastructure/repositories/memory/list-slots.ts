import type { CacheEntry } from '../../../core/entities/cache-entry.ts'
import { CacheError } from '../../../core/exceptions/cache-error.ts'
import { describeValue } from '../../../core/exceptions/describe-value.ts'
import type { EntryPage } from '../../../core/protocols/cache-repository.ts'
import type { SlotPages } from './slot-pages.ts'

/** Most slots that one page looks at, so that a gap of dead ones doesn't hold the event loop. */
export const MAX_LISTED_SLOTS = 10_000

/**
 * One page of the slots by number; the cursor is the number to go on with. A page may be short, or empty,
 * and still have one after it.
 *
 * @param found the entry of a slot; `undefined` leaves it out, and may have removed it
 * @throws CacheError CACHE_CURSOR_INVALID
 */
export function listSlots(
  pages: Pick<SlotPages, 'length' | 'isUsed'>,
  found: (slot: number) => CacheEntry | undefined,
  page: { readonly limit: number; readonly cursor: string | undefined },
): EntryPage {
  const entries: CacheEntry[] = []
  let slot = page.cursor === undefined ? 0 : parseCursor(page.cursor)
  const endSlot = slot + MAX_LISTED_SLOTS
  for (; slot < pages.length && slot < endSlot; slot += 1) {
    if (!pages.isUsed(slot)) continue
    // Stands at the next slot in use, so that a full page knows whether it is the last.
    if (entries.length === page.limit) break
    const entry = found(slot)
    if (entry !== undefined) entries.push(entry)
  }
  return { entries, cursor: slot < pages.length ? String(slot) : undefined }
}

function parseCursor(cursor: string): number {
  if (/^\d{1,10}$/.test(cursor)) return Number(cursor)
  throw new CacheError(
    'CACHE_CURSOR_INVALID',
    `Cannot list: expected a cursor of an earlier page, got ${describeValue(cursor)}`,
  )
}
