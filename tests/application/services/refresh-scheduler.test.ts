import { describe, expect, it } from 'vitest'
import {
  MAX_BACKGROUND_REFRESHES,
  RefreshScheduler,
} from '../../../src/application/services/refresh-scheduler.ts'
import { parseCacheKey } from '../../../src/core/value-objects/cache-key.ts'
import { deferred } from '../../fakes/deferred.ts'

const key = parseCacheKey('key')

describe('RefreshScheduler', () => {
  it('runs one refresh per key, and the next once it has ended', async () => {
    const refreshes = new RefreshScheduler(() => undefined)
    const end = deferred()
    expect(refreshes.request(key, () => end.promise)).toBe(true)
    expect(refreshes.request(key, () => end.promise)).toBe(false)
    expect(refreshes.running).toBe(1)
    end.resolve()
    await new Promise(setImmediate)
    expect(refreshes.running).toBe(0)
    expect(refreshes.request(key, async () => undefined)).toBe(true)
  })

  it('starts no more than the limit, and starts again when one has ended', async () => {
    const refreshes = new RefreshScheduler(() => undefined)
    const ends = Array.from({ length: MAX_BACKGROUND_REFRESHES }, () => deferred())
    for (const [at, end] of ends.entries()) {
      expect(refreshes.request(parseCacheKey(`key:${at}`), () => end.promise)).toBe(true)
    }
    expect(refreshes.request(key, async () => undefined)).toBe(false)
    ends[0]?.resolve()
    await new Promise(setImmediate)
    expect(refreshes.request(key, async () => undefined)).toBe(true)
  })

  it('says which key failed and why, and is free again', async () => {
    const errors: unknown[] = []
    const refreshes = new RefreshScheduler((...error) => errors.push(error))
    const error = new Error('down')
    refreshes.request(key, () => Promise.reject(error))
    await new Promise(setImmediate)
    expect(errors).toEqual([[key, error]])
    expect(refreshes.running).toBe(0)
  })
})
