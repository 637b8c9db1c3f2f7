import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { NodeListener } from '../../../../src/application/services/coherence/coherence-targets.ts'
import {
  SharedSweeper,
  type Swept,
} from '../../../../src/application/services/stores/shared-sweeper.ts'
import type { InvalidationScope } from '../../../../src/core/entities/invalidation-mark.ts'
import type { PositionedMark } from '../../../../src/core/protocols/invalidation-log.ts'
import { parseCacheKey } from '../../../../src/core/value-objects/cache-key.ts'
import { parseCacheTag } from '../../../../src/core/value-objects/cache-tag.ts'
import { createFakeClock, type FakeClock } from '../../../../src/testing/fake-clock.ts'
import { fakeRandom } from '../../../fakes/fake-random.ts'
import { FakeSweepStore, sweptEntry } from '../../../fakes/fake-sweep-store.ts'
import { markFixture } from '../../../fakes/mark-fixture.ts'

const at = (seq: number, generation = 'g') => ({ generation, seq })
const red = { kind: 'tag', tag: parseCacheTag('red') } as const
const marked = (seq: number, scope: InvalidationScope, soft = false): PositionedMark => ({
  position: at(seq),
  mark: markFixture(scope, { namespace: 'ns', soft }),
})
/** When a sweep has begun and no store that was sent before can still come. */
const BEGUN_MS = 3000
const STORES_END_MS = 10_000

let time: FakeClock
let store: FakeSweepStore
let sweeper: SharedSweeper
let hear: (mark: PositionedMark) => void
let listener: NodeListener
let haveAllApplied: boolean
let told: Swept[]
let reports: unknown[]

beforeEach(() => {
  time = createFakeClock()
  store = new FakeSweepStore()
  haveAllApplied = true
  told = []
  reports = []
  sweeper = new SharedSweeper({
    ...time,
    store,
    log: { haveAllApplied: async () => haveAllApplied },
    node: {
      coherenceLeaseMs: 1500,
      watch: (own) => {
        listener = own
      },
      subscribe: (own) => {
        hear = own
        return () => undefined
      },
    },
    random: fakeRandom(0.5, 't'),
    matcherOf: async () => undefined,
    onSwept: (swept) => void told.push(swept),
    report: (_, error) => void reports.push(error),
  })
  store.put(
    sweptEntry('red', at(1), ['red']),
    sweptEntry('blue', at(1), ['blue']),
    sweptEntry('older', at(9, 'before')),
    sweptEntry('new', at(5), ['red']),
  )
  store.table = { position: at(5), marks: [marked(3, red)], floorSeq: 0, settleMs: 0 }
})
afterEach(() => sweeper.close())

describe('SharedSweeper', () => {
  it('asks nothing as long as nothing but keys was invalidated', async () => {
    hear(marked(1, { kind: 'key', key: parseCacheKey('a') }))
    hear(marked(2, red, true))
    await time.advance(600_000)
    expect(store.did).toEqual([])
  })

  it('removes what a mark reaches and what is of an older generation, and retires the mark', async () => {
    hear(marked(3, red))
    await time.advance(BEGUN_MS + STORES_END_MS - 1)
    expect(store.did).toEqual(['begin'])
    expect(sweeper.isRunning).toBe(true)
    await time.advance(1000)
    expect(store.did).toEqual(['begin', 'removed red', 'removed older'])
    expect(store.retired).toMatchObject([{ position: at(5), marks: [marked(3, red)] }])
    expect(told).toMatchObject([{ examined: 4, removed: 2, retired: 1 }])
    expect(sweeper.last).toBe(told[0])
    expect(sweeper.isRunning).toBe(false)
    await time.advance(600_000)
    expect(store.did.filter((did) => did === 'begin')).toHaveLength(1)
  })

  it('looks once when the node gets a place in the log, since it does not know what was before', async () => {
    store.table = 'idle'
    listener.onStarted?.()
    await time.advance(600_000)
    expect(store.did).toEqual(['begin'])
  })

  it('leaves it to another who sweeps, and sees later whether that one came to an end', async () => {
    store.table = 'held'
    hear(marked(3, red))
    await time.advance(BEGUN_MS)
    await time.advance(45_000)
    expect(store.did).toEqual(['begin', 'begin'])
    listener.onRetired?.(at(3))
    await time.advance(600_000)
    expect(store.did).toEqual(['begin', 'begin'])
  })

  it('does not take a sweep for its own that ended below the newest mark, in whichever order marks come', async () => {
    store.table = 'held'
    hear(marked(5, red))
    hear(marked(3, red))
    await time.advance(BEGUN_MS)
    listener.onRetired?.(at(4))
    await time.advance(45_000)
    expect(store.did).toEqual(['begin', 'begin'])
  })

  it('waits until all nodes have applied the marks, and gives up on one that never does', async () => {
    haveAllApplied = false
    hear(marked(3, red))
    await time.advance(BEGUN_MS + 30_000)
    expect(store.did).toEqual(['begin'])
    haveAllApplied = true
    await time.advance(STORES_END_MS)
    expect(store.did).toHaveLength(1)
    await time.advance(5000)
    expect(store.retired).toHaveLength(1)
    haveAllApplied = false
    hear(marked(4, red))
    await time.advance(BEGUN_MS + 70_000)
    expect(store.retired).toHaveLength(1)
    expect(reports).toEqual([])
  })

  it.each<[what: string, break_: () => void]>([
    [
      'the log begins anew',
      () => {
        store.generation = 'next'
      },
    ],
    [
      'the lease is lost',
      () => {
        store.holder = 'another'
      },
    ],
    [
      'a server is replaced',
      () => {
        store.layoutText = 'other'
      },
    ],
    [
      'nobody can tell which servers there are',
      () => {
        store.layoutText = undefined
      },
    ],
  ])('retires nothing if %s meanwhile', async (_, break_) => {
    store.onPage = break_
    hear(marked(3, red))
    await time.advance(BEGUN_MS + STORES_END_MS + 5000)
    expect(store.retired).toEqual([])
    expect(told).toEqual([])
  })

  it('tells what a server refused, and begins anew later', async () => {
    let isBroken = true
    store.onPage = () => {
      if (isBroken) throw new Error('the server is gone')
    }
    hear(marked(3, red))
    await time.advance(BEGUN_MS + STORES_END_MS + 1000)
    expect(reports).toMatchObject([{ message: 'the server is gone' }])
    isBroken = false
    await time.advance(45_000 + STORES_END_MS + 5000)
    expect(store.retired).toHaveLength(1)
  })

  it('waits for older copies of the servers before it retires', async () => {
    store.table = { position: at(5), marks: [marked(3, red)], floorSeq: 0, settleMs: 60_000 }
    hear(marked(3, red))
    await time.advance(BEGUN_MS + STORES_END_MS + 59_000)
    expect(store.did).toContain('removed red')
    expect(store.retired).toEqual([])
    await time.advance(5000)
    expect(store.retired).toHaveLength(1)
  })

  it('judges anew what was rewritten before it was removed', async () => {
    let times = 0
    store.onRemove = () => {
      times += 1
      // As a reader does that prolongs the life of a value: another value under the same birth.
      if (times === 1) store.put(sweptEntry('red', at(1), ['red']))
      // And a load that stores a newer one.
      if (times === 2) store.put(sweptEntry('older', at(5)))
    }
    hear(marked(3, red))
    await time.advance(BEGUN_MS + STORES_END_MS + 5000)
    expect(store.did).toEqual(['begin', 'removed red'])
    expect(store.retired).toHaveLength(1)
  })

  it('retires nothing if a value is rewritten all the time', async () => {
    store.onRemove = () => store.put(sweptEntry('red', at(1), ['red']))
    hear(marked(3, red))
    await time.advance(BEGUN_MS + STORES_END_MS + 5000)
    expect(store.retired).toEqual([])
  })

  it('ends with its cache', async () => {
    hear(marked(3, red))
    await time.advance(BEGUN_MS + 1000)
    sweeper.close()
    await time.advance(600_000)
    expect(store.did).toEqual(['begin'])
    expect(store.holder).toBeUndefined()
    expect(reports).toEqual([])
  })
})
