import type { CacheEntry } from '../../core/entities/cache-entry.ts'
import type { SnapshotRecord, SnapshotSection } from '../../core/protocols/cache-snapshot.ts'
import type { LogPosition } from '../../core/value-objects/log-position.ts'
import type { NamespacePorts } from '../services/namespace-ports.ts'
import { WorkSlices } from '../services/snapshots/work-slices.ts'
import { schemaCheck } from '../services/stores/schema-check.ts'
import { deepFrozen } from '../services/stores/store-entry.ts'
import { withinDeadline } from '../services/stores/within-deadline.ts'
import { sizeValidator } from '../validators/size-validator.ts'

/** What restoring a namespace works with. */
export type RestoreSnapshotPorts = Pick<
  NamespacePorts,
  'name' | 'settings' | 'memory' | 'clock' | 'scheduler'
>

/** How a record stands against all that was set and invalidated since it was saved. */
export interface RecordStanding {
  readonly birth: LogPosition
  /** A soft invalidation has reached it. */
  readonly isSoft: boolean
}

/** Answers `undefined` for a record that is invalid. Asked again after each wait. */
export type JudgeRecord = (record: SnapshotRecord) => RecordStanding | undefined

/**
 * Puts the entries of a section into memory, in slices, and answers how many: those that still live, are
 * valid, fit the namespace as it is now, and whose key nobody has used meanwhile.
 *
 * @throws Error if the rest of the section can't be read; what came before it stays
 */
export async function restoreSnapshot(
  ports: RestoreSnapshotPorts,
  section: SnapshotSection,
  judge: JudgeRecord,
  onRestored: () => void,
): Promise<void> {
  const slices = new WorkSlices(ports.clock, ports.scheduler)
  for await (const records of section.records()) {
    slices.begin()
    for (const record of records) {
      if (await restoreRecord(ports, record, judge)) onRestored()
      await slices.pauseIfOver()
    }
  }
}

function restoreRecord(
  ports: RestoreSnapshotPorts,
  record: SnapshotRecord,
  judge: JudgeRecord,
): boolean | Promise<boolean> {
  if (standingOf(ports, record, judge) === undefined) return false
  const value = readValue(record)
  if (value === undefined) return false
  const { schema } = ports.settings
  if (schema === undefined) return admit(ports, record, { value: value.is, judge })
  return restoreChecked(ports, record, { value: value.is, judge })
}

/** A value that no longer fits its schema is a miss. What a schema makes of a value it made once before. */
async function restoreChecked(
  ports: RestoreSnapshotPorts,
  record: SnapshotRecord,
  { value, judge }: { readonly value: unknown; readonly judge: JudgeRecord },
): Promise<boolean> {
  const { schema, entryPolicy } = ports.settings
  try {
    const what = `check the value of ${record.key}`
    const verdict = await withinDeadline(ports.scheduler, entryPolicy.hardTimeoutMs, what, () =>
      schemaCheck(schema, value),
    )
    return verdict.fits && admit(ports, record, { value, judge })
  } catch {
    return false // A schema that takes too long: whoever asks for the key loads it.
  }
}

function admit(
  ports: RestoreSnapshotPorts,
  record: SnapshotRecord,
  { value, judge }: { readonly value: unknown; readonly judge: JudgeRecord },
): boolean {
  const standing = standingOf(ports, record, judge)
  if (standing === undefined || ports.memory === undefined) return false
  try {
    return ports.memory.set(entryOf(ports, record, { ...standing, value }))
  } catch {
    return false // Larger than the namespace allows by now: as if it had been refused for space.
  }
}

/** `undefined` also if it has died, or if its key is in use: what is there is newer. */
function standingOf(
  { memory, clock }: RestoreSnapshotPorts,
  record: SnapshotRecord,
  judge: JudgeRecord,
): RecordStanding | undefined {
  if (record.staleUntilMs <= clock.nowMs() || memory?.get(record.key) !== undefined)
    return undefined
  return judge(record)
}

function readValue(record: SnapshotRecord): { readonly is: unknown } | undefined {
  try {
    return { is: record.value() }
  } catch {
    return undefined // Written by a Node that knows more than this one.
  }
}

function entryOf(
  { name, settings }: RestoreSnapshotPorts,
  record: SnapshotRecord,
  { value, birth, isSoft }: RecordStanding & { readonly value: unknown },
): CacheEntry {
  return {
    key: record.key,
    value: settings.isolation === 'freeze' ? deepFrozen(value) : value,
    namespace: name,
    ttl: record.ttl,
    priority: record.priority,
    createdAtMs: record.createdAtMs,
    accessedAtMs: record.createdAtMs,
    accessCount: record.accessCount,
    sizeBytes: sizeValidator(settings, value),
    tags: record.tags,
    dependsOn: record.dependsOn,
    birth,
    expiresAtMs: record.expiresAtMs,
    staleUntilMs: record.staleUntilMs,
    slidingTtlMs: record.slidingTtlMs,
    isSoftInvalidated: record.isSoftInvalidated || isSoft,
  }
}
