import { type Command, Option } from 'commander'
import { type LoadedSettings, loadSettings } from '../server/settings/load-settings.ts'
import { SCALAR_SETTINGS } from '../server/settings/server-settings.ts'
import { environmentName, flagName, type SettingInfo } from '../server/settings/setting.ts'
import type { Terminal } from './terminal.ts'

/** Options as they were parsed, by the parser's own names. */
export type SettingOptions = Readonly<Record<string, unknown>>

interface SettingFlag {
  readonly setting: string
  readonly option: Option
}

/** Adds a flag for each setting that a flag can say, and `--config`. */
export function addSettingOptions(command: Command): Command {
  for (const { option } of settingFlags()) command.addOption(option)
  return command
}

/**
 * The settings, with what the flags say before all else.
 *
 * @throws SettingsInvalid
 */
export function settingsOf(options: SettingOptions, terminal: Terminal): LoadedSettings {
  const flags: Record<string, string> = {}
  for (const { setting, option } of settingFlags()) {
    const value = options[option.attributeName()]
    if (typeof value === 'string') flags[setting] = value
  }
  return loadSettings({ folder: terminal.folder, flags, environment: terminal.environment })
}

function settingFlags(): SettingFlag[] {
  const scalars: readonly SettingInfo[] = Object.values(SCALAR_SETTINGS)
  const config = new Option(
    '--config <path>',
    'the config file (or PLATFORM_CACHE_CONFIG; default: platform-cache.config.json, if there is one)',
  )
  const others = scalars.map((info) => ({
    setting: info.name,
    option: new Option(`${flagName(info.name)} <value>`, describe(info)),
  }))
  return [{ setting: 'config', option: config }, ...others]
}

function describe({ name, what, accepts, initial }: SettingInfo): string {
  const byDefault = initial === undefined ? 'no limit' : String(initial)
  return `${what}: ${accepts} (or ${environmentName(name)}; default: ${byDefault})`.replaceAll(
    '`',
    '',
  )
}
