import type { PositionedMark } from '../../core/protocols/invalidation-log.ts'
import type { KeyMatcher } from '../../core/protocols/regex-engine.ts'
import type { CacheKey } from '../../core/value-objects/cache-key.ts'
import type { NamespacePorts } from './namespace-ports.ts'
import type { OpenWrite } from './stores/remote-store.ts'

/** What is to happen around a sweep of a namespace. */
export interface SweepRound {
  /** Right before it begins. */
  readonly onStart: () => void
  /** Everything that was there when it began has been looked at. */
  readonly onDone: () => void
}

/** Removes, in slices, the bytes that marks up to now have hit. */
export type SweepRequest = (ports: NamespacePorts, round: SweepRound) => void

/**
 * Makes a mark take effect in one namespace, at once: flights that it reaches are fenced, and entries
 * that it reaches are invalid from here on. The bytes go later, in slices.
 *
 * A key of a memory store goes right away and needs no place in the table. Behind a remote store the
 * key's mark stays until the store has confirmed that nothing older can come back.
 */
export function applyMark(
  ports: NamespacePorts,
  positioned: PositionedMark,
  how: {
    readonly matches: KeyMatcher | undefined
    readonly isOwnSet: boolean
    /** It comes again; `undefined`: it doesn't. */
    readonly isFence?: boolean
    readonly sweep: SweepRequest
  },
): void {
  const { mark } = positioned
  const { scope } = mark
  ports.flights.fence(scope, how.matches, positioned.position.seq)
  if (mark.act !== 'set' && how.isFence !== true) ports.statistics.invalidations += 1
  if (scope.kind === 'key') {
    applyKeyMark(ports, positioned, how.isOwnSet, scope.key)
    return
  }
  ports.failures.clear()
  ports.marks.apply(positioned, how.matches)
  // Who shares its entries forgets no mark of a scope: another node may yet store what it reaches.
  if (ports.shared !== undefined) return
  if (scope.kind === 'namespace' && !mark.soft) ports.memory?.clear()
  how.sweep(ports, retirement(ports))
}

/**
 * What `applyMark` does for the mark of a `set` of this node, whose entry lies in memory: the value that is
 * being stored replaces the older one itself.
 */
export function applyOwnSet(
  ports: Pick<NamespacePorts, 'flights' | 'failures'>,
  key: CacheKey,
  seq: number,
): void {
  ports.flights.fenceKey(key, seq)
  ports.failures.forget(key)
}

function applyKeyMark(
  ports: NamespacePorts,
  positioned: PositionedMark,
  isOwnSet: boolean,
  key: CacheKey,
): void {
  const { mark, position } = positioned
  ports.failures.forget(key)
  if (ports.shared !== undefined) {
    ports.marks.apply(positioned, undefined)
    ports.shared.apply(positioned)
    return
  }
  if (ports.memory !== undefined) {
    if (mark.soft) softenHeld(ports, positioned, key)
    // The value that this node is storing replaces the older one itself.
    else if (!isOwnSet) ports.memory.delete(key, causeOf(positioned))
    return
  }
  ports.marks.apply(positioned, undefined)
  if (!mark.soft && !isOwnSet) void ports.remote?.delete(key, position)
}

/** Lets the store look at the one entry that a soft mark of its key can reach; after that the mark has done its work. */
function softenHeld(ports: NamespacePorts, positioned: PositionedMark, key: CacheKey): void {
  ports.marks.apply(positioned, undefined)
  ports.memory?.get(key)
  ports.marks.forgetKey(key, positioned.position.seq)
}

/**
 * A mark is retired once its bytes are gone and nothing older can come: no load runs that began before
 * it. Writes that were open when the sweep began may land behind its back: what hits them stays, on their keys.
 */
export function retirement(ports: NamespacePorts): SweepRound {
  let seq = -1
  let open: readonly OpenWrite[] = []
  return {
    onStart: () => {
      seq = ports.invalidation.head().seq
      open = ports.remote?.openWrites() ?? []
    },
    onDone: () => {
      const oldest = Math.min(seq, ports.flights.oldestBirthSeq() ?? seq)
      ports.marks.retire(oldest, ports.remote !== undefined, open)
    },
  }
}

/**
 * As `retirement`, for marks of which nothing is left where nodes share their entries: once memory is through as
 * well, they go, but for those that a running load began before.
 */
export function sharedRetirement(
  { flights, marks }: Pick<NamespacePorts, 'flights' | 'marks'>,
  seq: number,
): SweepRound {
  return {
    onStart: () => undefined,
    onDone: () => marks.retire(Math.min(seq, flights.oldestBirthSeq() ?? seq), true),
  }
}

function causeOf(
  positioned: PositionedMark,
): Parameters<NonNullable<NamespacePorts['memory']>['delete']>[1] {
  if (positioned.mark.act === 'delete') return { kind: 'deleted' }
  return { kind: 'invalidated', mark: positioned.mark, position: positioned.position }
}
