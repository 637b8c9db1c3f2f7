import type { Scope } from '../../src/api/dependencies/cache-dependencies.ts'
import { type ApiKey, createApiKey, digestApiKey } from '../../src/server/api-key.ts'
import { loadSettings } from '../../src/server/settings/load-settings.ts'
import type { ServerSettings } from '../../src/server/settings/server-settings.ts'
import {
  DEFAULT_TENANT_SETTINGS,
  type TenantSettings,
} from '../../src/server/settings/tenant-settings.ts'

/** The default settings on free ports, silent, but for what is said. */
export function settingsWith(changes: Partial<ServerSettings> = {}): ServerSettings {
  const flags = { port: '0', internalPort: '0', logLevel: 'silent' }
  const { settings } = loadSettings({ folder: '/nowhere', flags, environment: {} })
  return { ...settings, ...changes }
}

/** A key with what the config file says of it. */
export interface TestKey {
  readonly key: string
  readonly record: ApiKey
}

export function testKey(scopes: readonly Scope[], expiresAtMs?: number): TestKey {
  const { key, id } = createApiKey()
  const sha256 = digestApiKey(key).toString('hex')
  return { key, record: { id, sha256, scopes, expiresAtMs } }
}

export function adminKey(): TestKey {
  return testKey(['admin:read', 'admin:write'])
}

/** A tenant with these keys, as the settings have it. */
export function tenantWith(
  name: string,
  apiKeys: readonly ApiKey[],
  limits: Partial<TenantSettings> = {},
): ReadonlyMap<string, TenantSettings> {
  return new Map([[name, { ...DEFAULT_TENANT_SETTINGS, ...limits, apiKeys }]])
}
