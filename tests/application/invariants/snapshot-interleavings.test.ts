/**
 * Whatever order sets, invalidations, saves, crashes, restarts and restores come in: nobody ever reads
 * something else than the newest value, or nothing.
 */
import fc from 'fast-check'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { PlatformCache } from '../../../src/module.ts'
import { type SnapshotStage, snapshotStage } from '../../fakes/snapshot-stage.ts'

const KEYS = ['a:1', 'a:2', 'b:1', 'b:2'] as const
const PATIENCE_MS = 60_000

type Key = (typeof KEYS)[number]
type Act =
  | { readonly do: 'set' | 'delete' | 'invalidate'; readonly key: Key }
  | { readonly do: 'tag' | 'prefix'; readonly of: 'a' | 'b' }
  | { readonly do: 'flush' | 'save' | 'settle' | 'crash' | 'close' | 'turn' | 'restore' | 'ready' }

const key = fc.constantFrom(...KEYS)
const act: fc.Arbitrary<Act> = fc.oneof(
  { weight: 6, arbitrary: fc.record({ do: fc.constant('set' as const), key }) },
  fc.record({ do: fc.constantFrom('delete' as const, 'invalidate' as const), key }),
  fc.record({
    do: fc.constantFrom('tag' as const, 'prefix' as const),
    of: fc.constantFrom('a' as const, 'b' as const),
  }),
  {
    weight: 8,
    arbitrary: fc.record({
      do: fc.constantFrom(
        'flush' as const,
        'save' as const,
        'settle' as const,
        'crash' as const,
        'close' as const,
        'turn' as const,
        'restore' as const,
        'ready' as const,
      ),
    }),
  },
)

let stage: SnapshotStage

beforeEach(() => {
  stage = snapshotStage()
})

afterEach(() => stage.end())

/** What is true, and the process that should know. */
class World {
  readonly newest = new Map<Key, number>()
  readonly #stage: SnapshotStage
  #cache: PlatformCache
  #saving: Promise<unknown> = Promise.resolve()
  #values = 0

  constructor(stage: SnapshotStage) {
    this.#stage = stage
    this.#cache = stage.startWarm()
  }

  async run(act: Act): Promise<void> {
    const namespace = this.#cache.namespace<number>('n')
    switch (act.do) {
      case 'set': {
        this.#values += 1
        this.newest.set(act.key, this.#values)
        await namespace.set(act.key, this.#values, { tags: [act.key.slice(0, 1)] })
        return
      }
      case 'delete':
        this.newest.delete(act.key)
        await namespace.delete(act.key)
        return
      case 'invalidate':
        this.newest.delete(act.key)
        await namespace.invalidate(act.key)
        return
      case 'tag':
        this.#forget(act.of)
        await namespace.invalidate({ tag: act.of })
        return
      case 'prefix':
        this.#forget(act.of)
        await namespace.invalidate(`${act.of}:*`)
        return
      case 'flush':
        this.newest.clear()
        await namespace.flush()
        return
      default:
        await this.#live(act.do)
    }
  }

  /** What can be read, by its key. */
  read(): [Key, number][] {
    const namespace = this.#cache.namespace<number>('n')
    return KEYS.flatMap((each) => {
      const value = namespace.peek(each)
      return value === undefined ? [] : [[each, value] as [Key, number]]
    })
  }

  /** Every key reads as its newest value, or as nothing. */
  check(): void {
    for (const [each, value] of this.read()) {
      expect([each, value]).toEqual([each, this.newest.get(each)])
    }
  }

  async #live(what: Exclude<Act, { key: Key } | { of: string }>['do']): Promise<void> {
    if (what === 'save') this.#saving = this.#cache.saveSnapshot(this.#stage.path)
    if (what === 'turn') await new Promise(setImmediate)
    if (what === 'restore') void this.#cache.restoreSnapshot(this.#stage.path)
    if (what === 'ready') await this.#cache.ready()
    if (what === 'settle' || what === 'crash') await this.#saving // Who has crashed writes no more.
    if (what === 'close') await this.#cache.close()
    if (what === 'crash' || what === 'close') this.#cache = this.#stage.startWarm()
  }

  #forget(prefix: string): void {
    for (const each of KEYS) if (each.startsWith(prefix)) this.newest.delete(each)
  }
}

describe('a snapshot among everything else', () => {
  it('never brings back anything but the newest values', { timeout: PATIENCE_MS }, async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(act, { minLength: 5, maxLength: 40 }), async (acts) => {
        const world = new World(stage)
        for (const each of acts) {
          await world.run(each)
          world.check()
        }
        await world.run({ do: 'close' })
        await world.run({ do: 'ready' })
        world.check()
      }),
      { numRuns: 150 },
    )
  })

  it('brings back all of them if nothing comes in between', async () => {
    const world = new World(stage)
    for (const each of KEYS) await world.run({ do: 'set', key: each })
    await world.run({ do: 'close' })
    expect(world.read()).toEqual([])
    await world.run({ do: 'ready' })
    expect(world.read()).toEqual([...world.newest])
  })
})
