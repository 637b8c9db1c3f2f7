import { CacheCapacityExceeded } from '../../core/exceptions/cache-capacity-exceeded.ts'
import { CacheError } from '../../core/exceptions/cache-error.ts'
import { describeValue } from '../../core/exceptions/describe-value.ts'
import type { CacheKey } from '../../core/value-objects/cache-key.ts'
import type { EntryPolicy } from '../../core/value-objects/entry-policy.ts'
import type { LogPosition } from '../../core/value-objects/log-position.ts'
import { applyOwnSet } from '../services/apply-mark.ts'
import type { SharedTiers } from '../services/coherence/shared-tiers.ts'
import type { NamespacePorts } from '../services/namespace-ports.ts'
import { dropOlder, NO_LIFE } from '../services/stores/drop-older.ts'
import { type SchemaVerdict, schemaCheck } from '../services/stores/schema-check.ts'
import {
  announceStored,
  entryOf,
  type PreparedValue,
  prepareValue,
  storeEntry,
} from '../services/stores/store-entry.ts'
import { withinDeadline } from '../services/stores/within-deadline.ts'

/**
 * Stores a value that the caller knows to be the newest, and fences every load of its key that began
 * before. Answers true if it is stored; false if it isn't (TTL of zero, refused for space, backend away),
 * and then no older value is there either. Answers at once where nothing has to be waited for.
 *
 * @throws CacheError CACHE_VALUE_INVALID if it doesn't fit the schema; CACHE_TIMEOUT if the schema takes longer
 *   than `hardTimeout`; CACHE_VALUE_TOO_LARGE; CACHE_TTL_INVALID;
 *   under `strict`, CACHE_CAPACITY_EXCEEDED if there was no room, CACHE_REPOSITORY_UNAVAILABLE if the backend didn't store it. Nothing is changed then.
 */
export function setCacheEntry(
  ports: NamespacePorts,
  key: CacheKey,
  value: unknown,
  policy: EntryPolicy,
): boolean | Promise<boolean> {
  const { schema } = ports.settings
  if (schema === undefined) return setFitting(ports, key, value, policy)
  const verdict = schemaCheck(schema, value)
  if (verdict instanceof Promise) return setLate(ports, key, value, { policy, verdict })
  refuseUnfit(ports, key, verdict)
  return setFitting(ports, key, value, policy)
}

/**
 * A schema that takes its time: what is set or invalidated meanwhile is newer than this value, which then
 * is not stored. The time a load may take is what the schema gets.
 */
async function setLate(
  ports: NamespacePorts,
  key: CacheKey,
  value: unknown,
  how: { readonly policy: EntryPolicy; readonly verdict: Promise<SchemaVerdict> },
): Promise<boolean> {
  const { policy } = how
  const watch = ports.flights.watch({ key, tags: policy.tags, dependsOn: policy.dependsOn })
  try {
    const what = `check the value of ${describeValue(key)}`
    const verdict = await withinDeadline(
      ports.scheduler,
      policy.hardTimeoutMs,
      what,
      () => how.verdict,
    )
    if (verdict.fits && watch.fencedSeq !== undefined) return overtaken(ports, key, 'its schema')
    refuseUnfit(ports, key, verdict)
    return await setFitting(ports, key, value, policy)
  } finally {
    watch.end()
  }
}

function refuseUnfit(ports: NamespacePorts, key: CacheKey, verdict: SchemaVerdict): void {
  if (verdict.fits) return
  throw new CacheError(
    'CACHE_VALUE_INVALID',
    `Cannot store ${key.slice(0, 100)} in namespace ${ports.name}: ${verdict.why}`,
  )
}

function setFitting(
  ports: NamespacePorts,
  key: CacheKey,
  value: unknown,
  policy: EntryPolicy,
): boolean | Promise<boolean> {
  const prepared = prepareValue(ports, key, value, policy)
  ports.statistics.sets += 1
  if (ports.shared !== undefined) return setShared(ports, ports.shared, prepared)
  const birth = assertNewest(ports, key)
  if (birth instanceof Promise) return storeLater(ports, prepared, birth)
  return storePrepared(ports, prepared, birth)
}

/** The value and the mark that it is the newest go to the other nodes in one. */
async function setShared(
  ports: NamespacePorts,
  shared: SharedTiers,
  prepared: PreparedValue,
): Promise<boolean> {
  const { key } = prepared
  const head = ports.invalidation.head()
  const entry = entryOf(ports, prepared, head)
  if (entry === undefined) {
    await dropOlder(ports, key, { position: head, why: NO_LIFE })
    return false
  }
  const { isStored } = await shared.set(entry, ports.invalidation.markOfSet(ports.name, key))
  if (isStored) announceStored(ports, entry, 'set')
  else {
    const why = 'the shared store did not take it'
    ports.decisions.note(key, { kind: 'not-stored', why }, ports.clock.nowMs())
  }
  return judged(ports, prepared, isStored)
}

function assertNewest(ports: NamespacePorts, key: CacheKey): LogPosition | Promise<LogPosition> {
  const { name, memory, invalidation } = ports
  const birth = memory === undefined ? undefined : invalidation.assertUnheard(name, key)
  if (birth === undefined) return invalidation.assertKey(name, key)
  applyOwnSet(ports, key, birth.seq)
  return birth
}

/** A log that takes its time: it may hand out later marks before it answers, and these count. */
async function storeLater(
  ports: NamespacePorts,
  prepared: PreparedValue,
  birth: Promise<LogPosition>,
): Promise<boolean> {
  const { key, policy } = prepared
  const watch = ports.flights.watch({ key, tags: policy.tags, dependsOn: policy.dependsOn })
  try {
    const position = await birth
    if ((watch.fencedSeq ?? 0) > position.seq) return overtaken(ports, key, 'the log')
    return await storePrepared(ports, prepared, position)
  } catch (error) {
    // Nobody knows whether the log holds the mark: if it does, the older value is wrong.
    if (watch.fencedSeq !== undefined) ports.memory?.delete(key, { kind: 'replaced' })
    throw error
  } finally {
    watch.end()
  }
}

function overtaken(ports: NamespacePorts, key: CacheKey, by: string): boolean {
  const why = `a newer value or an invalidation came while ${by} was asked`
  ports.decisions.note(key, { kind: 'not-stored', why }, ports.clock.nowMs())
  return false
}

function storePrepared(
  ports: NamespacePorts,
  prepared: PreparedValue,
  birth: LogPosition,
): boolean | Promise<boolean> {
  const entry = entryOf(ports, prepared, birth)
  if (entry === undefined)
    return (
      dropOlder(ports, prepared.key, { position: birth, why: NO_LIFE })?.then(() => false) ?? false
    )
  const stored = storeEntry(ports, entry, 'set')
  if (stored instanceof Promise) return stored.then((isStored) => judged(ports, prepared, isStored))
  return judged(ports, prepared, stored)
}

/** @throws CacheError as said above, under `strict`, for what isn't stored */
export function judged(
  ports: Pick<NamespacePorts, 'name' | 'memory' | 'decisions'>,
  prepared: PreparedValue,
  isStored: boolean,
): boolean {
  if (isStored || !prepared.policy.strict) return isStored
  if (ports.memory !== undefined) {
    const cause = ports.decisions.find(prepared.key)?.cause
    throw new CacheCapacityExceeded(
      ports.name,
      cause?.kind === 'refused' ? cause.rule : 'it is full',
    )
  }
  throw new CacheError(
    'CACHE_REPOSITORY_UNAVAILABLE',
    `Cannot store ${prepared.key.slice(0, 100)}: the store refused it or didn't answer`,
  )
}
