import type { InvalidationTarget } from '../../../src/application/commands/invalidate-pattern.ts'
import type { NamespaceCache } from '../../../src/application/services/namespace-cache.ts'
import type { FakeClock } from '../../../src/testing/fake-clock.ts'
import type { CacheStage } from '../../fakes/cache-stage.ts'

/** Keys of the world; `a:…` share a prefix and the tag `a`. */
export const KEYS = ['a:1', 'a:2', 'b:1'] as const
export type WorldKey = (typeof KEYS)[number]

/** One thing that somebody does in the world. Times are in milliseconds. */
export type Act =
  | {
      readonly do: 'read'
      readonly key: WorldKey
      readonly how: 'get' | 'peek' | 'lookup' | 'getMany'
    }
  | {
      readonly do: 'load'
      readonly key: WorldKey
      readonly runMs: number
      readonly end: 'value' | 'error' | 'hang'
      readonly lateTags: boolean
      readonly ttl: number
      readonly swr: number
      readonly abortAfterMs: number | undefined
    }
  | { readonly do: 'set'; readonly key: WorldKey; readonly ttl: number }
  | {
      readonly do: 'change'
      readonly key: WorldKey
      readonly by:
        | 'key'
        | 'prefix'
        | 'pattern'
        | 'regex'
        | 'tag'
        | 'dependency'
        | 'flush'
        | 'delete'
      readonly soft: boolean
    }
  | { readonly do: 'lease'; readonly key: WorldKey; readonly runMs: number }

/** An act, and how long after the one before: `undefined` is in the same turn, 0 once all has settled. */
export interface Step {
  readonly afterMs: number | undefined
  readonly act: Act
}

/**
 * A source with versions, a cache before it, and people who read and write both. Whoever changes the
 * source says so to the cache; from then on nobody may read an older version, and nobody ever one older
 * than somebody has read before.
 */
export class World {
  readonly #cache: NamespaceCache<number>
  readonly #stage: CacheStage
  readonly #source = new Map<WorldKey, number>(KEYS.map((key) => [key, 0]))
  /** The newest version of which the cache has been told: the promise had resolved. */
  readonly #announced = new Map<WorldKey, number>()
  readonly #seen = new Map<WorldKey, number>()
  readonly #acts: Promise<void>[] = []
  /** What went wrong, in words. */
  readonly violations: string[] = []
  #version = 0

  constructor(stage: CacheStage) {
    this.#stage = stage
    this.#cache = stage.cache.namespace<number>('default')
    stage.cache.dependencies.add('part', ['whole'])
  }

  get time(): FakeClock {
    return this.#stage.time
  }

  /** Plays the steps, with looks at all keys in between, lets everything come to rest, and looks once more. */
  async play(steps: readonly Step[]): Promise<void> {
    for (const { afterMs, act } of steps) {
      if (afterMs !== undefined) await this.#lookAfter(afterMs)
      this.#acts.push(this.#do(act))
    }
    for (const ms of [0, 45, 155, 300, 600, 2500, 20_000]) await this.#lookAfter(ms)
    await this.time.advance(100_000)
    this.#stage.backend.behave = () => 'now'
    await this.time.advance(60_000)
    await Promise.all(this.#acts)
    for (const key of KEYS) {
      const value = await this.#cache.getOrSet(key, () => this.#sourceOf(key))
      if (value !== this.#sourceOf(key)) {
        this.violations.push(`at rest ${key} is ${value}, and the source ${this.#sourceOf(key)}`)
      }
    }
  }

  async #lookAfter(ms: number): Promise<void> {
    await this.time.advance(ms)
    for (const key of KEYS) this.#acts.push(this.#do({ do: 'read', key, how: 'get' }))
  }

  async #do(act: Act): Promise<void> {
    switch (act.do) {
      case 'read':
        return this.#watch(act.key, act.how, () => this.#read(act.key, act.how))
      case 'load':
        return this.#watch(act.key, 'getOrSet', () => this.#load(act))
      case 'set': {
        const version = this.#change(act.key)
        await this.#cache.set(act.key, version, { ...memberships(act.key), ttl: act.ttl })
        return this.#announce(act.key, version)
      }
      case 'change': {
        const version = this.#change(act.key)
        await this.#tell(act)
        return this.#announce(act.key, version)
      }
      case 'lease':
        return this.#lease(act.key, act.runMs)
    }
  }

  /** Does a read, and compares its answer with what was known when it began. */
  async #watch(key: WorldKey, how: string, read: () => Promise<unknown>): Promise<void> {
    const announced = this.#announced.get(key) ?? 0
    const seen = this.#seen.get(key) ?? 0
    let value: unknown
    try {
      value = await read()
    } catch {
      return // What a factory threw, a timeout, an abort: no value, so no old one.
    }
    if (typeof value !== 'number') return
    if (value < announced) {
      this.violations.push(`${how} of ${key} answered ${value} though ${announced} was announced`)
    }
    if (value < seen) this.violations.push(`${how} of ${key} answered ${value} after ${seen}`)
    this.#seen.set(key, Math.max(value, this.#seen.get(key) ?? 0))
  }

  async #read(key: WorldKey, how: 'get' | 'peek' | 'lookup' | 'getMany'): Promise<unknown> {
    if (how === 'get') return this.#cache.get(key)
    if (how === 'peek') return this.#cache.peek(key)
    if (how === 'getMany') return (await this.#cache.getMany(KEYS)).get(key)
    const lookup = await this.#cache.lookup(key)
    return lookup.state === 'fresh' ? lookup.value : undefined
  }

  #load(act: Extract<Act, { do: 'load' }>): Promise<number> {
    const { key, ttl, swr } = act
    const controller = new AbortController()
    if (act.abortAfterMs !== undefined) {
      this.time.scheduler.after(act.abortAfterMs, () => controller.abort(new Error('gone')))
    }
    return this.#cache.getOrSet(
      key,
      async ({ setOptions }) => {
        const version = this.#sourceOf(key)
        await this.#pass(act.end === 'hang' ? 100_000 : act.runMs)
        if (act.lateTags) setOptions(memberships(key))
        if (act.end === 'error') throw new Error('source down')
        return version
      },
      {
        ...(act.lateTags ? {} : memberships(key)),
        ttl,
        staleWhileRevalidate: swr,
        hardTimeout: 1000,
        signal: controller.signal,
      },
    )
  }

  async #lease(key: WorldKey, runMs: number): Promise<void> {
    const lease = await this.#cache.lease(key, { ttlMs: 400 })
    if (lease.state !== 'compute') return
    const version = this.#sourceOf(key)
    await this.#pass(runMs)
    await this.#cache.setWithLease(key, version, lease.token, memberships(key))
  }

  #tell(act: Extract<Act, { do: 'change' }>): Promise<unknown> {
    if (act.by === 'flush') return this.#cache.flush()
    if (act.by === 'delete') return this.#cache.delete(act.key)
    return this.#cache.invalidate(targetOf(act.by, act.key), { soft: act.soft })
  }

  #sourceOf(key: WorldKey): number {
    return this.#source.get(key) ?? 0
  }

  #change(key: WorldKey): number {
    this.#version += 1
    this.#source.set(key, this.#version)
    return this.#version
  }

  #announce(key: WorldKey, version: number): void {
    this.#announced.set(key, Math.max(version, this.#announced.get(key) ?? 0))
  }

  #pass(ms: number): Promise<void> {
    return new Promise((resolve) => void this.time.scheduler.after(ms, resolve))
  }
}

function memberships(key: WorldKey): { tags: string[]; dependsOn: string[] } {
  return { tags: [key.charAt(0)], dependsOn: ['part'] }
}

function targetOf(
  by: 'key' | 'prefix' | 'pattern' | 'regex' | 'tag' | 'dependency',
  key: WorldKey,
): InvalidationTarget {
  const [group, number] = key.split(':')
  switch (by) {
    case 'key':
      return key
    case 'prefix':
      return `${group}:*`
    case 'pattern':
      return `?:${number}`
    case 'regex':
      return { regex: `^${group}:\\d$` }
    case 'tag':
      return { tag: group ?? '' }
    case 'dependency':
      return { dependency: 'whole' }
  }
}
