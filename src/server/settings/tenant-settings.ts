import { parseNamespaceName } from '../../core/entities/cache-namespace.ts'
import { parseSize, type SizeBytes } from '../../core/value-objects/cache-size.ts'
import {
  type EvictionPolicy,
  parseEvictionPolicy,
} from '../../core/value-objects/eviction-policy.ts'
import type { ApiKey } from '../api-key.ts'
import { parseApiKeys } from './parse-api-keys.ts'
import { wholeNumber, wrong } from './setting.ts'
import type { SettingFaults } from './setting-faults.ts'

/** What is said of a tenant. `undefined`: what the settings under `memory` say. */
export interface TenantSettings {
  readonly description: string
  readonly maxEntries: number | undefined
  readonly maxBytes: SizeBytes | undefined
  readonly evictionPolicy: EvictionPolicy | undefined
  readonly apiKeys: readonly ApiKey[]
}

/** A tenant of which nothing is said. */
export const DEFAULT_TENANT_SETTINGS: TenantSettings = Object.freeze({
  description: '',
  maxEntries: undefined,
  maxBytes: undefined,
  evictionPolicy: undefined,
  apiKeys: Object.freeze([]),
})

const FIELDS = ['description', 'maxEntries', 'maxBytes', 'evictionPolicy', 'apiKeys']
const MAX_DESCRIPTION_LENGTH = 1000

/** Reads the tenants, by name. */
export function parseTenants(
  value: unknown,
  setting: string,
  faults: SettingFaults,
): ReadonlyMap<string, TenantSettings> {
  const tenants = new Map<string, TenantSettings>()
  for (const [name, fields] of faults.entries(setting, value)) {
    const place = `${setting}.${name.slice(0, 100)}`
    const tenant = parseTenant(fields, place, faults)
    const known = faults.attempt(place, () => parseNamespaceName(name))
    if (known !== undefined) tenants.set(known, tenant)
  }
  return tenants
}

function parseTenant(value: unknown, place: string, faults: SettingFaults): TenantSettings {
  const fields = faults.record(place, value, FIELDS)
  const optional = <T>(name: string, parse: (field: unknown) => T): T | undefined => {
    const field = fields.get(name)
    return field === undefined ? undefined : faults.attempt(`${place}.${name}`, () => parse(field))
  }
  return {
    description: optional('description', parseDescription) ?? DEFAULT_TENANT_SETTINGS.description,
    maxEntries: optional('maxEntries', wholeNumber(1, Number.MAX_SAFE_INTEGER)),
    maxBytes: optional('maxBytes', (field) => parseSize(field, 'maxBytes')),
    evictionPolicy: optional('evictionPolicy', parseEvictionPolicy),
    apiKeys: parseApiKeys(fields.get('apiKeys'), `${place}.apiKeys`, 'tenant', faults),
  }
}

function parseDescription(value: unknown): string {
  if (typeof value === 'string' && value.length <= MAX_DESCRIPTION_LENGTH) return value
  throw wrong(`text of at most ${MAX_DESCRIPTION_LENGTH} characters`, value)
}
