import { describe, expect, it } from 'vitest'
import {
  type Flight,
  type FlightInput,
  isReached,
  isWaitingFor,
  SingleFlight,
} from '../../../src/application/services/single-flight.ts'
import type { InvalidationScope } from '../../../src/core/entities/invalidation-mark.ts'
import { parseCacheKey } from '../../../src/core/value-objects/cache-key.ts'
import { parseCacheTag, parseDependencyName } from '../../../src/core/value-objects/cache-tag.ts'
import { entryFixture } from '../../../src/testing/entry-fixture.ts'

const [tag, other] = ['t', 'o'].map(parseCacheTag) as [
  ReturnType<typeof parseCacheTag>,
  ReturnType<typeof parseCacheTag>,
]
const [name, reached] = ['n', 'r'].map(parseDependencyName) as [
  ReturnType<typeof parseDependencyName>,
  ReturnType<typeof parseDependencyName>,
]

function input(key: string, overrides: Partial<FlightInput> & { seq?: number } = {}): FlightInput {
  const { seq = 0, ...rest } = overrides
  return {
    membership: { key: parseCacheKey(key), tags: [tag], dependsOn: [name] },
    birth: { generation: 'g', seq },
    isRefresh: false,
    previous: undefined,
    outer: undefined,
    leaseToken: undefined,
    ...rest,
  }
}

const keyScope = (key: string): InvalidationScope => ({ kind: 'key', key: parseCacheKey(key) })

describe('SingleFlight', () => {
  it('hands out the flight of a key until it ends', () => {
    const flights = new SingleFlight()
    expect(flights.find(parseCacheKey('a'))).toBeUndefined()
    const flight = flights.begin(input('a'))
    expect(flights.find(parseCacheKey('a'))).toBe(flight)
    expect(flights.find(parseCacheKey('b'))).toBeUndefined()
    flight.settle({ kind: 'abandoned' })
    expect(flights.find(parseCacheKey('a'))).toBeUndefined()
    expect(flights.size).toBe(0)
  })

  it('ends a flight by the first outcome, whatever comes later', async () => {
    const flights = new SingleFlight()
    const flight = flights.begin(input('a'))
    flight.settle({ kind: 'value', value: 1, isCurrent: true })
    flight.settle({ kind: 'failure', error: 'late' })
    expect(await flight.ended).toEqual({ kind: 'value', value: 1, isCurrent: true })
    expect(flight.hasEnded).toBe(true)
  })

  it('hands a fenced flight to nobody, but counts it as running until it ends', () => {
    const flights = new SingleFlight()
    const flight = flights.begin(input('a', { seq: 3 }))
    flights.fence(keyScope('a'), undefined, 1)
    expect(flight.isFenced).toBe(true)
    expect(flight.hasEnded).toBe(false)
    expect(flights.find(parseCacheKey('a'))).toBeUndefined()
    expect(flights.size).toBe(1)
    expect(flights.oldestBirthSeq()).toBe(3)
    flight.settle({ kind: 'abandoned' })
    expect(flights.oldestBirthSeq()).toBeUndefined()
  })

  it('keeps the new flight of a key when the fenced one before it ends', () => {
    const flights = new SingleFlight()
    const first = flights.begin(input('a'))
    flights.fence(keyScope('a'), undefined, 1)
    const second = flights.begin(input('a', { seq: 1 }))
    first.settle({ kind: 'abandoned' })
    expect(flights.find(parseCacheKey('a'))).toBe(second)
  })

  it('fences by key only the flight of that key', () => {
    const flights = new SingleFlight()
    const [a, b] = [flights.begin(input('a')), flights.begin(input('b'))]
    flights.fence(keyScope('a'), undefined, 1)
    flights.fence(keyScope('c'), undefined, 1)
    expect([a.isFenced, b.isFenced]).toEqual([true, false])
  })

  it('fences by any other scope all that it reaches', () => {
    const flights = new SingleFlight()
    const [a, b] = [flights.begin(input('a:1')), flights.begin(input('b:1'))]
    flights.fence({ kind: 'prefix', prefix: 'a:' }, undefined, 1)
    expect([a.isFenced, b.isFenced]).toEqual([true, false])
    flights.fence({ kind: 'tag', tag }, undefined, 1)
    expect(b.isFenced).toBe(true)
  })

  it('fences the flight whose older value the scope reaches', () => {
    const flights = new SingleFlight()
    const previous = entryFixture({ key: 'a', tags: [other] })
    const [a, b] = [flights.begin(input('a', { previous })), flights.begin(input('b'))]
    flights.fence({ kind: 'tag', tag: other }, undefined, 1)
    expect([a.isFenced, b.isFenced]).toEqual([true, false])
  })

  it('ends a fenced lease, whose holder is not here to be told', async () => {
    const flights = new SingleFlight()
    const lease = flights.begin(input('a', { leaseToken: 'token' }))
    flights.fence(keyScope('a'), undefined, 1)
    expect(await lease.ended).toEqual({ kind: 'abandoned' })
    expect(flights.size).toBe(0)
  })

  it('answers the lowest birth of those that run', () => {
    const flights = new SingleFlight()
    for (const [key, seq] of [
      ['a', 7],
      ['b', 3],
      ['c', 5],
    ] as const) {
      flights.begin(input(key, { seq }))
    }
    expect(flights.oldestBirthSeq()).toBe(3)
  })

  it('aborts all, fenced ones too, with the error', async () => {
    const flights = new SingleFlight()
    const all = ['a', 'b'].map((key) => flights.begin(input(key)))
    flights.fence(keyScope('a'), undefined, 1)
    const error = new Error('closed')
    flights.abortAll(error)
    for (const flight of all) {
      expect(await flight.ended).toEqual({ kind: 'failure', error })
      expect(flight.controller.signal.reason).toBe(error)
    }
    expect(flights.size).toBe(0)
  })
})

describe('isWaitingFor()', () => {
  const flights = new SingleFlight()
  const [a, b, c] = ['a', 'b', 'c'].map((key) => flights.begin(input(key))) as [
    Flight,
    Flight,
    Flight,
  ]

  it('is true of a flight and itself, since it can only wait in vain', () => {
    expect(isWaitingFor(a, a)).toBe(true)
  })

  it('follows who waits for whom, one way, also in circles', () => {
    expect(isWaitingFor(a, b)).toBe(false)
    a.waitsFor.add(b)
    b.waitsFor.add(c)
    expect(isWaitingFor(a, c)).toBe(true)
    expect(isWaitingFor(c, a)).toBe(false)
    b.waitsFor.add(a)
    expect(isWaitingFor(b, flights.begin(input('d')))).toBe(false)
  })
})

describe('isReached()', () => {
  const member = { key: parseCacheKey('a:b'), tags: [tag], dependsOn: [name] }
  const isB = (key: string) => key.endsWith('b')

  it.each<[string, boolean, InvalidationScope, typeof isB | undefined]>([
    ['its key', true, keyScope('a:b'), undefined],
    ['a key above it', false, keyScope('a'), undefined],
    ['a prefix of it', true, { kind: 'prefix', prefix: 'a:' }, undefined],
    ['the prefix that it is', true, { kind: 'prefix', prefix: 'a:b' }, undefined],
    ['a prefix below it', false, { kind: 'prefix', prefix: 'a:b:' }, undefined],
    ['a pattern whose matcher says yes', true, { kind: 'pattern', pattern: '?' }, isB],
    ['a pattern whose matcher says no', false, { kind: 'pattern', pattern: '?' }, () => false],
    ['a pattern without a matcher', true, { kind: 'pattern', pattern: '?' }, undefined],
    ['a regex whose matcher says yes', true, { kind: 'regex', regex: 'b' }, isB],
    ['a regex whose matcher says no', false, { kind: 'regex', regex: 'b' }, () => false],
    ['one of its tags', true, { kind: 'tag', tag }, undefined],
    ['another tag', false, { kind: 'tag', tag: other }, undefined],
    [
      'a closure with one of its dependencies',
      true,
      { kind: 'dependency', dependency: reached, closure: [reached, name] },
      undefined,
    ],
    [
      'a closure without',
      false,
      { kind: 'dependency', dependency: reached, closure: [reached] },
      undefined,
    ],
    ['the namespace', true, { kind: 'namespace' }, undefined],
  ])('%s: %s', (_, expected, scope, matches) => {
    expect(isReached(member, scope, matches)).toBe(expected)
  })
})

describe('SingleFlight.fenceKey()', () => {
  it('fences what loads or waits to be stored under that key, and nothing else', () => {
    const flights = new SingleFlight()
    const [a, b] = [flights.begin(input('a')), flights.begin(input('b'))]
    const [watchA, watchB] = [input('a'), input('b')].map(({ membership }) =>
      flights.watch(membership),
    )
    flights.fenceKey(parseCacheKey('a'), 7)
    expect([a.isFenced, b.isFenced]).toEqual([true, false])
    expect([watchA?.fencedSeq, watchB?.fencedSeq]).toEqual([7, undefined])
  })

  it('reaches a watch where no flight runs, and a flight where nobody watches', () => {
    const flights = new SingleFlight()
    const watch = flights.watch(input('a').membership)
    flights.fenceKey(parseCacheKey('a'), 3)
    expect(watch.fencedSeq).toBe(3)
    watch.end()
    const flight = flights.begin(input('a'))
    flights.fenceKey(parseCacheKey('a'), 4)
    expect(flight.isFenced).toBe(true)
    expect(watch.fencedSeq).toBe(3)
  })
})
