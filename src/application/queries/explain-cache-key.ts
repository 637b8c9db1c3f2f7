import { type CacheEntry, freshnessAt } from '../../core/entities/cache-entry.ts'
import { describeScope } from '../../core/entities/invalidation-mark.ts'
import type { EvictionLimit } from '../../core/protocols/cache-repository.ts'
import type { PositionedMark } from '../../core/protocols/invalidation-log.ts'
import type { CacheKey } from '../../core/value-objects/cache-key.ts'
import { formatDuration } from '../../core/value-objects/duration.ts'
import { formatLogPosition } from '../../core/value-objects/log-position.ts'
import type { Decision, DecisionCause } from '../services/decision-ring.ts'
import type { NamespacePorts } from '../services/namespace-ports.ts'
import { isReached } from '../services/single-flight.ts'
import { findEntry } from '../services/stores/find-entry.ts'

/** Why a key is, or isn't, answered from the cache. Made of JSON values. */
export interface Explanation {
  readonly namespace: string
  readonly key: CacheKey
  readonly state: 'fresh' | 'stale' | 'absent'
  /** One sentence for a person. */
  readonly summary: string
  /** What is held; `null` if nothing is. */
  readonly entry: ExplainedEntry | null
  /** The newest known reason why a value left or wasn't stored; `null` if there is none. */
  readonly lastRemoval: ExplainedRemoval | null
  /** A load of this key runs right now. */
  readonly isLoading: boolean
  /** What `getOrSet` would do now. */
  readonly nextRead:
    | 'hit'
    | 'refresh behind a stale answer'
    | 'call the factory'
    | 'join the running load'
    | 'repeat the last error'
}

/** What is held under the key. Instants are milliseconds since the Unix epoch; `null` means never. */
export interface ExplainedEntry {
  readonly freshUntilMs: number | null
  readonly staleUntilMs: number | null
  readonly ageMs: number
  readonly birth: string
  readonly priority: string
  readonly tags: readonly string[]
  readonly dependsOn: readonly string[]
  readonly sizeBytes: number
  readonly accessCount: number
  readonly isSoftInvalidated: boolean
}

/** Why a value left, or wasn't stored. */
export interface ExplainedRemoval {
  readonly cause: DecisionCause['kind']
  /** In words: by what rule, by which mark and why. */
  readonly detail: string
  readonly atMs: number
}

const DELETED = 'deleted on request'

/** Joins what is held, the last decision about the key, and the running loads. Counts as nothing. Never rejects. */
export async function explainCacheKey(ports: NamespacePorts, key: CacheKey): Promise<Explanation> {
  const entry = await findEntry(ports, key)
  const nowMs = ports.clock.nowMs()
  const state = entry === undefined ? 'absent' : stateOf(entry, nowMs)
  const lastRemoval = removalOf(ports, key)
  const running = ports.flights.find(key)
  return {
    namespace: ports.name,
    key,
    state,
    summary: summaryOf(entry, lastRemoval, nowMs),
    entry: entry === undefined ? null : explainedEntry(entry, nowMs),
    lastRemoval,
    isLoading: running !== undefined,
    nextRead: nextReadOf(ports, key, entry, nowMs),
  }
}

function stateOf(entry: CacheEntry, nowMs: number): 'fresh' | 'stale' {
  return freshnessAt(entry, nowMs) === 'fresh' ? 'fresh' : 'stale'
}

function explainedEntry(entry: CacheEntry, nowMs: number): ExplainedEntry {
  return {
    freshUntilMs: finiteOrNull(entry.expiresAtMs),
    staleUntilMs: finiteOrNull(entry.staleUntilMs),
    ageMs: Math.max(0, nowMs - entry.createdAtMs),
    birth: formatLogPosition(entry.birth),
    priority: entry.priority,
    tags: entry.tags,
    dependsOn: entry.dependsOn,
    sizeBytes: entry.sizeBytes,
    accessCount: entry.accessCount,
    isSoftInvalidated: entry.isSoftInvalidated,
  }
}

/** The newer of the last decision about the key and the last mark whose scope reaches it. */
function removalOf(ports: NamespacePorts, key: CacheKey): ExplainedRemoval | null {
  const decision = ports.decisions.find(key)
  const last = lastMarkOn(ports, key)
  if (last !== undefined && (decision === undefined || last.mark.atMs > decision.atMs)) {
    const { act, atMs } = last.mark
    if (act === 'delete') return { cause: 'deleted', detail: DELETED, atMs }
    return { cause: 'invalidated', detail: markDetail(last), atMs }
  }
  if (decision === undefined) return null
  return { cause: decision.cause.kind, detail: detailOf(decision), atMs: decision.atMs }
}

/**
 * A flush or a prefix drops entries without looking at each, and a backend tells nobody what left it; the
 * history still knows. Tags and dependencies can't be judged without the entry.
 */
function lastMarkOn(ports: NamespacePorts, key: CacheKey): PositionedMark | undefined {
  const member = { key, tags: [], dependsOn: [] }
  return ports.invalidation.history(Number.MAX_SAFE_INTEGER).find(({ mark }) => {
    if (mark.namespace !== ports.name) return false
    const matches = ports.invalidation.patternMatcher(mark.scope)
    // An expression that was compiled elsewhere can't be judged here, either.
    if (mark.scope.kind === 'regex' && matches === undefined) return false
    return isReached(member, mark.scope, matches)
  })
}

/** For which limit somebody had to leave, in words. */
const EVICTION_REASONS: Readonly<Record<EvictionLimit, string>> = {
  entries: 'since the namespace held its most entries',
  bytes: 'since the namespace held its most bytes',
  shared: 'since all namespaces together held their most',
  resize: 'since a limit was lowered',
}

function detailOf(decision: Decision): string {
  const { cause } = decision
  switch (cause.kind) {
    case 'expired':
      return 'its time was over'
    case 'evicted':
      return `evicted for space by the rule ${cause.rule}, ${EVICTION_REASONS[cause.limit]}`
    case 'refused':
      return `not let in: ${cause.rule}`
    case 'invalidated':
      return markDetail(cause)
    case 'replaced':
      return 'replaced by a newer value'
    case 'deleted':
      return DELETED
    case 'not-stored':
      return `never stored: ${cause.why}`
    case 'load-failed':
      return `its load failed: ${cause.error}`
  }
}

function markDetail({ mark, position }: PositionedMark): string {
  const why = mark.reason === undefined ? '' : `, because: ${mark.reason}`
  return `invalidated by ${describeScope(mark.scope)} from ${mark.origin} at ${formatLogPosition(position)}${why}`
}

function summaryOf(
  entry: CacheEntry | undefined,
  removal: ExplainedRemoval | null,
  nowMs: number,
): string {
  if (entry !== undefined) {
    if (entry.isSoftInvalidated) return 'It is held but stale: it was invalidated softly.'
    const leftMs = entry.expiresAtMs - nowMs
    if (leftMs <= 0)
      return `It is held but stale: its time was over ${formatDuration(-leftMs)} ago.`
    return Number.isFinite(leftMs)
      ? `It is held, and fresh for another ${formatDuration(leftMs)}.`
      : 'It is held, and fresh until it is invalidated.'
  }
  if (removal === null) {
    return 'It is not held, and nothing is known of it: it was never stored, or too long ago.'
  }
  return `It is not held: ${removal.detail}, ${formatDuration(Math.max(0, nowMs - removal.atMs))} ago.`
}

function nextReadOf(
  ports: NamespacePorts,
  key: CacheKey,
  entry: CacheEntry | undefined,
  nowMs: number,
): Explanation['nextRead'] {
  if (entry !== undefined && freshnessAt(entry, nowMs) === 'fresh') return 'hit'
  const windowMs = ports.settings.entryPolicy.staleWhileRevalidateMs
  if (entry !== undefined && !entry.isSoftInvalidated && nowMs < entry.expiresAtMs + windowMs) {
    return 'refresh behind a stale answer'
  }
  if (ports.flights.find(key) !== undefined) return 'join the running load'
  return ports.failures.find(key, nowMs) === undefined
    ? 'call the factory'
    : 'repeat the last error'
}

function finiteOrNull(atMs: number): number | null {
  return Number.isFinite(atMs) ? atMs : null
}
