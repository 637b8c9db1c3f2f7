import { describe, expect, it } from 'vitest'
import {
  HISTORY_SIZE,
  InvalidationService,
} from '../../../src/application/services/invalidation-service.ts'
import type { InvalidationScope } from '../../../src/core/entities/invalidation-mark.ts'
import type { CacheEvent } from '../../../src/core/events/cache-event.ts'
import { CacheError } from '../../../src/core/exceptions/cache-error.ts'
import type { InvalidationLog } from '../../../src/core/protocols/invalidation-log.ts'
import { parseCacheKey } from '../../../src/core/value-objects/cache-key.ts'
import { parseCacheTag, parseDependencyName } from '../../../src/core/value-objects/cache-tag.ts'
import { MemoryDistributor } from '../../../src/infrastructure/distributors/memory-distributor.ts'
import { PatternInvalidator } from '../../../src/infrastructure/invalidators/pattern-invalidator.ts'
import { createFakeClock, FAKE_START_MS } from '../../../src/testing/fake-clock.ts'
import { fakeRandom } from '../../fakes/fake-random.ts'
import { markFixture } from '../../fakes/mark-fixture.ts'

const key = parseCacheKey('key')
const request = (scope: InvalidationScope, namespace = 'ns') => ({
  namespace,
  scope,
  soft: false,
  act: 'invalidate' as const,
  reason: undefined,
  origin: undefined,
})
const TAG: InvalidationScope = { kind: 'tag', tag: parseCacheTag('t') }

function serving(change: Partial<InvalidationLog> = {}) {
  const opened = new MemoryDistributor(fakeRandom()).open('cache')
  const log: InvalidationLog = {
    append: (mark) => opened.append(mark),
    appendUnheard: (set) => opened.appendUnheard(set),
    read: (from, limit) => opened.read(from, limit),
    head: () => opened.head(),
    subscribe: (listener) => opened.subscribe(listener),
    close: () => opened.close(),
    ...change,
  }
  const emitted: CacheEvent[] = []
  const events = { hears: () => true, emit: (event: CacheEvent) => emitted.push(event) }
  const service = new InvalidationService({
    node: 'me',
    log,
    clock: createFakeClock().clock,
    events,
    regex: new PatternInvalidator(),
  })
  const heard: unknown[][] = []
  service.register('ns', (...call) => heard.push(['ns', ...call]))
  service.register('other', (...call) => heard.push(['other', ...call]))
  return { service, log, emitted, heard }
}

describe('InvalidationService.invalidate()', () => {
  it('answers the place of the mark, propagated, and applies it before', async () => {
    const { service, heard, emitted } = serving()
    const { position, propagated } = await service.invalidate(request(TAG))
    expect({ seq: position?.seq, propagated }).toEqual({ seq: 1, propagated: true })
    expect(service.head()).toBe(position)
    const mark = {
      namespace: 'ns',
      scope: TAG,
      soft: false,
      act: 'invalidate',
      origin: 'me',
      reason: undefined,
      atMs: FAKE_START_MS,
    }
    expect(heard).toEqual([['ns', { position, mark }, undefined, false, false]])
    expect(emitted).toEqual([
      { type: 'invalidated', namespace: 'ns', mark, position, atMs: FAKE_START_MS },
    ])
  })

  it('reaches one namespace, a dependency all of them', async () => {
    const { service, heard } = serving()
    const name = parseDependencyName('d')
    await service.invalidate(request(TAG, 'other'))
    await service.invalidate(request(TAG, 'unknown'))
    await service.invalidate(request({ kind: 'dependency', dependency: name, closure: [name] }))
    expect(heard.map(([namespace]) => namespace)).toEqual(['other', 'ns', 'other'])
  })

  it('hands patterns and regexes on with their matchers', async () => {
    const { service, heard } = serving()
    await service.invalidate(request({ kind: 'pattern', pattern: 'a:*:c' }))
    await service.invalidate(request({ kind: 'regex', regex: '^a.c$' }))
    const matchers = heard.map(([, , matches]) => matches as (key: string) => boolean)
    expect(matchers.map((matches) => [matches('a:b:c'), matches('abc')])).toEqual([
      [true, false],
      [false, true],
    ])
  })

  it('appends nothing for a wrong regex, and says where it is wrong', async () => {
    const { service } = serving()
    await expect(
      service.invalidate(request({ kind: 'regex', regex: 'a(b' })),
    ).rejects.toMatchObject({
      code: 'CACHE_PATTERN_INVALID',
      message: expect.stringContaining('at 3'),
    })
    expect(service.head().seq).toBe(0)
  })

  it('takes the mark of another node with a regex that was never compiled here to hit everything', () => {
    const { log, heard } = serving()
    void log.append(markFixture({ kind: 'regex', regex: 'x' }, { namespace: 'ns', origin: 'else' }))
    expect(heard[0]?.[2]).toBeUndefined()
  })

  it.each([
    [
      'throws',
      () => {
        throw new Error('full')
      },
    ],
    ['rejects', () => Promise.reject(new Error('full'))],
  ])('rejects when the log %s, and never says that it was propagated', async (_, append) => {
    const { service, heard } = serving({ append })
    await expect(service.invalidate(request(TAG))).rejects.toMatchObject({
      code: 'CACHE_REPOSITORY_UNAVAILABLE',
      cause: new Error('full'),
    })
    expect(heard).toEqual([])
  })

  it('hands on that the log is closed', async () => {
    const { service, log } = serving()
    await log.close()
    await expect(service.invalidate(request(TAG))).rejects.toMatchObject({ code: 'CACHE_CLOSED' })
  })

  it('keeps the origin and the reason that are given', async () => {
    const { service } = serving()
    await service.invalidate({ ...request(TAG), origin: 'admin', reason: 'because' })
    expect(service.history(1)[0]?.mark).toMatchObject({ origin: 'admin', reason: 'because' })
  })
})

describe('InvalidationService.assertKey()', () => {
  it('answers the birth, and tells the namespace that it is its own set', () => {
    const { service, heard, emitted } = serving()
    expect(service.assertKey('ns', key)).toEqual(service.head())
    expect(heard).toMatchObject([
      ['ns', { mark: { act: 'set', scope: { key } } }, undefined, true, false],
    ])
    expect(emitted).toEqual([])
  })

  it('is not its own set on another node', () => {
    const { log, heard } = serving()
    void log.append(
      markFixture({ kind: 'key', key }, { namespace: 'ns', act: 'set', origin: 'else' }),
    )
    expect(heard[0]?.[3]).toBe(false)
  })

  it('throws at once where the log refuses at once', () => {
    const { service } = serving({
      append: () => {
        throw new Error('full')
      },
    })
    expect(() => service.assertKey('ns', key)).toThrow(
      expect.objectContaining({ code: 'CACHE_REPOSITORY_UNAVAILABLE' }),
    )
  })

  it('rejects where the log rejects, and answers later where it answers later', async () => {
    const { service } = serving({
      append: () => Promise.reject(new CacheError('CACHE_CLOSED', 'x')),
    })
    await expect(service.assertKey('ns', key)).rejects.toMatchObject({ code: 'CACHE_CLOSED' })
    const position = { generation: 'g', seq: 5 }
    const late = serving({ append: async () => position })
    expect(await late.service.assertKey('ns', key)).toBe(position)
  })
})

describe('InvalidationService.history()', () => {
  it('answers the newest first, without sets, as many as asked', async () => {
    const { service } = serving()
    for (const reason of ['a', 'b', 'c']) await service.invalidate({ ...request(TAG), reason })
    void service.assertKey('ns', key)
    expect(service.history(2).map(({ mark }) => mark.reason)).toEqual(['c', 'b'])
    expect(service.history(99)).toHaveLength(3)
    for (const none of [0, -1, Number.NaN]) expect(service.history(none)).toEqual([])
  })

  it('remembers 1000', async () => {
    const { service } = serving()
    for (let at = 0; at < HISTORY_SIZE * 2 + 5; at += 1) await service.invalidate(request(TAG))
    const history = service.history(99_999)
    expect(history).toHaveLength(1000)
    expect(history[0]?.position.seq).toBe(HISTORY_SIZE * 2 + 5)
    expect(history.at(-1)?.position.seq).toBe(HISTORY_SIZE + 6)
  })

  it('tells nobody when nobody listens, nor anything after close()', async () => {
    const { service, log, heard } = serving()
    service.close()
    void log.append(markFixture(TAG, { namespace: 'ns' }))
    expect(heard).toEqual([])
    expect(service.history(1)).toEqual([])
  })
})

describe('InvalidationService.matcherOf()', () => {
  it('compiles a regex once, and forgets all when there are too many', async () => {
    const { service } = serving()
    const first = await service.matcherOf({ kind: 'regex', regex: 'x0' })
    expect(await service.matcherOf({ kind: 'regex', regex: 'x0' })).toBe(first)
    for (let at = 1; at <= 1000; at += 1)
      await service.matcherOf({ kind: 'regex', regex: `x${at}` })
    expect(service.patternMatcher({ kind: 'regex', regex: 'x0' })).toBeUndefined()
    expect(service.patternMatcher({ kind: 'regex', regex: 'x1000' })).toBeDefined()
  })

  it('has none for other scopes', async () => {
    const { service } = serving()
    expect(await service.matcherOf(TAG)).toBeUndefined()
    expect(await service.matcherOf({ kind: 'namespace' })).toBeUndefined()
  })
})

describe('InvalidationService.assertUnheard()', () => {
  it('answers the birth, and tells nobody', () => {
    const { service, heard, emitted } = serving()
    const birth = service.assertUnheard('ns', key)
    expect(birth).toMatchObject({ seq: 1 })
    expect(service.head()).toBe(birth)
    expect(heard).toEqual([])
    expect(emitted).toEqual([])
    expect(service.history(9)).toEqual([])
  })

  it('leaves the mark of a set of this node in the log', async () => {
    const { service, log } = serving()
    const start = service.head()
    service.assertUnheard('ns', key)
    void service.assertKey('ns', key)
    const { marks } = await log.read(start, 9)
    expect(marks[0]?.mark).toEqual(marks[1]?.mark)
  })

  it('answers nothing, and appends nothing, where somebody else listens', () => {
    const { service, log } = serving()
    log.subscribe(() => undefined)
    expect(service.assertUnheard('ns', key)).toBeUndefined()
    expect(service.head().seq).toBe(0)
  })
})
