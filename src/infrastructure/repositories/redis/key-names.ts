/**
 * The names of what lies in Redis:
 *
 *     cache:acme:users:user:1              a value: prefix, tenant, namespace, key
 *     cache:{cache:acme:users:user:1}      its lease
 *     cache:{cache:acme}:log               the log of the tenant's cache, and what goes with it
 *
 * Everything begins with the prefix, so that one ACL pattern covers it. In a cluster what stands in braces
 * decides about the slot, or the whole name if there are none: so a lease lies where its value lies, values
 * lie everywhere, and the log with all that goes with it in one slot. `%`, `{` and `}` are written in per cent, and `:`
 * too before the key; so the first three colons of a value part it, and no name can be read in two ways.
 */
import { type CacheKey, parseCacheKey } from '../../../core/value-objects/cache-key.ts'

/** Which cache it is. */
export interface CacheIdentity {
  /** The name of the cache. */
  readonly prefix: string
  /** Empty if there are no tenants. */
  readonly tenant: string
}

/** The names of one namespace. Two namespaces, tenants or prefixes have no name in common. */
export interface KeyNames {
  value(key: CacheKey): string
  /** The key of which this is the value; `undefined` for all other names. */
  keyOf(valueName: string): CacheKey | undefined
  /** A pattern for SCAN that matches the values whose keys begin with this text, and nothing else. */
  pattern(keyPrefix: string): string
}

/** The names of what a cache has once, all in one slot. */
export interface LogNames {
  /** A hash: what the log says of itself (log-lua.ts). In one key, so that none of it is lost without the rest. */
  readonly head: string
  /** The stream of marks. */
  readonly log: string
  /** A hash of scopes, each with the seq of its newest mark. */
  readonly marks: string
  /** A sorted set of what depends on what (change-edges-call.ts). */
  readonly edges: string
  /** The lease of whoever sweeps. */
  readonly sweep: string
  /** A hash of the nodes that take part, each with its horizon. */
  readonly nodes: string
  /** Never there: what scripts delete when they have nothing to delete. */
  readonly nothing: string
  /** The channel on which marks are announced. */
  readonly doorbell: string
}

const UNSAFE_IN_KEY = /[%{}]/g
const UNSAFE_IN_PART = /[%{}:]/g
const ESCAPE = /%(?:25|7B|7D)/g
const PART_ESCAPE = /%(?:25|7B|7D|3A)/g
const GLOB_CHARACTER = /[*?[\]\\^]/g

export function keyNames(cache: CacheIdentity, namespace: string): KeyNames {
  const start = `${partText(cache.prefix)}:${partText(cache.tenant)}:${partText(namespace)}:`
  const value = (key: string): string => start + inPerCent(key, UNSAFE_IN_KEY)
  return {
    value,
    keyOf: (valueName) => {
      if (!valueName.startsWith(start)) return undefined
      const key = parsed(valueName.slice(start.length).replace(ESCAPE, decodeURIComponent))
      // Another way to write the same key is not ours: there would be two names for one key.
      return key !== undefined && value(key) === valueName ? key : undefined
    },
    pattern: (keyPrefix) => `${value(keyPrefix).replace(GLOB_CHARACTER, '\\$&')}*`,
  }
}

/** The values of all namespaces. */
export interface ValueNames {
  /** A pattern for SCAN that matches all of them, and nothing else. */
  readonly pattern: string
  /** What lies under this name; `undefined` if no value does. */
  placeOf(valueName: string): { readonly namespace: string; readonly key: CacheKey } | undefined
}

export function valueNames(cache: CacheIdentity): ValueNames {
  const start = `${partText(cache.prefix)}:${partText(cache.tenant)}:`
  const known = new Map<string, KeyNames>()
  const namesOf = (namespace: string): KeyNames => {
    const names = known.get(namespace) ?? keyNames(cache, namespace)
    known.set(namespace, names)
    return names
  }
  return {
    pattern: `${start.replace(GLOB_CHARACTER, '\\$&')}*`,
    placeOf: (valueName) => {
      if (!valueName.startsWith(start)) return undefined
      const end = valueName.indexOf(':', start.length)
      if (end === -1) return undefined
      const text = valueName.slice(start.length, end)
      const namespace = text.replace(PART_ESCAPE, decodeURIComponent)
      if (partText(namespace) !== text) return undefined
      const key = namesOf(namespace).keyOf(valueName)
      return key && { namespace, key }
    },
  }
}

/** The name of the lease of a value. */
export function leaseName(cache: CacheIdentity, valueName: string): string {
  return `${partText(cache.prefix)}:{${valueName}}`
}

export function logNames(cache: CacheIdentity): LogNames {
  const prefix = partText(cache.prefix)
  const start = `${prefix}:{${prefix}:${partText(cache.tenant)}}`
  return {
    head: `${start}:head`,
    log: `${start}:log`,
    marks: `${start}:marks`,
    edges: `${start}:edges`,
    sweep: `${start}:sweep`,
    nodes: `${start}:nodes`,
    nothing: `${start}:nothing`,
    doorbell: `${start}:doorbell`,
  }
}

function partText(part: string): string {
  return inPerCent(part, UNSAFE_IN_PART)
}

function inPerCent(text: string, unsafe: RegExp): string {
  return text.replace(unsafe, (character) => {
    return `%${character.charCodeAt(0).toString(16).toUpperCase()}`
  })
}

function parsed(text: string): CacheKey | undefined {
  try {
    return parseCacheKey(text)
  } catch {
    return undefined // Whoever lists skips what isn't ours.
  }
}
