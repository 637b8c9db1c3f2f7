import type { NamespaceOptions } from '../../core/entities/cache-namespace.ts'
import { parseSize, type SizeBytes } from '../../core/value-objects/cache-size.ts'
import type { DurationMs } from '../../core/value-objects/duration.ts'
import {
  EVICTION_POLICIES,
  type EvictionPolicy,
  parseEvictionPolicy,
} from '../../core/value-objects/eviction-policy.ts'
import {
  MEMORY_STORAGES,
  type MemoryStorage,
  parseMemoryStorage,
} from '../../core/value-objects/memory-storage.ts'
import type { ApiKey } from '../api-key.ts'
import { listenHost } from '../listen-host.ts'
import {
  durationUpTo,
  oneOf,
  type Setting,
  type SettingInfo,
  sizeUpTo,
  wholeNumber,
  wrong,
} from './setting.ts'
import type { TenantSettings } from './tenant-settings.ts'

/** How much the service tells. */
export const LOG_LEVELS = ['fatal', 'error', 'warn', 'info', 'debug', 'trace', 'silent'] as const
export type LogLevel = (typeof LOG_LEVELS)[number]

/** How it tells it; `auto`: text on a terminal, else JSON. */
export const LOG_FORMATS = ['auto', 'json', 'text'] as const
export type LogFormat = (typeof LOG_FORMATS)[number]

/** Everything that the service can be told, each decided. */
export interface ServerSettings {
  readonly host: string
  readonly port: number
  readonly internalHost: string
  readonly internalPort: number
  readonly logLevel: LogLevel
  readonly logFormat: LogFormat
  readonly maxBodyBytes: SizeBytes
  readonly drainDelayMs: DurationMs
  readonly drainTimeoutMs: DurationMs
  readonly memory: {
    readonly maxEntries: number | undefined
    readonly maxBytes: SizeBytes
    readonly evictionPolicy: EvictionPolicy
    readonly storage: MemoryStorage
    /** `undefined`: nothing is saved. */
    readonly snapshotDir: string | undefined
  }
  /** What every cache of every tenant begins with. */
  readonly defaults: NamespaceOptions
  /** The caches that every tenant has from the start. */
  readonly namespaces: ReadonlyMap<string, NamespaceOptions>
  readonly tenants: ReadonlyMap<string, TenantSettings>
  readonly adminKeys: readonly ApiKey[]
}

/** The settings of one value each, which flags and variables can say too. */
export interface ScalarSettings {
  readonly host: Setting<string>
  readonly port: Setting<number>
  readonly internalHost: Setting<string>
  readonly internalPort: Setting<number>
  readonly logLevel: Setting<LogLevel>
  readonly logFormat: Setting<LogFormat>
  readonly maxBodyBytes: Setting<SizeBytes>
  readonly drainDelay: Setting<DurationMs>
  readonly drainTimeout: Setting<DurationMs>
  readonly maxEntries: Setting<number | undefined>
  readonly maxBytes: Setting<SizeBytes>
  readonly evictionPolicy: Setting<EvictionPolicy>
  readonly storage: Setting<MemoryStorage>
  readonly snapshotDir: Setting<string | undefined>
}

const PORT = { accepts: 'a port; 0 for any that is free', parse: wholeNumber(0, 65_535) }
const HOST = { accepts: 'an IP address or a host name', parse: listenHost }
const WAIT = { accepts: 'a duration up to 1h', parse: durationUpTo('1h') }
const COUNT = { accepts: 'a whole number from 1', parse: wholeNumber(1, Number.MAX_SAFE_INTEGER) }

export const SCALAR_SETTINGS: ScalarSettings = Object.freeze({
  host: { name: 'host', what: 'Where the public listener listens', initial: '127.0.0.1', ...HOST },
  port: { name: 'port', what: 'The port of the public listener', initial: 7400, ...PORT },
  internalHost: {
    name: 'internalHost',
    what: 'Where the internal listener listens (health, metrics, other services)',
    initial: '127.0.0.1',
    ...HOST,
  },
  internalPort: {
    name: 'internalPort',
    what: 'The port of the internal listener',
    initial: 7401,
    ...PORT,
  },
  logLevel: {
    name: 'logLevel',
    what: 'How much to log; from `debug` on, every request',
    initial: 'info',
    accepts: LOG_LEVELS.join(', '),
    parse: oneOf(LOG_LEVELS),
  },
  logFormat: {
    name: 'logFormat',
    what: 'How to log; `auto` is text on a terminal, else JSON',
    initial: 'auto',
    accepts: LOG_FORMATS.join(', '),
    parse: oneOf(LOG_FORMATS),
  },
  maxBodyBytes: {
    name: 'maxBodyBytes',
    what: 'Largest value of an entry',
    initial: '8mb',
    accepts: 'a size up to 1gb',
    parse: sizeUpTo('1gb'),
  },
  drainDelay: {
    name: 'drainDelay',
    what: 'How long to go on serving after SIGTERM while `readyz` says no, so that load balancers notice',
    initial: '0ms',
    ...WAIT,
  },
  drainTimeout: {
    name: 'drainTimeout',
    what: 'How long the requests that run may take after that, before they are cut off',
    initial: '25s',
    ...WAIT,
  },
  maxEntries: {
    name: 'memory.maxEntries',
    what: 'Most entries of one tenant',
    initial: undefined,
    accepts: COUNT.accepts,
    parse: (value: unknown) => (value === undefined ? undefined : COUNT.parse(value)),
  },
  maxBytes: {
    name: 'memory.maxBytes',
    what: 'Most bytes of one tenant',
    initial: '256mb',
    accepts: 'a size such as 64mb',
    parse: (value: unknown) => parseSize(value, 'maxBytes'),
  },
  evictionPolicy: {
    name: 'memory.evictionPolicy',
    what: 'What leaves first when space runs out',
    initial: 'w-tinylfu',
    accepts: EVICTION_POLICIES.join(', '),
    parse: parseEvictionPolicy,
  },
  storage: {
    name: 'memory.storage',
    what: 'How values are kept: as objects, or as bytes outside the heap',
    initial: 'reference',
    accepts: MEMORY_STORAGES.join(', '),
    parse: parseMemoryStorage,
  },
  snapshotDir: {
    name: 'memory.snapshotDir',
    what: 'The folder in which what memory holds is saved at the end and restored from at the start',
    initial: undefined,
    accepts: 'the path of a folder',
    parse: folderPath,
  },
})

function folderPath(value: unknown): string | undefined {
  if (value === undefined) return undefined
  if (typeof value === 'string' && value !== '' && !value.includes('\0')) return value
  throw wrong('the path of a folder', value)
}

/** The settings that only the config file can say, since they are structures. */
export const FILE_SETTINGS: readonly SettingInfo[] = Object.freeze([
  {
    name: 'defaults',
    what: 'What every cache of every tenant begins with',
    initial: {},
    accepts: 'options of a cache',
  },
  {
    name: 'namespaces',
    what: 'The caches that every tenant has from the start',
    initial: {},
    accepts: 'name: options of a cache',
  },
  {
    name: 'tenants',
    what: 'The tenants, with their limits and API keys',
    initial: {},
    accepts: 'name: a tenant',
  },
  {
    name: 'adminKeys',
    what: 'The API keys of operators',
    initial: [],
    accepts: 'a list of API keys',
  },
])
