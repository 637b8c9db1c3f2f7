import {
  DEFAULT_NAMESPACE,
  type NamespaceOptions,
  parseNamespaceName,
  resolveNamespace,
} from '../../core/entities/cache-namespace.ts'
import type { SettingFaults } from './setting-faults.ts'

/** What may be said of a cache in the config file: the same as over HTTP. */
export const NAMESPACE_SETTINGS = [
  'description',
  'ttl',
  'tags',
  'dependsOn',
  'priority',
  'staleWhileRevalidate',
  'staleIfError',
  'jitter',
  'slidingTtl',
  'maxEntries',
  'maxBytes',
  'evictionPolicy',
  'priorityWeights',
  'storage',
  'maxConcurrentLoads',
  'maxQueuedLoads',
] as const

/** Reads the options of one cache. Options with a fault are noted and left out. */
export function parseNamespaceOptions(
  value: unknown,
  setting: string,
  faults: SettingFaults,
): NamespaceOptions {
  const fields = faults.record(setting, value, NAMESPACE_SETTINGS)
  const options: Record<string, unknown> = {}
  for (const [name, option] of fields) {
    // One by one, so that each fault is found, and named with its path.
    const isValid = faults.attempt(`${setting}.${name}`, () => isNamespaceOption(name, option))
    if (isValid === true) options[name] = option
  }
  return options as NamespaceOptions // Each of them has just been accepted.
}

/** Reads the caches that are defined from the start, by name. */
export function parseNamespaces(
  value: unknown,
  setting: string,
  faults: SettingFaults,
): ReadonlyMap<string, NamespaceOptions> {
  const namespaces = new Map<string, NamespaceOptions>()
  for (const [name, options] of faults.entries(setting, value)) {
    const place = `${setting}.${name.slice(0, 100)}`
    const parsed = parseNamespaceOptions(options, place, faults)
    const known = faults.attempt(place, () => parseNamespaceName(name))
    if (known !== undefined) namespaces.set(known, parsed)
  }
  return namespaces
}

/** @throws CacheError */
function isNamespaceOption(name: string, option: unknown): true {
  const options = { [name]: option } as NamespaceOptions // What it is, is found out by resolving it.
  resolveNamespace({ name: 'default', ...DEFAULT_NAMESPACE }, options, Date.now())
  return true
}
