import { SettingFaults, SettingsInvalid } from '../../../src/server/settings/setting-faults.ts'

/** What `parse` answers, and the faults that it notes, each without the place where it was said. */
export function parseWithFaults<T>(parse: (faults: SettingFaults) => T): {
  readonly parsed: T
  readonly faults: readonly string[]
} {
  const faults = new SettingFaults({ source: 'file', label: 'f' })
  return { parsed: parse(faults), faults: messagesOf(() => faults.throwIfAny()) }
}

/** The faults with which `act` throws `SettingsInvalid`; none if it doesn't throw. */
export function messagesOf(act: () => unknown): readonly string[] {
  try {
    act()
    return []
  } catch (error) {
    if (!(error instanceof SettingsInvalid)) throw error
    return error.faults.map(({ message }) => message.replace('Cannot use ', '').replace(' (f)', ''))
  }
}
