import { type CacheEntry, freshnessAt } from '../../../core/entities/cache-entry.ts'
import type { SharedTiers } from '../coherence/shared-tiers.ts'
import type { NamespacePorts } from '../namespace-ports.ts'
import type { Flight } from '../single-flight.ts'
import { fittingOf } from '../stores/find-entry.ts'

/** What became of the wish for the lease of a key that several nodes load. */
export type SharedLeaseAnswer =
  /** Another node has stored a fresh value. */
  | { readonly kind: 'found'; readonly entry: CacheEntry }
  /** The lease is this flight's; `stale` is what may be served meanwhile. */
  | { readonly kind: 'granted'; readonly stale: CacheEntry | undefined }
  /** Another node held it all the time. */
  | { readonly kind: 'held' }
  /** The flight has ended: a mark has reached it, say. */
  | { readonly kind: 'restart' }

/**
 * Takes the lease of the flight's key among all nodes, and holds it as long as the flight runs. Waits up to
 * `waitMs` for another holder, and ends the flight if that was in vain. Where the others can't be asked
 * the lease is this node's alone. Never rejects.
 */
export async function takeSharedLease(
  ports: NamespacePorts,
  shared: SharedTiers,
  flight: Flight,
  waitMs: number,
): Promise<SharedLeaseAnswer> {
  let isHeld = false
  let isTimeUp = waitMs <= 0
  const giveUpIfHeld = (): void => {
    if (isHeld && isTimeUp) flight.settle({ kind: 'abandoned' })
  }
  const isFresh = (entry: CacheEntry): boolean =>
    freshnessAt(entry, ports.clock.nowMs()) === 'fresh'
  const run = shared.run(flight, isFresh, {
    fitting: fittingOf(ports),
    onHeld: () => {
      isHeld = true
      giveUpIfHeld()
    },
  })
  const cancel = ports.scheduler.deadline(waitMs, () => {
    isTimeUp = true
    giveUpIfHeld()
  })
  const decision = await run.begin(shared.startOf(flight.membership.key))
  cancel()
  if (flight.hasEnded) return { kind: isHeld && isTimeUp && !flight.isFenced ? 'held' : 'restart' }
  if (decision.kind === 'restart') return { kind: 'restart' }
  if (decision.kind === 'compute') return { kind: 'granted', stale: run.previous }
  shared.keepFound(decision.entry)
  flight.settle(decision)
  return decision
}
