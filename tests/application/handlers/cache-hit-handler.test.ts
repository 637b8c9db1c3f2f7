import { describe, expect, it } from 'vitest'
import { cacheHitHandler, SAMPLING } from '../../../src/application/handlers/cache-hit-handler.ts'
import { parseCacheKey } from '../../../src/core/value-objects/cache-key.ts'
import { FAKE_START_MS } from '../../../src/testing/fake-clock.ts'
import { handlerStage } from '../../fakes/handler-stage.ts'

const key = parseCacheKey('key')

describe('cacheHitHandler()', () => {
  it('counts fresh and stale hits apart', () => {
    const { ports } = handlerStage()
    const onHit = cacheHitHandler(ports)
    onHit(key, 'memory', false)
    onHit(key, 'memory', false)
    onHit(key, 'memory', true)
    expect(ports.statistics).toMatchObject({ hits: 2, staleHits: 1, misses: 0 })
  })

  it('tells listeners of tier and staleness, and nobody if nobody listens', () => {
    const { ports, emitted } = handlerStage()
    cacheHitHandler(ports)(key, 'repository', true)
    expect(emitted).toEqual([
      { type: 'hit', namespace: 'ns', key, tier: 'repository', stale: true, atMs: FAKE_START_MS },
    ])
    const silent = handlerStage(false)
    cacheHitHandler(silent.ports)(key, 'memory', false)
    expect(silent.emitted).toEqual([])
  })

  it.each([true, false])(
    'samples one hit in so many for the access patterns, stale: %s',
    (isStale) => {
      const { ports } = handlerStage()
      const onHit = cacheHitHandler(ports)
      for (let at = 1; at < SAMPLING; at += 1) onHit(key, 'memory', isStale)
      expect(ports.patterns.hottest(1)).toEqual([])
      onHit(key, 'memory', isStale)
      expect(ports.patterns.hottest(1)).toEqual([{ key, count: SAMPLING }])
      for (let at = 0; at < SAMPLING; at += 1) onHit(key, 'memory', isStale)
      expect(ports.patterns.hottest(1)).toEqual([{ key, count: 2 * SAMPLING }])
    },
  )

  it('meets all keys of reads that take turns', () => {
    const { ports } = handlerStage()
    const onHit = cacheHitHandler(ports)
    const turns = ['a', 'b', 'c', 'd'].map(parseCacheKey)
    for (let at = 0; at < SAMPLING * 8; at += 1) onHit(turns[at % 4] ?? key, 'memory', false)
    expect(
      ports.patterns
        .hottest(10)
        .map((hot) => hot.key)
        .sort(),
    ).toEqual(turns)
  })
})
