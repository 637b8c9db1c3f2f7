import { describe, expect, it } from 'vitest'
import {
  cacheMissHandler,
  MISS_SAMPLING,
} from '../../../src/application/handlers/cache-miss-handler.ts'
import { parseCacheKey } from '../../../src/core/value-objects/cache-key.ts'
import { FAKE_START_MS } from '../../../src/testing/fake-clock.ts'
import { handlerStage } from '../../fakes/handler-stage.ts'

const key = parseCacheKey('key')

describe('cacheMissHandler()', () => {
  it('counts a miss, and notes each in the access patterns while there is room', () => {
    const { ports } = handlerStage()
    const onMiss = cacheMissHandler(ports)
    onMiss(key)
    onMiss(key)
    expect(ports.statistics.misses).toBe(2)
    expect(ports.patterns.hottest(1)).toEqual([{ key, count: 2 }])
  })

  it('notes one of 17 for all of them once the table is full', () => {
    const { ports } = handlerStage()
    const onMiss = cacheMissHandler(ports)
    for (let at = 0; at < 128; at += 1) onMiss(parseCacheKey(`other:${at}`))
    for (let times = 1; times < MISS_SAMPLING; times += 1) onMiss(key)
    expect(ports.patterns.hottest(1)[0]?.count).toBe(1)
    onMiss(key)
    // The one that gave way had been seen once.
    expect(ports.patterns.hottest(1)).toEqual([{ key, count: 1 + MISS_SAMPLING }])
    expect(ports.statistics.misses).toBe(128 + MISS_SAMPLING)
  })

  it('tells listeners, and nobody if nobody listens', () => {
    const { ports, emitted } = handlerStage()
    cacheMissHandler(ports)(key)
    expect(emitted).toEqual([{ type: 'miss', namespace: 'ns', key, atMs: FAKE_START_MS }])
    const silent = handlerStage(false)
    cacheMissHandler(silent.ports)(key)
    expect(silent.emitted).toEqual([])
  })
})
