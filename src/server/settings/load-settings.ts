import { checkListeners } from './check-listeners.ts'
import { parseNamespaceOptions, parseNamespaces } from './namespace-settings.ts'
import { didYouMean } from './nearest-name.ts'
import { parseApiKeys } from './parse-api-keys.ts'
import { FILE_SETTINGS, SCALAR_SETTINGS, type ServerSettings } from './server-settings.ts'
import { ENVIRONMENT_PREFIX, environmentName, flagName, readText, type Setting } from './setting.ts'
import { SettingFaults, type SettingOrigin } from './setting-faults.ts'
import { readSettingsFile } from './settings-file.ts'
import { parseTenants } from './tenant-settings.ts'

/** Where settings may be said. Flags win over variables, variables over the file, the file over the defaults. */
export interface SettingsSources {
  /** The working directory. */
  readonly folder: string
  /** By the name of the setting, such as `memory.maxBytes`; `config` is the path of the file. */
  readonly flags: Readonly<Record<string, string | undefined>>
  readonly environment: Readonly<Record<string, string | undefined>>
}

/** The settings, and who said them. */
export interface LoadedSettings {
  readonly settings: ServerSettings
  /** The config file that was read; `undefined` if there was none. */
  readonly filePath: string | undefined
  /** By the name of the setting, in the order of the documentation. */
  readonly origins: ReadonlyMap<string, SettingOrigin>
}

/** Settings on their way in. */
interface Reading {
  readonly flags: SettingsSources['flags']
  readonly environment: ReadonlyMap<string, string>
  /** What the file says, by the name of the setting. */
  readonly fileValues: ReadonlyMap<string, unknown>
  readonly fileOrigin: SettingOrigin
  readonly origins: Map<string, SettingOrigin>
  readonly faults: SettingFaults
}

const SCALARS: readonly Setting<unknown>[] = Object.values(SCALAR_SETTINGS)
const MEMORY_PREFIX = 'memory.'
/** Variables with our prefix that belong to the command line. */
const OTHER_VARIABLES = ['CONFIG', 'URL', 'TOKEN', 'TOKEN_FILE'].map(
  (name) => `${ENVIRONMENT_PREFIX}${name}`,
)
/**
 * What Kubernetes puts into every container beside a Service called platform-cache; its
 * `PLATFORM_CACHE_PORT` is no port but a URL. Source: Kubernetes documentation, Service, environment
 * variables.
 */
const SERVICE_LINK = /^PLATFORM_CACHE_(?:SERVICE_(?:HOST|PORT(?:_\w+)?)|PORT_\d+_\w+)$/
const SERVICE_LINK_PORT = /^PLATFORM_CACHE_PORT=(?:tcp|udp|sctp):\/\//
const DEFAULT_ORIGIN: SettingOrigin = Object.freeze({ source: 'default', label: 'default' })

/**
 * Finds out what the service is told by all who may tell it something.
 *
 * @throws SettingsInvalid with everything that is wrong
 */
export function loadSettings(sources: SettingsSources): LoadedSettings {
  const environment = ownVariables(sources.environment)
  const file = readSettingsFile(sources.folder, namedFile(sources.flags, environment))
  const fileOrigin: SettingOrigin = { source: 'file', label: file?.path ?? 'no file' }
  const faults = new SettingFaults(fileOrigin)
  const reading: Reading = {
    flags: sources.flags,
    environment,
    fileValues: file === undefined ? new Map() : valuesOf(file.content, faults),
    fileOrigin,
    origins: new Map(),
    faults,
  }
  noteUnknownVariables(reading)
  const settings = readSettings(reading)
  checkListeners(settings, (name) => faults.within(reading.origins.get(name) ?? DEFAULT_ORIGIN))
  faults.throwIfAny()
  return { settings, filePath: file?.path, origins: reading.origins }
}

/** The variables that are meant for the service. An empty one is as good as none. */
function ownVariables(environment: SettingsSources['environment']): ReadonlyMap<string, string> {
  const own = new Map<string, string>()
  for (const [name, value] of Object.entries(environment)) {
    if (!name.startsWith(ENVIRONMENT_PREFIX) || value === undefined || value === '') continue
    if (SERVICE_LINK.test(name) || SERVICE_LINK_PORT.test(`${name}=${value}`)) continue
    own.set(name, value)
  }
  return own
}

function namedFile(
  flags: SettingsSources['flags'],
  environment: ReadonlyMap<string, string>,
): { readonly path: string; readonly by: string } | undefined {
  if (flags['config'] !== undefined) return { path: flags['config'], by: '--config' }
  const by = `${ENVIRONMENT_PREFIX}CONFIG`
  const path = environment.get(by)
  return path === undefined ? undefined : { path, by }
}

/** The values of a file by the name of their setting, those under `memory` with their path. */
function valuesOf(content: unknown, faults: SettingFaults): ReadonlyMap<string, unknown> {
  const names = [...SCALARS, ...FILE_SETTINGS].map(({ name }) => name)
  const top = names.filter((name) => !name.startsWith(MEMORY_PREFIX))
  const values = new Map(faults.record('', content, [...top, 'memory'], [...names, 'memory']))
  const memory = values.get('memory')
  values.delete('memory')
  if (memory === undefined) return values
  const known = names
    .filter((name) => name.startsWith(MEMORY_PREFIX))
    .map((name) => name.slice(MEMORY_PREFIX.length))
  for (const [name, value] of faults.record('memory', memory, known)) {
    values.set(`${MEMORY_PREFIX}${name}`, value)
  }
  return values
}

function noteUnknownVariables({ environment, faults }: Reading): void {
  const known = SCALARS.map(({ name }) => environmentName(name))
  const fileOnly = FILE_SETTINGS.map(({ name }) => environmentName(name))
  for (const name of environment.keys()) {
    if (known.includes(name) || OTHER_VARIABLES.includes(name)) continue
    const why = fileOnly.includes(name)
      ? 'only the config file can say this'
      : `there is no such setting${didYouMean(name, [...known, ...OTHER_VARIABLES])}`
    faults.within({ source: 'environment', label: 'environment' }).add(name, why)
  }
}

function readSettings(reading: Reading): ServerSettings {
  const scalar = <T>(setting: Setting<T>): T => readScalar(reading, setting)
  const all = SCALAR_SETTINGS
  return {
    host: scalar(all.host),
    port: scalar(all.port),
    internalHost: scalar(all.internalHost),
    internalPort: scalar(all.internalPort),
    logLevel: scalar(all.logLevel),
    logFormat: scalar(all.logFormat),
    maxBodyBytes: scalar(all.maxBodyBytes),
    drainDelayMs: scalar(all.drainDelay),
    drainTimeoutMs: scalar(all.drainTimeout),
    memory: {
      maxEntries: scalar(all.maxEntries),
      maxBytes: scalar(all.maxBytes),
      evictionPolicy: scalar(all.evictionPolicy),
      storage: scalar(all.storage),
      snapshotDir: scalar(all.snapshotDir),
    },
    ...readStructures(reading),
  }
}

function readStructures(
  reading: Reading,
): Pick<ServerSettings, 'defaults' | 'namespaces' | 'tenants' | 'adminKeys'> {
  const { faults, fileValues, fileOrigin, origins } = reading
  const value = new Map<string, unknown>()
  for (const { name, initial } of FILE_SETTINGS) {
    origins.set(name, fileValues.has(name) ? fileOrigin : DEFAULT_ORIGIN)
    value.set(name, fileValues.has(name) ? fileValues.get(name) : initial)
  }
  const structures = {
    defaults: parseNamespaceOptions(value.get('defaults'), 'defaults', faults),
    namespaces: parseNamespaces(value.get('namespaces'), 'namespaces', faults),
    tenants: parseTenants(value.get('tenants'), 'tenants', faults),
    adminKeys: parseApiKeys(value.get('adminKeys'), 'adminKeys', 'operator', faults),
  }
  noteRepeatedKeyIds(structures, faults)
  return structures
}

/** A key is found by its id, whoever it belongs to. */
function noteRepeatedKeyIds(
  { tenants, adminKeys }: Pick<ServerSettings, 'tenants' | 'adminKeys'>,
  faults: SettingFaults,
): void {
  const holders = new Map<string, string>()
  const lists = [...tenants].map(
    ([name, { apiKeys }]) => [`tenants.${name}.apiKeys`, apiKeys] as const,
  )
  for (const [place, keys] of [...lists, ['adminKeys', adminKeys] as const]) {
    for (const { id } of keys) {
      const other = holders.get(id)
      if (other !== undefined) faults.add(place, `the key id ${id} stands in ${other} already`)
      holders.set(id, place)
    }
  }
}

/** A setting with a fault goes on as its default, so that the others are still looked at. */
function readScalar<T>(reading: Reading, setting: Setting<T>): T {
  const [value, origin] = whatIsSaid(reading, setting)
  reading.origins.set(setting.name, origin)
  const faults = reading.faults.within(origin)
  const parsed = faults.attempt(setting.name, () => [setting.parse(value)] as const)
  return parsed === undefined ? setting.parse(setting.initial) : parsed[0]
}

function whatIsSaid(
  { flags, environment, fileValues, fileOrigin }: Reading,
  { name, initial }: Setting<unknown>,
): readonly [value: unknown, origin: SettingOrigin] {
  const flag = flags[name]
  if (flag !== undefined) return [readText(flag), { source: 'flag', label: flagName(name) }]
  const variable = environmentName(name)
  const text = environment.get(variable)
  if (text !== undefined) return [readText(text), { source: 'environment', label: variable }]
  if (fileValues.has(name)) return [fileValues.get(name), fileOrigin]
  return [initial, DEFAULT_ORIGIN]
}
