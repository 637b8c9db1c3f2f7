/** What all nodes of a simulated world share: time, chance, servers, and the truth that is cached. */

import { type FlightMembership, isReached } from '../../src/application/services/single-flight.ts'
import type { InvalidationScope } from '../../src/core/entities/invalidation-mark.ts'
import type { KeyMatcher } from '../../src/core/protocols/regex-engine.ts'
import type { CacheKey } from '../../src/core/value-objects/cache-key.ts'
import type { CacheTag, DependencyName } from '../../src/core/value-objects/cache-tag.ts'
import { parseInvalidationPattern } from '../../src/core/value-objects/invalidation-pattern.ts'
import type { History } from './history.ts'
import type { RedisServers } from './redis-servers.ts'
import type { Safeguards } from './safeguards.ts'
import type { SeededRandom } from './seeded-random.ts'
import type { SimulatedTime } from './simulated-time.ts'

export const NAMESPACE = 'ns'

function member(key: string, tags: readonly string[], depends: string): FlightMembership {
  return {
    key: key as CacheKey,
    tags: tags.map((tag) => tag as CacheTag),
    dependsOn: [depends as DependencyName],
  }
}

/** All there is to cache. */
export const MEMBERS: readonly FlightMembership[] = [
  member('k:a', ['t1'], 'team'),
  member('k:b', ['t1', 't2'], 'org'),
  member('m:c', [], 'org'),
]

export function memberOf(key: CacheKey): FlightMembership {
  const found = MEMBERS.find((one) => one.key === key)
  if (found === undefined) throw new RangeError(`Cannot find ${key}: expected a key of the world`)
  return found
}

/** What can be invalidated. */
export const SCOPES: readonly InvalidationScope[] = [
  ...MEMBERS.map(({ key }): InvalidationScope => ({ kind: 'key', key })),
  ...MEMBERS.map(({ key }): InvalidationScope => ({ kind: 'key', key })),
  { kind: 'tag', tag: 't1' as CacheTag },
  { kind: 'tag', tag: 't2' as CacheTag },
  { kind: 'prefix', prefix: 'k:' },
  { kind: 'namespace' },
]

function dependency(...closure: readonly string[]): InvalidationScope {
  const names = closure.map((name) => name as DependencyName)
  return { kind: 'dependency', dependency: names[0] ?? ('' as DependencyName), closure: names }
}

/** In rich worlds also: dependencies, whose graph changes so that one closure is now wide and now narrow, and patterns. */
export const RICH_SCOPES: readonly InvalidationScope[] = [
  ...SCOPES,
  dependency('org', 'team'),
  dependency('org'),
  dependency('team'),
  { kind: 'pattern', pattern: '*:b' },
  { kind: 'regex', regex: '[ac]$' },
]

/** The compiled form of a pattern of this world. */
export function compiled(scope: InvalidationScope): KeyMatcher | undefined {
  if (scope.kind === 'regex') {
    const regex = new RegExp(scope.regex)
    return (key) => regex.test(key)
  }
  if (scope.kind !== 'pattern') return undefined
  const pattern = parseInvalidationPattern(scope.pattern)
  return (key) => pattern.matches(key)
}

/** How long factories take, and how often they hang. */
export interface FactoryHabits {
  readonly maxMs: number
  readonly hangShare: number
}

/** Versions of what is cached: each write makes the next one. */
export class Truth {
  readonly #versions = new Map<CacheKey, number>()

  versionOf(key: CacheKey): number {
    return this.#versions.get(key) ?? 0
  }

  /** The versions of all that the scope reaches. */
  versionsOf(scope: InvalidationScope): ReadonlyMap<CacheKey, number> {
    const reached = MEMBERS.filter((one) => isReached(one, scope, compiled(scope)))
    return new Map(reached.map(({ key }) => [key, this.versionOf(key)]))
  }

  /** Writes all that the scope reaches; answers the new versions. */
  write(scope: InvalidationScope): ReadonlyMap<CacheKey, number> {
    for (const [key, version] of this.versionsOf(scope)) this.#versions.set(key, version + 1)
    return this.versionsOf(scope)
  }
}

export interface World {
  readonly time: SimulatedTime
  readonly random: SeededRandom
  /** Hold the log. */
  readonly servers: RedisServers
  /** Hold values and leases: the same servers, or in a cluster others. */
  readonly values: RedisServers
  readonly truth: Truth
  readonly history: History
  readonly safeguards: Safeguards
  readonly habits: FactoryHabits
  /** How often a read of L2 goes to the replica. */
  readonly replicaShare: number
  /** Soft marks, dependencies, patterns, several keys at once, lookups without a factory, prolonged lives. */
  readonly isRich: boolean
}
