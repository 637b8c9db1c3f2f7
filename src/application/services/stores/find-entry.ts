import type { CacheEntry } from '../../../core/entities/cache-entry.ts'
import { describeValue } from '../../../core/exceptions/describe-value.ts'
import type { CacheKey } from '../../../core/value-objects/cache-key.ts'
import type { StandardSchema } from '../../../core/value-objects/standard-schema.ts'
import type { LocatedEntry } from '../coherence/shared-tiers.ts'
import type { NamespacePorts } from '../namespace-ports.ts'
import { type SchemaVerdict, schemaCheck } from './schema-check.ts'
import { withinDeadline } from './within-deadline.ts'

/** What a reader needs of a namespace. */
export type EntryReaderPorts = Pick<
  NamespacePorts,
  | 'memory'
  | 'remote'
  | 'shared'
  | 'clock'
  | 'scheduler'
  | 'repositoryTimeoutMs'
  | 'settings'
  | 'report'
>

/**
 * The entry of a key as it may be served, fresh or stale: not dead, not hit by a hard mark, and fitting
 * its schema. A memory store holds only such; what a backend hands out is asked of its schema again. Never rejects.
 */
export async function findEntry(
  ports: EntryReaderPorts,
  key: CacheKey,
): Promise<CacheEntry | undefined> {
  const located = await locateEntry(ports, key)
  return located?.entry
}

/** As `findEntry`, with where it was found. */
export async function locateEntry(
  ports: EntryReaderPorts,
  key: CacheKey,
): Promise<LocatedEntry | undefined> {
  if (ports.memory !== undefined) {
    const entry = ports.memory.get(key)
    return entry === undefined ? undefined : { entry, tier: 'memory' }
  }
  const found = await (ports.shared?.find(key) ?? foundInBackend(ports, key))
  return ports.settings.schema === undefined ? found : located(ports, found)
}

/** As `locateEntry` for each of them, where others share the entries: what isn't here is asked for in one. */
export async function locateEntries(
  ports: EntryReaderPorts,
  keys: readonly CacheKey[],
): Promise<readonly (LocatedEntry | undefined)[]> {
  const { shared } = ports
  if (shared === undefined) return Promise.all(keys.map((key) => locateEntry(ports, key)))
  const found = await shared.findMany(keys)
  if (ports.settings.schema === undefined) return found
  return Promise.all(found.map((one) => located(ports, one)))
}

async function located(
  ports: EntryReaderPorts,
  found: LocatedEntry | undefined,
): Promise<LocatedEntry | undefined> {
  if (found === undefined || ports.settings.schema === undefined) return found
  const entry = await fitting(ports, found.entry)
  return entry === undefined ? undefined : { entry, tier: found.tier }
}

async function foundInBackend(
  { remote }: EntryReaderPorts,
  key: CacheKey,
): Promise<LocatedEntry | undefined> {
  const read = await remote?.get(key)
  return read?.kind === 'found' ? { entry: read.entry, tier: 'repository' } : undefined
}

/** `fitting` for this namespace as it is set now; `undefined`: there is no schema to fit. */
export function fittingOf(
  ports: EntryReaderPorts,
): ((entry: CacheEntry) => Promise<CacheEntry | undefined>) | undefined {
  return ports.settings.schema === undefined ? undefined : (entry) => fitting(ports, entry)
}

/** The entry if its value fits the schema. */
async function fitting(
  ports: EntryReaderPorts,
  entry: CacheEntry,
): Promise<CacheEntry | undefined> {
  const { schema } = ports.settings
  // An absence that a factory found was stored without asking the schema.
  const isAbsence = entry.value === undefined || entry.value === null
  if (schema === undefined || isAbsence) return entry
  try {
    const verdict = await verdictOn(ports, schema, entry)
    if (verdict.fits) return { ...entry, value: verdict.value }
    throw new TypeError(verdict.why)
  } catch (error) {
    ports.report('schema', 'counted a miss', error, entry.key)
    return undefined
  }
}

/** A schema that takes its time has as much of it as the backend: a reader can't wait for ever. */
function verdictOn(
  { scheduler, repositoryTimeoutMs }: EntryReaderPorts,
  schema: StandardSchema,
  entry: CacheEntry,
): SchemaVerdict | Promise<SchemaVerdict> {
  const verdict = schemaCheck(schema, entry.value)
  if (!(verdict instanceof Promise)) return verdict
  const what = `check the value of ${describeValue(entry.key)}`
  return withinDeadline(scheduler, repositoryTimeoutMs, what, () => verdict)
}
