import { CacheError } from '../exceptions/cache-error.ts'
import { describeValue } from '../exceptions/describe-value.ts'
import type { RedisEndpoint } from '../protocols/redis-options.ts'

const DEFAULT_PORT = 6379
const MAX_PORT = 65_535
const FORM = 'expected redis://user:password@host:port/database, or rediss:// for TLS'

/** @throws CacheError CACHE_OPTION_INVALID; the message never repeats the URL, since a password may stand in it */
export function parseRedisUrl(value: unknown): RedisEndpoint {
  if (typeof value !== 'string' || !URL.canParse(value)) throw invalidUrl('got something else')
  const url = new URL(value)
  if (!['redis:', 'rediss:', 'unix:'].includes(url.protocol))
    throw invalidUrl(`got the scheme ${url.protocol.slice(0, 20)}`)
  if (url.search !== '' || url.hash !== '')
    throw invalidUrl('got a ? or #: encode it, or give options')
  const isSocket = url.protocol === 'unix:'
  return {
    host: isSocket ? 'localhost' : hostOf(url),
    port: url.port === '' ? DEFAULT_PORT : Number(url.port),
    path: isSocket ? decoded(url.pathname) : undefined,
    tls: url.protocol === 'rediss:' ? {} : undefined,
    username: url.username === '' ? undefined : decoded(url.username),
    password: url.password === '' ? undefined : decoded(url.password),
    database: isSocket ? 0 : databaseOf(url.pathname),
  }
}

/**
 * @param defaultPort what holds if the text names none
 * @throws CacheError CACHE_OPTION_INVALID
 */
export function parseRedisAddress(
  value: unknown,
  option: string,
  defaultPort: number,
): { readonly host: string; readonly port: number } {
  const { host, port } =
    typeof value === 'string' ? splitAddress(value, defaultPort) : fieldsOf(value)
  const number = port ?? defaultPort
  const isPort =
    typeof number === 'number' && Number.isInteger(number) && number > 0 && number <= MAX_PORT
  if (typeof host === 'string' && /^[^\s/@]+$/.test(host) && isPort) return { host, port: number }
  throw new CacheError(
    'CACHE_OPTION_INVALID',
    `Cannot use ${option}: expected host:port, or an object with host and port, got ${describeValue(isPort ? (host ?? value) : number)}`,
  )
}

/** The colons of an IPv6 address stand in brackets, or there is no port. */
function splitAddress(text: string, defaultPort: number): { host: string; port: number } {
  const [, bracketed, rest = ''] = /^\[([^\]]+)\](.*)$/.exec(text) ?? []
  if (bracketed !== undefined)
    return { host: bracketed, port: portOf(rest.replace(/^:/, ''), defaultPort) }
  const colon = text.indexOf(':')
  if (colon < 0 || colon !== text.lastIndexOf(':')) return { host: text, port: defaultPort }
  return { host: text.slice(0, colon), port: portOf(text.slice(colon + 1), defaultPort) }
}

function portOf(text: string, defaultPort: number): number {
  if (text === '') return defaultPort
  return /^\d{1,5}$/.test(text) ? Number(text) : Number.NaN
}

function fieldsOf(value: unknown): { readonly host?: unknown; readonly port?: unknown } {
  return typeof value === 'object' && value !== null ? value : {}
}

function hostOf(url: URL): string {
  if (url.hostname === '') return 'localhost'
  return url.hostname.replace(/^\[(.*)\]$/, '$1')
}

function databaseOf(path: string): number {
  if (path === '' || path === '/') return 0
  if (/^\/\d{1,5}$/.test(path)) return Number(path.slice(1))
  throw invalidUrl('got a path that is no number')
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text)
  } catch (cause) {
    throw invalidUrl('got a % that encodes nothing', cause)
  }
}

function invalidUrl(got: string, cause?: unknown): CacheError {
  return new CacheError('CACHE_OPTION_INVALID', `Cannot use redis.url: ${FORM}, ${got}`, { cause })
}
