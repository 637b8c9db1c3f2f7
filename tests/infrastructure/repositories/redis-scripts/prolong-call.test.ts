import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest'
import type { CacheEntry } from '../../../../src/core/entities/cache-entry.ts'
import { prolongCall } from '../../../../src/infrastructure/repositories/redis-scripts/prolong-call.ts'
import { entryFixture } from '../../../../src/testing/entry-fixture.ts'
import { FRAME_NAME, frameOf, readFrame } from '../../../fakes/frame-fixture.ts'
import { describeWithRedis } from '../../../servers/describe-with-redis.ts'
import { type ScriptStage, scriptStage } from './script-stage.ts'

const entry = entryFixture({ birth: { generation: 'g', seq: 7 }, createdAtMs: 5, accessedAtMs: 5 })

describeWithRedis('PROLONG', () => {
  let stage: ScriptStage
  beforeAll(async () => {
    stage = await scriptStage()
  })
  afterAll(() => stage.close())
  beforeEach(() => stage.reset())

  function prolong({ birth, createdAtMs }: CacheEntry, ttlMs: number | undefined) {
    const frame = frameOf({ ...entry, value: 'prolonged' })
    return stage.run(prolongCall({ valueName: FRAME_NAME, birth, createdAtMs, frame, ttlMs }))
  }
  async function stored(): Promise<unknown> {
    const bytes = await stage.send('GET', FRAME_NAME)
    return bytes instanceof Uint8Array ? readFrame(bytes) : bytes
  }

  it('writes the value again, with its TTL or none', async () => {
    await stage.send('SET', FRAME_NAME, frameOf(entry))
    expect(await prolong(entry, 60_000)).toBe(1)
    expect(await stored()).toMatchObject({ value: 'prolonged' })
    expect(Number(await stage.send('PTTL', FRAME_NAME))).toBeGreaterThan(50_000)
    expect(await prolong(entry, undefined)).toBe(1)
    expect(await stage.send('PTTL', FRAME_NAME)).toBe(-1)
  })

  it.each([
    ['of another place', { ...entry, birth: { generation: 'g', seq: 8 } }],
    ['of another generation', { ...entry, birth: { generation: 'h', seq: 7 } }],
    ['created at another moment', { ...entry, createdAtMs: 6 }],
  ])('leaves a value alone that is %s', async (_, other) => {
    await stage.send('SET', FRAME_NAME, frameOf(entry))
    expect(await prolong(other, 60_000)).toBe(0)
    expect(await stored()).toMatchObject({ value: 'value' })
  })

  it('brings nothing back that is gone, and replaces nothing that is no value', async () => {
    expect(await prolong(entry, 60_000)).toBe(0)
    await stage.send('HSET', FRAME_NAME, 'a', 'b')
    expect(await prolong(entry, 60_000)).toBe(0)
    expect(await stage.send('TYPE', FRAME_NAME)).toBe('hash')
  })
})
