import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { loadCall } from '../../../../src/infrastructure/repositories/redis-scripts/load-call.ts'
import {
  endLeaseCall,
  readStoreReply,
  renewLeaseCall,
  type StoreReply,
  storeCall,
  takeLeaseCall,
} from '../../../../src/infrastructure/repositories/redis-scripts/store-call.ts'
import { describeWithRedis } from '../../../servers/describe-with-redis.ts'
import { namesOf, type ScriptStage, scriptStage } from './script-stage.ts'

const names = namesOf('user:1')
const mine = { ...names, token: 'mine' }
const frame = Buffer.from([0, 1, 255])

describeWithRedis('STORE and the lease', () => {
  let stage: ScriptStage
  beforeAll(async () => {
    stage = await scriptStage()
  })
  afterAll(() => stage.close())
  beforeEach(() => stage.reset())

  async function store(token = 'mine', ttlMs: number | 'never' = 60_000): Promise<StoreReply> {
    return readStoreReply(
      await stage.run(storeCall({ ...names, token }, frame, ttlMs === 'never' ? undefined : ttlMs)),
    )
  }
  const lease = (token = 'mine'): Promise<unknown> =>
    stage.run(loadCall({ ...names, headName: undefined, token, leaseMs: 2000, rejected: 'none' }))
  const leaseHolder = async (): Promise<string> => String(await stage.send('GET', names.leaseName))

  it('stores for the holder of the lease, with its TTL, and ends the lease', async () => {
    await lease()
    expect(await store()).toEqual({ kind: 'stored' })
    expect(await stage.send('GET', names.valueName)).toEqual(frame)
    expect(Number(await stage.send('PTTL', names.valueName))).toBeGreaterThan(50_000)
    expect(await stage.send('EXISTS', names.leaseName)).toBe(0)
  })

  it('stores without an end if there is no TTL', async () => {
    await lease()
    await store('mine', 'never')
    expect(await stage.send('PTTL', names.valueName)).toBe(-1)
  })

  it('refuses who lost the lease: to time, to another, or to an invalidation', async () => {
    expect(await store()).toEqual({ kind: 'refused' })
    await lease('other')
    expect(await store()).toEqual({ kind: 'refused' })
    expect(await leaseHolder()).toBe('other')
    expect(await stage.send('EXISTS', names.valueName)).toBe(0)
  })

  it('refuses a lease that is something else', async () => {
    await stage.send('RPUSH', names.leaseName, 'mine')
    expect(await store()).toEqual({ kind: 'refused' })
  })

  it('replaces what is no value', async () => {
    await lease()
    await stage.send('HSET', names.valueName, 'a', 'b')
    expect(await store()).toEqual({ kind: 'stored' })
  })

  it('says that there is no memory, stores nothing, and ends the lease', async () => {
    await lease()
    await stage.fillMemory()
    expect(await store()).toMatchObject({ kind: 'full', why: expect.stringMatching(/^OOM/) })
    expect(await stage.send('EXISTS', names.valueName, names.leaseName)).toBe(0)
  })

  it('takeLeaseCall() deletes the value and takes the lease from its holder, also without memory', async () => {
    await lease('other')
    await stage.send('SET', names.valueName, 'old')
    await stage.fillMemory()
    expect(await stage.run(takeLeaseCall(mine, 2000))).toBe(1)
    expect(await stage.send('EXISTS', names.valueName)).toBe(0)
    expect(await leaseHolder()).toBe('mine')
    expect(await store('other')).toEqual({ kind: 'refused' })
  })

  it('renewLeaseCall() and endLeaseCall() do nothing to a lease of another', async () => {
    await lease('other')
    expect(await stage.run(renewLeaseCall(mine, 60_000))).toBe(0)
    expect(await stage.run(endLeaseCall(mine))).toBe(0)
    expect(Number(await stage.send('PTTL', names.leaseName))).toBeLessThanOrEqual(2000)
  })

  it('renewLeaseCall() makes the own lease last, endLeaseCall() ends it', async () => {
    await lease()
    expect(await stage.run(renewLeaseCall(mine, 60_000))).toBe(1)
    expect(Number(await stage.send('PTTL', names.leaseName))).toBeGreaterThan(50_000)
    expect(await stage.run(endLeaseCall(mine))).toBe(1)
    expect(await stage.send('EXISTS', names.leaseName)).toBe(0)
  })
})

describe('readStoreReply()', () => {
  it.each([[null], [1], [[]], [[9]]])('says of %j that it is none', (reply) => {
    expect(readStoreReply(reply)).toMatchObject({ kind: 'fault' })
  })
})
