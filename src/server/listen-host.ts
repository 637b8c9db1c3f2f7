import { isIP } from 'node:net'
import { wrong } from './settings/setting.ts'

const HOST_NAME = /^[A-Za-z0-9](?:[A-Za-z0-9.-]{0,251}[A-Za-z0-9])?$/

/**
 * An address to listen at. `localhost` is 127.0.0.1 here: it may name two addresses, and then one
 * listener would be two.
 *
 * @throws CacheError CACHE_OPTION_INVALID
 */
export function listenHost(value: unknown): string {
  const host = typeof value === 'string' ? value.replace(/^\[(.*)\]$/, '$1') : ''
  if (host.toLowerCase() === 'localhost') return '127.0.0.1'
  // Digits and dots that are no address are a mistyped address, not a name.
  if (isIP(host) !== 0 || (HOST_NAME.test(host) && !/^[\d.]+$/.test(host))) return host
  throw wrong('an IP address or a host name', value)
}

/** True if only this machine reaches a listener at this address. Names other than `localhost` count as not. */
export function isLoopback(host: string): boolean {
  if (isIP(host) === 4) return host.startsWith('127.')
  return host === '::1' || host.toLowerCase() === 'localhost'
}

/** The URL of a listener: IPv6 addresses stand in brackets. */
export function listenUrl(host: string, port: number): string {
  return `http://${isIP(host) === 6 ? `[${host}]` : host}:${port}`
}
