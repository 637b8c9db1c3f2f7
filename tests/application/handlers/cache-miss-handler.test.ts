import { describe, expect, it } from 'vitest'
import { cacheMissHandler } from '../../../src/application/handlers/cache-miss-handler.ts'
import { parseCacheKey } from '../../../src/core/value-objects/cache-key.ts'
import { FAKE_START_MS } from '../../../src/testing/fake-clock.ts'
import { handlerStage } from '../../fakes/handler-stage.ts'

const key = parseCacheKey('key')

describe('cacheMissHandler()', () => {
  it('counts a miss, and looks at each for the access patterns', () => {
    const { ports } = handlerStage()
    const onMiss = cacheMissHandler(ports)
    onMiss(key)
    onMiss(key)
    expect(ports.statistics.misses).toBe(2)
    expect(ports.patterns.hottest(1)).toEqual([{ key, count: 2 }])
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
