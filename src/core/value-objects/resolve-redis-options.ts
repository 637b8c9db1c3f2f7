import { CacheError } from '../exceptions/cache-error.ts'
import { describeValue } from '../exceptions/describe-value.ts'
import type { RedisEndpoint, RedisOptions } from '../protocols/redis-options.ts'
import { type DurationMs, parseDuration } from './duration.ts'
import { parseRedisAddress, parseRedisUrl } from './parse-redis-url.ts'

interface CommonSettings {
  readonly deadlineMs: DurationMs
  readonly connectTimeoutMs: DurationMs
}

/** The same with every field decided. `login` is an endpoint whose place is still open. */
export type RedisSettings = CommonSettings &
  (
    | { readonly kind: 'standalone'; readonly endpoint: RedisEndpoint }
    | {
        readonly kind: 'sentinel'
        readonly name: string
        readonly sentinels: readonly RedisEndpoint[]
        readonly login: RedisEndpoint
      }
    | { readonly kind: 'cluster'; readonly seeds: readonly RedisEndpoint[] }
    | { readonly kind: 'client'; readonly client: object }
  )

const LOGIN_NAMES = ['username', 'password', 'database', 'tls', 'timeout', 'connectTimeout']
const NAMES: Readonly<Record<RedisSettings['kind'], readonly string[]>> = {
  standalone: ['url', 'host', 'port', 'path', ...LOGIN_NAMES],
  sentinel: ['sentinels', 'name', 'sentinelUsername', 'sentinelPassword', ...LOGIN_NAMES],
  cluster: ['cluster', ...LOGIN_NAMES],
  client: ['client', 'timeout'],
}
const DEFAULT_PORT = 6379
const DEFAULT_SENTINEL_PORT = 26_379

/** What holds when nothing is said. */
export const DEFAULT_REDIS_TIMEOUTS: CommonSettings = Object.freeze({
  deadlineMs: parseDuration('250ms', 'redis.timeout'),
  connectTimeoutMs: parseDuration('1s', 'redis.connectTimeout'),
})

/** @throws CacheError CACHE_OPTION_INVALID; no message holds a password */
export function resolveRedisOptions(options: RedisOptions): RedisSettings {
  if (typeof options === 'string') return resolveRedisOptions({ url: options })
  if (typeof options !== 'object' || options === null)
    throw invalid('redis', `expected a URL or an object, got ${describeValue(options)}`)
  const kind = kindOf(options)
  rejectUnknown(options, kind)
  // Of each field its parser checks what it is.
  const fields = options as Readonly<Record<string, unknown>>
  const common = {
    deadlineMs: timeoutOf(fields['timeout'], 'timeout', DEFAULT_REDIS_TIMEOUTS.deadlineMs),
    connectTimeoutMs: timeoutOf(
      fields['connectTimeout'],
      'connectTimeout',
      DEFAULT_REDIS_TIMEOUTS.connectTimeoutMs,
    ),
  }
  switch (kind) {
    case 'standalone':
      return { ...common, kind, endpoint: serverOf(fields) }
    case 'sentinel':
      return { ...common, kind, ...sentinelsOf(fields) }
    case 'cluster':
      return { ...common, kind, seeds: clusterOf(fields) }
    case 'client':
      return { ...common, kind, client: clientOf(fields['client']) }
  }
}

function kindOf(options: object): RedisSettings['kind'] {
  const given = ['sentinels', 'cluster', 'client'].filter((name) => name in options)
  if (given.length > 1)
    throw invalid(`redis.${given[0]} with redis.${given[1]}`, 'they exclude each other')
  if (given[0] === undefined) return 'standalone'
  if (given[0] === 'sentinels') return 'sentinel'
  return given[0] === 'cluster' ? 'cluster' : 'client'
}

function rejectUnknown(options: object, kind: RedisSettings['kind']): void {
  for (const name of Object.keys(options)) {
    if (NAMES[kind].includes(name)) continue
    throw invalid(
      `the redis option ${name.slice(0, 100)}`,
      `expected one of ${NAMES[kind].join(', ')}`,
    )
  }
}

function serverOf(fields: Readonly<Record<string, unknown>>): RedisEndpoint {
  const { url, host, port, path } = fields
  const places = Object.entries({ url, path, host }).filter(([, value]) => value !== undefined)
  if (places.length > 1)
    throw invalid(`redis.${places[0]?.[0]} with redis.${places[1]?.[0]}`, 'they exclude each other')
  if (places.length === 0 && port === undefined)
    throw invalid(
      'redis',
      'expected url, host, path, sentinels, cluster or client, got none of them',
    )
  const [place] = places[0] ?? []
  if (port !== undefined && (place === 'url' || place === 'path'))
    throw invalid(`redis.port with redis.${place}`, 'they exclude each other')
  if (url !== undefined) return urlOf(url, fields)
  const base = { ...NOBODY, ...given(loginOf(fields)) }
  if (path !== undefined) return { ...base, path: textOf(path, 'path') }
  const address = parseRedisAddress(
    { host: host ?? 'localhost', port: port ?? DEFAULT_PORT },
    'redis',
    0,
  )
  return { ...base, ...address }
}

function urlOf(url: unknown, fields: Readonly<Record<string, unknown>>): RedisEndpoint {
  const endpoint = parseRedisUrl(url)
  if (endpoint.tls !== undefined && fields['tls'] === false)
    throw invalid('redis.tls with rediss:', 'they contradict each other')
  return { ...endpoint, ...given(loginOf(fields)) }
}

const NOBODY: RedisEndpoint = {
  host: 'localhost',
  port: DEFAULT_PORT,
  path: undefined,
  tls: undefined,
  username: undefined,
  password: undefined,
  database: 0,
}

function sentinelsOf(fields: Readonly<Record<string, unknown>>): {
  readonly name: string
  readonly sentinels: readonly RedisEndpoint[]
  readonly login: RedisEndpoint
} {
  const login = { ...NOBODY, ...given(loginOf(fields)) }
  const own = given({
    username: optionalText(fields['sentinelUsername'], 'sentinelUsername'),
    password: optionalText(fields['sentinelPassword'], 'sentinelPassword'),
    tls: login.tls,
  })
  return {
    name: textOf(fields['name'], 'name'),
    sentinels: addressesOf(fields['sentinels'], 'sentinels', DEFAULT_SENTINEL_PORT).map(
      (address) => ({
        ...NOBODY,
        ...own,
        ...address,
      }),
    ),
    login,
  }
}

function clusterOf(fields: Readonly<Record<string, unknown>>): readonly RedisEndpoint[] {
  const login = { ...NOBODY, ...given(loginOf(fields)) }
  if (login.database !== 0)
    throw invalid('redis.database with redis.cluster', 'a cluster has only the database 0')
  return addressesOf(fields['cluster'], 'cluster', DEFAULT_PORT).map((address) => ({
    ...login,
    ...address,
  }))
}

function addressesOf(
  value: unknown,
  name: string,
  defaultPort: number,
): readonly { readonly host: string; readonly port: number }[] {
  if (!Array.isArray(value) || value.length === 0)
    throw invalid(`redis.${name}`, `expected a list of addresses, got ${describeValue(value)}`)
  return value.map((address: unknown) => parseRedisAddress(address, `redis.${name}`, defaultPort))
}

function loginOf(fields: Readonly<Record<string, unknown>>): Partial<Undefinable<RedisEndpoint>> {
  return {
    username: optionalText(fields['username'], 'username'),
    password: optionalText(fields['password'], 'password'),
    database: databaseOf(fields['database']),
    tls: tlsOf(fields['tls']),
  }
}

type Undefinable<T> = { readonly [K in keyof T]: T[K] | undefined }

/** Only the fields that are there: what isn't said doesn't outdo a URL. */
function given<T extends object>(fields: T): { [K in keyof T]?: Exclude<T[K], undefined> } {
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined)) as {
    [K in keyof T]?: Exclude<T[K], undefined>
  }
}

function tlsOf(value: unknown): Readonly<Record<string, unknown>> | undefined {
  if (value === undefined || value === false) return undefined
  if (value === true) return {}
  if (typeof value === 'object' && value !== null) return { ...value }
  throw invalid('redis.tls', `expected true, false or an object, got ${describeValue(value)}`)
}

function databaseOf(value: unknown): number | undefined {
  if (value === undefined) return undefined
  if (typeof value === 'number' && Number.isInteger(value) && value >= 0) return value
  throw invalid('redis.database', `expected a whole number from 0, got ${describeValue(value)}`)
}

function optionalText(value: unknown, name: string): string | undefined {
  return value === undefined ? undefined : textOf(value, name)
}

/** The value isn't repeated: it may be a password. */
function textOf(value: unknown, name: string): string {
  if (typeof value === 'string' && value !== '') return value
  throw invalid(
    `redis.${name}`,
    `expected a text that isn't empty, got ${typeof value === 'string' ? 'an empty one' : describeValue(value)}`,
  )
}

function timeoutOf(value: unknown, name: string, base: DurationMs): DurationMs {
  if (value === undefined) return base
  const ms = parseDuration(value, `redis.${name}`)
  if (ms > 0) return ms
  throw invalid(`redis.${name}`, 'expected at least one millisecond, got 0')
}

function clientOf(value: unknown): object {
  if (typeof value === 'object' && value !== null) return value
  throw invalid(
    'redis.client',
    `expected a client of node-redis or ioredis, got ${describeValue(value)}`,
  )
}

function invalid(what: string, why: string): CacheError {
  return new CacheError('CACHE_OPTION_INVALID', `Cannot use ${what}: ${why}`)
}
