import type { CacheEntry } from '../../../core/entities/cache-entry.ts'
import type { NamespacePorts } from '../namespace-ports.ts'
import type { Flight } from '../single-flight.ts'
import { isStillCurrent } from './is-still-current.ts'
import { announceStored } from './store-entry.ts'

/**
 * Stores what was made under the lease that a load has among all nodes, if it holds one, and keeps it here.
 * True if it is stored for all.
 */
export async function storeUnderRun(
  ports: Pick<NamespacePorts, 'shared' | 'marks' | 'events' | 'clock'>,
  flight: Flight,
  entry: CacheEntry,
  by: 'load' | 'refresh',
): Promise<boolean> {
  const isStored = (await flight.run?.store(entry)) === true
  const isCurrent = isStillCurrent(ports, flight, entry)
  ports.shared?.keepMade(flight, entry, { isStored, isCurrent })
  if (isStored) announceStored(ports, entry, by)
  return isStored
}
