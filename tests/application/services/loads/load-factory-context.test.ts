import { describe, expect, it } from 'vitest'
import {
  type LoadWishes,
  loadFactoryContext,
} from '../../../../src/application/services/loads/load-factory-context.ts'
import { DEFAULT_NAMESPACE } from '../../../../src/core/entities/cache-namespace.ts'
import { parseCacheKey } from '../../../../src/core/value-objects/cache-key.ts'
import { DEFAULT_ENTRY_POLICY } from '../../../../src/core/value-objects/entry-policy.ts'
import { entryFixture } from '../../../../src/testing/entry-fixture.ts'
import { createFakeClock } from '../../../../src/testing/fake-clock.ts'

const key = parseCacheKey('key')
const old = { name: 'old' }

function made(isolation: 'share' | 'clone' = 'share', hasOld = true) {
  const wishes: LoadWishes = { policy: DEFAULT_ENTRY_POLICY, isNotModified: false }
  const controller = new AbortController()
  const settings = { ...DEFAULT_NAMESPACE, name: 'ns', isolation }
  const context = loadFactoryContext(
    { settings, clock: createFakeClock().clock },
    key,
    { previous: hasOld ? entryFixture({ value: old }) : undefined, controller },
    wishes,
  )
  return { wishes, context, controller }
}

describe('loadFactoryContext()', () => {
  it('hands out the key, the signal of the flight and the old value', () => {
    const { context, controller } = made()
    expect(context.key).toBe('key')
    expect(context.signal).toBe(controller.signal)
    expect(context.stale).toBe(old)
    expect(made('share', false).context.stale).toBeUndefined()
  })

  it('hands out a copy of the old value under clone', () => {
    const { context } = made('clone')
    expect(context.stale).toEqual(old)
    expect(context.stale).not.toBe(old)
  })

  it('setOptions() adds to what was said before, and leaves the defaults alone', () => {
    const { context, wishes } = made()
    context.setOptions({ tags: ['a'], ttl: 5 })
    context.setOptions({ tags: ['b'], priority: 'high' })
    expect(wishes.policy).toMatchObject({
      tags: ['a', 'b'],
      ttl: { kind: 'span', ms: 5 },
      priority: 'high',
    })
    expect(DEFAULT_ENTRY_POLICY.tags).toEqual([])
  })

  it('setOptions() refuses a wrong option and keeps what was said before', () => {
    const { context, wishes } = made()
    context.setOptions({ ttl: 5 })
    expect(() => context.setOptions({ ttl: -5 })).toThrow(
      expect.objectContaining({ code: 'CACHE_TTL_INVALID' }),
    )
    expect(wishes.policy.ttl).toEqual({ kind: 'span', ms: 5 })
  })

  it('notModified() answers the old value itself, and leaves word of it', () => {
    const { context, wishes } = made('clone')
    expect(wishes.isNotModified).toBe(false)
    expect(context.notModified()).toBe(old)
    expect(wishes.isNotModified).toBe(true)
  })

  it('notModified() throws where there is no old value', () => {
    const { context, wishes } = made('share', false)
    expect(() => context.notModified()).toThrow(
      expect.objectContaining({
        code: 'CACHE_LOAD_FAILED',
        message: 'Cannot keep the old value of "key": there is none',
      }),
    )
    expect(wishes.isNotModified).toBe(false)
  })

  it('fail() throws with the message, and the cause if there is one', () => {
    const { context } = made()
    expect(() => context.fail('no row')).toThrow('Cannot load "key": no row')
    const cause = new Error('why')
    expect(() => context.fail('no row', { cause })).toThrow(
      expect.objectContaining({ code: 'CACHE_LOAD_FAILED', cause }),
    )
  })
})
