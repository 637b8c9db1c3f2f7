import { describe, expect, it } from 'vitest'
import {
  applyMark,
  applyOwnSet,
  retirement,
  sharedRetirement,
} from '../../../src/application/services/apply-mark.ts'
import {
  type NamespacePorts,
  openNamespace,
} from '../../../src/application/services/namespace-ports.ts'
import type {
  InvalidationMark,
  InvalidationScope,
} from '../../../src/core/entities/invalidation-mark.ts'
import { parseCacheKey } from '../../../src/core/value-objects/cache-key.ts'
import { parseCacheTag } from '../../../src/core/value-objects/cache-tag.ts'
import { entryFixture } from '../../../src/testing/entry-fixture.ts'
import { positionedFixture } from '../../fakes/mark-fixture.ts'
import { namespaceStage } from '../../fakes/namespace-stage.ts'

const key = parseCacheKey('key')
const KEY: InvalidationScope = { kind: 'key', key }
const TAG: InvalidationScope = { kind: 'tag', tag: parseCacheTag('t') }
const born = (seq: number) => ({ generation: 'fixture', seq })

function applying(kind: 'memory' | 'backend') {
  const stage = namespaceStage(kind)
  const ports = openNamespace(stage.cachePorts, stage.settings)
  const sweeps: unknown[] = []
  const apply = (
    seq: number,
    scope: InvalidationScope,
    mark: Partial<InvalidationMark> & { isOwnSet?: boolean } = {},
  ): void => {
    const { isOwnSet = false, ...rest } = mark
    stage.headSeq = seq
    applyMark(ports, positionedFixture(seq, scope, rest), {
      matches: undefined,
      isOwnSet,
      sweep: (...sweep) => sweeps.push(sweep),
    })
  }
  return { ...stage, ports, sweeps, apply, stage }
}

function begin(ports: NamespacePorts, seq = 0) {
  return ports.flights.begin({
    membership: { key, tags: [parseCacheTag('t')], dependsOn: [] },
    birth: born(seq),
    isRefresh: false,
    previous: undefined,
    outer: undefined,
    leaseToken: undefined,
  })
}

const held = (seq = 0) =>
  entryFixture({ namespace: 'ns', tags: [parseCacheTag('t')], birth: born(seq) })

describe('applyMark() over memory', () => {
  it('drops the entry of a key at once, with its cause, and keeps no mark', () => {
    const { ports, apply, sweeps, removals } = applying('memory')
    ports.memory?.set(held())
    apply(1, KEY)
    expect(ports.memory?.usage().entries).toBe(0)
    expect(removals).toMatchObject([{ kind: 'invalidated', position: born(1) }])
    expect(ports.marks.size).toBe(0)
    expect(sweeps).toEqual([])
  })

  it('says `deleted` of an entry that was deleted', () => {
    const { ports, apply, removals } = applying('memory')
    ports.memory?.set(held())
    apply(1, KEY, { act: 'delete' })
    expect(removals).toEqual([{ kind: 'deleted' }])
  })

  it('leaves the entry to an own set, which replaces it itself, and fences the flight', () => {
    const { ports, apply } = applying('memory')
    ports.memory?.set(held())
    const flight = begin(ports)
    apply(1, KEY, { act: 'set', isOwnSet: true })
    expect(ports.memory?.usage().entries).toBe(1)
    expect(flight.isFenced).toBe(true)
    expect(ports.statistics.invalidations).toBe(0)
  })

  it('a soft mark of a key leaves the value for staleIfError, and no mark behind', () => {
    const { ports, apply, sweeps } = applying('memory')
    const stale = {
      ...held(),
      expiresAtMs: Number.MAX_SAFE_INTEGER - 1,
      staleUntilMs: Number.MAX_SAFE_INTEGER,
    }
    ports.memory?.set(stale)
    apply(1, KEY, { soft: true })
    expect(ports.memory?.get(key)?.isSoftInvalidated).toBe(true)
    expect(ports.marks.size).toBe(0)
    expect(sweeps).toEqual([])
  })

  it('a soft mark fences the flight of its key', () => {
    const { ports, apply } = applying('memory')
    const flight = begin(ports)
    apply(1, KEY, { soft: true })
    expect(flight.isFenced).toBe(true)
  })

  it('notes another scope, makes what it hits invalid at once, and asks for a sweep', () => {
    const { ports, apply, sweeps } = applying('memory')
    ports.memory?.set(held())
    const flight = begin(ports)
    apply(1, TAG)
    expect(ports.memory?.read(key)).toBeUndefined()
    expect(flight.isFenced).toBe(true)
    expect(sweeps).toHaveLength(1)
    expect(ports.statistics.invalidations).toBe(1)
  })

  it('empties the store when the namespace is flushed, but not by a soft mark', () => {
    const { ports, apply } = applying('memory')
    ports.memory?.set(held())
    apply(1, { kind: 'namespace' }, { soft: true })
    expect(ports.memory?.usage().entries).toBe(1)
    apply(2, { kind: 'namespace' })
    expect(ports.memory?.usage().entries).toBe(0)
  })

  it('forgets the failures that it may have ended: of the key, or all', () => {
    const { ports, apply } = applying('memory')
    const other = parseCacheKey('other')
    for (const one of [key, other]) ports.failures.note(one, 'why', 1000, 0)
    apply(1, KEY)
    expect(ports.failures.find(key, 0)).toBeUndefined()
    expect(ports.failures.find(other, 0)).toBeDefined()
    apply(2, TAG)
    expect(ports.failures.find(other, 0)).toBeUndefined()
  })
})

describe('applyMark() over a backend', () => {
  it('keeps the mark of a key, and asks the backend to remove the entry', () => {
    const { ports, apply, backend } = applying('backend')
    apply(1, KEY)
    expect(ports.marks.size).toBe(1)
    expect(backend.count('delete', 'key')).toBe(1)
  })

  it('removes nothing for an own set or a soft mark, but keeps the mark', () => {
    for (const mark of [{ act: 'set', isOwnSet: true }, { soft: true }] as const) {
      const { ports, apply, backend } = applying('backend')
      apply(1, KEY, mark)
      expect(ports.marks.size).toBe(1)
      expect(backend.calls).toEqual([])
    }
  })

  it('forgets the mark once the removal is confirmed', async () => {
    const { ports, apply, time } = applying('backend')
    apply(1, KEY)
    await time.advance(0)
    expect(ports.marks.size).toBe(0)
  })
})

describe('retirement()', () => {
  it('forgets the marks from before the sweep, not those that came during it', () => {
    const { ports, apply, stage } = applying('memory')
    apply(1, TAG)
    const round = retirement(ports)
    round.onStart()
    apply(2, { kind: 'tag', tag: parseCacheTag('u') })
    round.onDone()
    expect(ports.marks.size).toBe(1)
    stage.headSeq = 2
    const next = retirement(ports)
    next.onStart()
    next.onDone()
    expect(ports.marks.size).toBe(0)
  })

  it('keeps the marks that came after the oldest running load began, fenced or not', () => {
    const { ports, apply } = applying('memory')
    apply(1, TAG)
    const flight = begin(ports, 1)
    apply(2, TAG)
    apply(3, { kind: 'tag', tag: parseCacheTag('u') })
    const sweep = (): void => {
      const round = retirement(ports)
      round.onStart()
      round.onDone()
    }
    sweep()
    expect(ports.marks.size).toBe(2)
    flight.settle({ kind: 'abandoned' })
    sweep()
    expect(ports.marks.size).toBe(0)
  })

  it('keeps on its key what hit a write that was open when the sweep began', () => {
    const { ports, apply, backend } = applying('backend')
    backend.behave = () => 'hang'
    void ports.remote?.set(held())
    apply(1, TAG)
    const round = retirement(ports)
    round.onStart()
    round.onDone()
    expect(ports.marks.check(held()).kind).toBe('invalid')
    expect(ports.marks.check({ ...held(), key: parseCacheKey('other') }).kind).toBe('valid')
  })
})

describe('applyOwnSet()', () => {
  it('does over memory what applyMark() does for the set of this node', () => {
    const outcomes = ['applyMark', 'applyOwnSet'].map((way) => {
      const { ports, apply, removals, sweeps } = applying('memory')
      ports.memory?.set(held())
      const flight = begin(ports)
      const watch = ports.flights.watch({ key, tags: [], dependsOn: [] })
      const other = ports.flights.watch({ key: parseCacheKey('other'), tags: [], dependsOn: [] })
      ports.failures.note(key, new Error('x'), 1000, 0)
      if (way === 'applyMark') apply(1, KEY, { act: 'set', isOwnSet: true })
      else applyOwnSet(ports, key, 1)
      const failure = ports.failures.find(key, 0)
      const isHeld = ports.memory?.get(key) !== undefined
      const fences = [flight.isFenced, watch.fencedSeq, other.fencedSeq]
      const { invalidations } = ports.statistics
      return { failure, isHeld, fences, invalidations, removals, sweeps }
    })
    expect(outcomes[0]).toEqual(outcomes[1])
    expect(outcomes[1]).toMatchObject({ failure: undefined, fences: [true, 1, undefined] })
  })
})

describe('sharedRetirement()', () => {
  it('forgets the marks once memory is through, but for those that a running load began before', () => {
    const { ports, apply } = applying('memory')
    for (const seq of [1, 2, 3]) {
      ports.marks.apply(positionedFixture(seq, { kind: 'prefix', prefix: `p${seq}:` }), undefined)
    }
    apply(4, TAG)
    const flight = begin(ports, 2)
    const round = sharedRetirement(ports, 3)
    round.onStart()
    expect(ports.marks.size).toBe(4)
    round.onDone()
    expect(ports.marks.size).toBe(2)
    flight.settle({ kind: 'value', value: 1, isCurrent: true })
    sharedRetirement(ports, 3).onDone()
    expect(ports.marks.size).toBe(1)
  })
})
