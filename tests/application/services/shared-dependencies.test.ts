import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { NodeListener } from '../../../src/application/services/coherence/coherence-targets.ts'
import { SharedDependencies } from '../../../src/application/services/shared-dependencies.ts'
import { CacheError } from '../../../src/core/exceptions/cache-error.ts'
import type { EdgeChange } from '../../../src/core/protocols/dependency-graph.ts'
import type { PositionedMark } from '../../../src/core/protocols/invalidation-log.ts'
import {
  type DependencyName,
  parseDependencyName,
} from '../../../src/core/value-objects/cache-tag.ts'
import { DependencyInvalidator } from '../../../src/infrastructure/invalidators/dependency-invalidator.ts'
import { createFakeClock, type FakeClock } from '../../../src/testing/fake-clock.ts'
import { positionedFixture } from '../../fakes/mark-fixture.ts'

const names = ['a', 'b', 'c'].map((name) => parseDependencyName(name))
const [a, b, c] = names as [DependencyName, DependencyName, DependencyName]
const edge = (
  dependent: DependencyName,
  dependsOn: DependencyName,
  isThere = true,
): EdgeChange => ({
  ...{ dependent, dependsOn, isThere },
})

let time: FakeClock
let graph: DependencyInvalidator
let said: EdgeChange[][]
let failure: Error | undefined
let reports: unknown[]
let marked: unknown[]
let listener: NodeListener
let hear: (positioned: PositionedMark) => void
let shared: SharedDependencies

beforeEach(() => {
  time = createFakeClock()
  graph = new DependencyInvalidator()
  said = []
  failure = undefined
  reports = []
  marked = []
  shared = new SharedDependencies({
    graph,
    scheduler: time.scheduler,
    shared: {
      change: async (changes) => {
        if (failure !== undefined) throw failure
        said.push([...changes])
      },
    },
    node: {
      watch: (own) => {
        listener = own
      },
      subscribe: (own) => {
        hear = own
        return () => undefined
      },
    },
    markRest: (namespace, rest, isSoft) => void marked.push([namespace, rest, isSoft]),
    report: (did) => void reports.push(did),
  })
})
afterEach(() => shared.close())

describe('SharedDependencies', () => {
  it('says what is changed in one turn together, of each edge the last word, in order, and tells when it is known', async () => {
    expect(await shared.settled()).toBe(true)
    shared.change([edge(a, b)])
    shared.change([{ dependent: a, dependsOn: undefined, isThere: false }, edge(b, c)])
    shared.change([edge(b, c, false), edge(a, b)])
    expect(said).toEqual([])
    expect(await shared.settled()).toBe(true)
    expect(said).toEqual([
      [{ dependent: a, dependsOn: undefined, isThere: false }, edge(b, c, false), edge(a, b)],
    ])
  })

  it('keeps each edge once, however often its node gets a place while the servers take nothing', async () => {
    graph.add(a, [b])
    failure = new Error('away')
    for (let times = 0; times < 3; times += 1) {
      listener.onStarted?.()
      shared.change([edge(b, c)])
      await time.advance(10)
    }
    failure = undefined
    await time.advance(1000)
    expect(said).toEqual([[edge(a, b), edge(b, c)]])
  })

  it('says again what the servers have not taken, before what came later', async () => {
    failure = new Error('away')
    shared.change([edge(a, b)])
    expect(await shared.settled()).toBe(false)
    shared.change([edge(b, c)])
    failure = undefined
    await time.advance(1000)
    expect(said.flat()).toEqual([edge(a, b), edge(b, c)])
    expect(await shared.settled()).toBe(true)
    expect(reports).toContain('told no other node yet what depends on what')
  })

  it('gives up what there is no room for, and says so once', async () => {
    failure = new CacheError('CACHE_OPTION_INVALID', 'Cannot share dependencies: too many')
    shared.change([edge(a, b)])
    expect(await shared.settled()).toBe(false)
    failure = undefined
    await time.advance(5000)
    expect(said).toEqual([])
    expect(reports).toEqual(['kept what depends on what to itself'])
  })

  it('says all that it knows when its node gets a place in the log, and after that what is new', async () => {
    graph.add(a, [b, c])
    shared.change([edge(a, c, false)])
    listener.onStarted?.()
    await time.advance(0)
    expect(said).toEqual([[edge(a, b), edge(a, c, false)]])
  })

  it('marks what depends on a mark that it hears, as far as the mark does not say so', async () => {
    graph.add(b, [a])
    graph.add(c, [b])
    const dependency = (...closure: DependencyName[]) =>
      ({ kind: 'dependency', dependency: a, closure }) as const
    hear(positionedFixture(1, dependency(a, b), { namespace: 'ns', soft: true }))
    hear(positionedFixture(2, dependency(a, b, c)))
    hear(positionedFixture(3, { kind: 'namespace' }))
    expect(marked).toEqual([['ns', [c], true]])
  })

  it('ends with its cache', async () => {
    failure = new Error('away')
    shared.change([edge(a, b)])
    await shared.settled()
    failure = undefined
    shared.close()
    await time.advance(5000)
    expect(said).toEqual([])
  })
})
