import { isLoopback } from '../listen-host.ts'
import type { ServerSettings } from './server-settings.ts'
import type { SettingFaults } from './setting-faults.ts'

/** True if the public listener asks who calls; without any key it can't. */
export function hasCredentials(settings: ServerSettings): boolean {
  if (settings.adminKeys.length > 0) return true
  return [...settings.tenants.values()].some(({ apiKeys }) => apiKeys.length > 0)
}

/**
 * Notes listeners that would stand open to the network without anybody being asked who they are, and
 * listeners that contradict each other.
 *
 * @param faultsOf where to note the faults of a setting
 */
export function checkListeners(
  settings: ServerSettings,
  faultsOf: (setting: string) => SettingFaults,
): void {
  if (!hasCredentials(settings)) {
    for (const name of ['host', 'internalHost'] as const) {
      if (isLoopback(settings[name])) continue
      const why = `expected an address of this machine alone such as 127.0.0.1, since no API key is configured, got ${settings[name]}; to listen elsewhere, make a key with: platform-cache config create-key`
      faultsOf(name).add(name, why)
    }
  }
  const { host, port, internalHost, internalPort } = settings
  if (port !== 0 && port === internalPort && sharesAddress(host, internalHost)) {
    faultsOf('internalPort').add(
      'internalPort',
      `expected another port than that of the public listener, got ${port} for both`,
    )
  }
}

function sharesAddress(one: string, other: string): boolean {
  const all = ['0.0.0.0', '::']
  return one === other || all.includes(one) || all.includes(other)
}
