/** The one way into a store, for values that were set and for values that were loaded. */
import { type CacheEntry, cacheEntry } from '../../../core/entities/cache-entry.ts'
import { CacheError } from '../../../core/exceptions/cache-error.ts'
import { describeValue } from '../../../core/exceptions/describe-value.ts'
import type { CacheKey } from '../../../core/value-objects/cache-key.ts'
import type { SizeBytes } from '../../../core/value-objects/cache-size.ts'
import type { EntryPolicy } from '../../../core/value-objects/entry-policy.ts'
import type { LogPosition } from '../../../core/value-objects/log-position.ts'
import { sizeValidator } from '../../validators/size-validator.ts'
import { type EntryLife, ttlValidator } from '../../validators/ttl-validator.ts'
import type { NamespacePorts } from '../namespace-ports.ts'

/** A value that passed all checks and waits for its birth. */
export interface PreparedValue {
  readonly key: CacheKey
  readonly value: unknown
  readonly policy: EntryPolicy
  readonly sizeBytes: SizeBytes
  /** `undefined`: to be stored nowhere. */
  readonly life: EntryLife | undefined
}

/**
 * Checks a value against size and TTL rules, and makes the copy that the namespace's isolation asks for.
 * Changes nothing.
 *
 * @throws CacheError CACHE_VALUE_TOO_LARGE, CACHE_TTL_INVALID, or CACHE_VALUE_INVALID for a value that can't be cloned or kept as bytes
 */
export function prepareValue(
  ports: Pick<NamespacePorts, 'settings' | 'clock' | 'random' | 'memory'>,
  key: CacheKey,
  value: unknown,
  policy: EntryPolicy,
): PreparedValue {
  const life = ttlValidator(policy, value, ports.clock.nowMs(), ports.random.next())
  const held = life === undefined ? value : isolated(ports.settings.isolation, value, key)
  if (life !== undefined && ports.settings.storage === 'buffer') refuseUnkeepable(ports, key, held)
  return { key, value: held, policy, sizeBytes: sizeValidator(ports.settings, value), life }
}

/** The entry of a prepared value; `undefined` if it is to be stored nowhere. */
export function entryOf(
  ports: Pick<NamespacePorts, 'name' | 'clock'>,
  prepared: PreparedValue,
  birth: LogPosition,
): CacheEntry | undefined {
  if (prepared.life === undefined) return undefined
  return cacheEntry({
    key: prepared.key,
    value: prepared.value,
    namespace: ports.name,
    ttl: prepared.life.ttl,
    priority: prepared.policy.priority,
    createdAtMs: ports.clock.nowMs(),
    sizeBytes: prepared.sizeBytes,
    tags: prepared.policy.tags,
    dependsOn: prepared.policy.dependsOn,
    birth,
    expiresAtMs: prepared.life.expiresAtMs,
    staleUntilMs: prepared.life.staleUntilMs,
    slidingTtlMs: prepared.policy.slidingTtlMs,
  })
}

/** Puts an entry into the store; true if it is there now. Never rejects: a fault of the backend is reported. */
export function storeEntry(
  ports: Pick<
    NamespacePorts,
    'memory' | 'remote' | 'events' | 'clock' | 'decisions' | 'statistics'
  >,
  entry: CacheEntry,
  by: 'set' | 'load' | 'refresh',
): boolean | Promise<boolean> {
  if (ports.memory !== undefined) return announced(ports, entry, by, ports.memory.set(entry))
  if (ports.remote === undefined) return false
  return ports.remote.set(entry).then((outcome) => announced(ports, entry, by, outcome === 'done'))
}

/**
 * What a reader gets of a value: itself, or a copy of its own. A value that can't be copied was never
 * stored, so nobody shares it but those who waited for the same load: they get it as it is.
 */
export function presented(ports: Pick<NamespacePorts, 'settings'>, value: unknown): unknown {
  const { isolation, storage } = ports.settings
  // What was kept as bytes is a copy already.
  if (isolation !== 'clone' || storage === 'buffer' || typeof value !== 'object') return value
  try {
    return structuredClone(value)
  } catch {
    return value
  }
}

function announced(
  ports: Pick<NamespacePorts, 'events' | 'clock'>,
  entry: CacheEntry,
  by: 'set' | 'load' | 'refresh',
  isStored: boolean,
): boolean {
  if (isStored) announceStored(ports, entry, by)
  return isStored
}

/** Tells who listens that an entry is stored. */
export function announceStored(
  { events, clock }: Pick<NamespacePorts, 'events' | 'clock'>,
  entry: CacheEntry,
  by: 'set' | 'load' | 'refresh',
): void {
  if (!events.hears('stored')) return
  events.emit({
    type: 'stored',
    namespace: entry.namespace,
    key: entry.key,
    by,
    sizeBytes: entry.sizeBytes,
    expiresAtMs: entry.expiresAtMs,
    tags: entry.tags,
    atMs: clock.nowMs(),
  })
}

function isolated(isolation: 'share' | 'freeze' | 'clone', value: unknown, key: CacheKey): unknown {
  if (isolation === 'share' || typeof value !== 'object' || value === null) return value
  try {
    const copy: unknown = structuredClone(value)
    return isolation === 'freeze' ? deepFrozen(copy) : copy
  } catch (error) {
    throw notClonable(isolation, key, error)
  }
}

function refuseUnkeepable(
  { memory }: Pick<NamespacePorts, 'memory'>,
  key: CacheKey,
  value: unknown,
): void {
  const cause = memory?.rejects(value)
  if (cause === undefined) return
  throw new CacheError(
    'CACHE_VALUE_INVALID',
    `Cannot store ${describeValue(key)} under storage "buffer": expected a value that can be turned into bytes`,
    { cause },
  )
}

function notClonable(isolation: string, key: CacheKey, cause: unknown): CacheError {
  return new CacheError(
    'CACHE_VALUE_INVALID',
    `Cannot store ${describeValue(key)} under isolation "${isolation}": expected a value that can be cloned`,
    { cause },
  )
}

/** Freezes plain objects and arrays all the way down. Bytes can't be frozen, and are left as the copy they are. */
export function deepFrozen(value: unknown): unknown {
  if (
    typeof value !== 'object' ||
    value === null ||
    Object.isFrozen(value) ||
    ArrayBuffer.isView(value)
  ) {
    return value
  }
  Object.freeze(value)
  for (const inner of Object.values(value)) deepFrozen(inner)
  return value
}
