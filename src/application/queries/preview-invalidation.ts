import type { CacheEntry } from '../../core/entities/cache-entry.ts'
import type { InvalidationScope } from '../../core/entities/invalidation-mark.ts'
import type { CacheKey } from '../../core/value-objects/cache-key.ts'
import type { NamespacePorts } from '../services/namespace-ports.ts'
import { isReached } from '../services/single-flight.ts'
import { servable } from '../services/stores/servable.ts'

/** What an invalidation would hit. */
export interface InvalidationPreview {
  readonly matched: number
  readonly scanned: number
  /** False if the namespace holds more than was looked at: then `matched` is a lower bound. */
  readonly isComplete: boolean
  /** The first matching keys. */
  readonly sample: readonly CacheKey[]
}

const PAGE = 1000
const SAMPLE = 20

/**
 * Counts the entries of this namespace that a scope reaches, and changes nothing. Lets others run after
 * every 1000 entries.
 *
 * @param maxScanned most entries to look at
 */
export async function previewInvalidation(
  ports: NamespacePorts,
  scope: InvalidationScope,
  maxScanned: number,
): Promise<InvalidationPreview> {
  const matches = await ports.invalidation.matcherOf(scope)
  const sample: CacheKey[] = []
  let matched = 0
  let scanned = 0
  let cursor: string | undefined
  do {
    const page = await pageOf(ports, Math.min(PAGE, maxScanned - scanned), cursor)
    for (const entry of page.entries) {
      scanned += 1
      if (!isReached(entry, scope, matches) || servable(ports, entry) === undefined) continue
      matched += 1
      if (sample.length < SAMPLE) sample.push(entry.key)
    }
    cursor = page.cursor
    await new Promise<void>((resolve) => void ports.scheduler.deadline(0, resolve))
  } while (cursor !== undefined && scanned < maxScanned)
  return { matched, scanned, isComplete: cursor === undefined, sample }
}

function pageOf(
  ports: NamespacePorts,
  limit: number,
  cursor: string | undefined,
): Promise<{ entries: readonly CacheEntry[]; cursor: string | undefined }> {
  const page =
    ports.memory?.list(limit, cursor) ?? (ports.remote ?? ports.shared?.store)?.list(limit, cursor)
  return Promise.resolve(page ?? { entries: [], cursor: undefined })
}
