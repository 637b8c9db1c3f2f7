import { describe, expect, it } from 'vitest'
import { ENTRY, LEASE_MS, NAME, runStage } from './run-stage.ts'

describe('SharedRun, when a mark reaches it', () => {
  it('begins anew if its factory has not begun', async () => {
    const { servers, run } = runStage()
    servers.lease(NAME, { token: 'other', leaseMs: LEASE_MS })
    const one = run()
    await one.begin('shared')
    one.run.onFenced()
    await Promise.resolve()
    expect(one.decided).toEqual([{ kind: 'restart' }])
    expect(servers.holderOf(NAME)).toBe('other')
  })

  it('gives the lease back if it has, and stores nothing', async () => {
    const { time, servers, run } = runStage()
    const one = run()
    await one.begin('shared')
    one.run.onFenced()
    await time.advance(0)
    expect(servers.holderOf(NAME)).toBeUndefined()
    expect(await one.run.store(ENTRY)).toBe(false)
    expect(servers.entries.size).toBe(0)
  })
})

describe('SharedRun, while its node is not coherent', () => {
  it('stores nothing: a mark that nobody here has heard of may be forgotten elsewhere', async () => {
    const { servers, policy, run } = runStage()
    const one = run()
    await one.begin('shared')
    policy.mayStore = () => false
    expect(await one.run.store(ENTRY)).toBe(false)
    expect(servers.entries.size).toBe(0)
  })
})

describe('SharedRun, when it ends', () => {
  it('gives the lease back, also one that is still on its way', async () => {
    const { time, servers, link, run } = runStage()
    const one = run()
    await one.begin('shared')
    one.run.end()
    await time.advance(0)
    expect(servers.holderOf(NAME)).toBeUndefined()
    const other = run()
    await other.begin('alone')
    const late = run()
    link.hold()
    await late.begin('reload')
    late.run.end()
    link.letGo()
    await time.advance(0)
    expect(servers.holderOf(NAME)).toBeUndefined()
    expect(late.decided).toEqual([{ kind: 'restart' }])
  })

  it('leaves nobody waiting: neither for a decision nor for what is being stored, nor later', async () => {
    const { time, link, run } = runStage()
    const one = run()
    await one.begin('shared')
    link.hold()
    const stored = one.run.store(ENTRY)
    one.run.end()
    expect(await stored).toBe(false)
    expect(await one.run.store(ENTRY)).toBe(false)
    link.letGo()
    await time.advance(LEASE_MS * 2)
  })

  it('keeps no time and asks for nothing any more', async () => {
    const { time, servers, run, calls } = runStage()
    servers.lease(NAME, { token: 'other', leaseMs: LEASE_MS })
    const [waiting, computing] = [run(), run()]
    await waiting.begin('shared')
    waiting.run.end()
    servers.leases.clear()
    await computing.begin('shared')
    computing.run.end()
    const before = calls.length
    await time.advance(LEASE_MS * 2)
    expect(calls).toHaveLength(before)
  })
})
