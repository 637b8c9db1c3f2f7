import { describe, expect, it } from 'vitest'
import { cacheExpiredHandler } from '../../../src/application/handlers/cache-expired-handler.ts'
import type { RemovalCause } from '../../../src/core/protocols/cache-repository.ts'
import { entryFixture } from '../../../src/testing/entry-fixture.ts'
import { FAKE_START_MS } from '../../../src/testing/fake-clock.ts'
import { handlerStage } from '../../fakes/handler-stage.ts'
import { positionedFixture } from '../../fakes/mark-fixture.ts'

const entry = entryFixture({ expiresAtMs: FAKE_START_MS + 5, priority: 'high' })
const invalidated: RemovalCause = {
  kind: 'invalidated',
  ...positionedFixture(1, { kind: 'namespace' }),
}

describe('cacheExpiredHandler()', () => {
  it('tells of an expiry when its time was over', () => {
    const { ports, emitted } = handlerStage()
    cacheExpiredHandler(ports)(entry, { kind: 'expired' })
    expect(emitted).toEqual([
      {
        type: 'expired',
        namespace: 'ns',
        key: 'key',
        expiredAtMs: FAKE_START_MS + 5,
        atMs: FAKE_START_MS,
      },
    ])
    expect(ports.statistics.expired).toBe(1)
  })

  it.each<[Extract<RemovalCause, { rule: string }>, boolean]>([
    [{ kind: 'evicted', rule: 'lru', limit: 'bytes' }, false],
    [{ kind: 'refused', rule: 'lru' }, true],
  ])('tells of an entry that left by %o, by which rule', (cause, refused) => {
    const { ports, emitted } = handlerStage()
    cacheExpiredHandler(ports)(entry, cause)
    expect(emitted).toEqual([
      {
        type: 'evicted',
        namespace: 'ns',
        key: 'key',
        priority: 'high',
        sizeBytes: 100,
        rule: 'lru',
        refused,
        atMs: FAKE_START_MS,
      },
    ])
    expect(ports.statistics[cause.kind]).toBe(1)
  })

  it.each<RemovalCause>([invalidated, { kind: 'replaced' }, { kind: 'deleted' }])(
    'tells nobody of %o',
    (cause) => {
      const { ports, emitted } = handlerStage()
      cacheExpiredHandler(ports)(entry, cause)
      expect(emitted).toEqual([])
    },
  )

  it.each<RemovalCause>([
    { kind: 'expired' },
    { kind: 'evicted', rule: 'lru', limit: 'shared' },
    { kind: 'refused', rule: 'too large' },
    { kind: 'deleted' },
    invalidated,
  ])('keeps %o for explain', (cause) => {
    const { ports } = handlerStage(false)
    cacheExpiredHandler(ports)(entry, cause)
    expect(ports.decisions.find(entry.key)).toEqual({ key: 'key', cause, atMs: FAKE_START_MS })
  })

  it('keeps nothing of a value that a newer one replaced: the key is there', () => {
    const { ports } = handlerStage()
    cacheExpiredHandler(ports)(entry, { kind: 'replaced' })
    expect(ports.decisions.find(entry.key)).toBeUndefined()
  })

  it('tells nobody if nobody listens', () => {
    const { ports, emitted } = handlerStage(false)
    cacheExpiredHandler(ports)(entry, { kind: 'expired' })
    expect(emitted).toEqual([])
  })
})
