import type { ApiKey } from '../api-key.ts'
import type { LoadedSettings } from './load-settings.ts'
import type { ServerSettings } from './server-settings.ts'
import type { SettingOrigin } from './setting-faults.ts'

/** A setting as it is in effect. */
export interface ShownSetting {
  readonly name: string
  /** Made of JSON values; `null`: not set. Secrets are masked. */
  readonly value: unknown
  readonly source: SettingOrigin['source']
  /** The flag, the variable or the file; `default` if nobody said it. */
  readonly from: string
}

/** Stands for what isn't shown. */
const MASK = '********'

/** All settings in effect with who said them, in the order of the documentation. */
export function showSettings({ settings, origins }: LoadedSettings): readonly ShownSetting[] {
  const values = valuesOf(settings)
  return [...origins].map(([name, { source, label }]) => ({
    name,
    value: values.get(name) ?? null,
    source,
    from: label,
  }))
}

function valuesOf(settings: ServerSettings): ReadonlyMap<string, unknown> {
  const { memory, namespaces, tenants, adminKeys, drainDelayMs, drainTimeoutMs, ...rest } = settings
  const shownTenants = [...tenants].map(([name, { apiKeys, ...tenant }]) => [
    name,
    { ...tenant, apiKeys: apiKeys.map(masked) },
  ])
  return new Map<string, unknown>([
    ...Object.entries(rest),
    ...Object.entries(memory).map(([name, value]) => [`memory.${name}`, value] as const),
    ['drainDelay', `${drainDelayMs}ms`],
    ['drainTimeout', `${drainTimeoutMs}ms`],
    ['namespaces', Object.fromEntries(namespaces)],
    ['tenants', Object.fromEntries(shownTenants)],
    ['adminKeys', adminKeys.map(masked)],
  ])
}

/** Who knows the digest can't use the key, but could tell whether a key that he has found is this one. */
function masked({ expiresAtMs, ...key }: ApiKey): object {
  const expiresAt = expiresAtMs === undefined ? null : new Date(expiresAtMs).toISOString()
  return { ...key, sha256: MASK, expiresAt }
}
