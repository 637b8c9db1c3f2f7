import { describe, expect, it } from 'vitest'
import { entryFixture } from '../../../../src/testing/entry-fixture.ts'
import { FAKE_START_MS } from '../../../../src/testing/fake-clock.ts'
import { ENTRY, LEASE_MS, NAME, runStage } from './run-stage.ts'

describe('SharedRun, when it looks into L2', () => {
  it('answers what is there, wanted and valid', async () => {
    const { servers, run, calls } = runStage()
    servers.entries.set(NAME, ENTRY)
    const one = run()
    await one.begin('shared')
    expect(one.decided).toEqual([{ kind: 'found', entry: ENTRY }])
    expect(calls).toEqual(['get'])
    expect(one.run.previous).toBeUndefined()
  })

  it('runs the factory under the lease where nothing is there', async () => {
    const { servers, run, calls } = runStage()
    const one = run()
    await one.begin('shared')
    expect(one.decided).toEqual([{ kind: 'compute' }])
    expect(calls).toEqual(['get', 'lease none'])
    expect(servers.holderOf(NAME)).toBe('token-1')
  })

  it('asks nobody when it is alone, and takes nothing that is stored when it reloads', async () => {
    const { servers, run, calls } = runStage()
    servers.entries.set(NAME, ENTRY)
    const alone = run()
    await alone.begin('alone')
    expect(calls).toEqual([])
    const reloading = run()
    await reloading.begin('reload')
    expect(calls).toEqual(['lease any'])
    expect([alone.decided, reloading.decided]).toEqual([
      [{ kind: 'compute' }],
      [{ kind: 'compute' }],
    ])
  })

  it('runs the factory alone where there is no answer', async () => {
    const { servers, link, run } = runStage()
    link.isCut = true
    const one = run()
    await one.begin('shared')
    expect(one.decided).toEqual([{ kind: 'compute' }])
    link.isCut = false
    expect(await one.run.store(ENTRY)).toBe(false)
    expect(servers.entries.size).toBe(0)
  })

  it.each(['invalid', 'soft'] as const)('takes the lease against what is %s', async (verdict) => {
    const { servers, run, calls, policy } = runStage()
    servers.entries.set(NAME, ENTRY)
    policy.verdict = () => verdict
    const one = run()
    await one.begin('shared')
    expect(one.decided).toEqual([{ kind: 'compute' }])
    expect(calls).toEqual(['get', 'lease but 0'])
    // What is soft may be served if the factory fails; what is invalid never.
    const previous = verdict === 'soft' ? { ...ENTRY, isSoftInvalidated: true } : undefined
    expect(one.run.previous).toEqual(previous)
  })

  it('keeps what is valid but not wanted for stale answers, and what is dead for none', async () => {
    const { time, servers, run, calls, policy } = runStage()
    const expiresAtMs = FAKE_START_MS + 100
    const entry = entryFixture({ expiresAtMs, staleUntilMs: expiresAtMs + 50 })
    servers.entries.set(NAME, entry)
    policy.isWanted = () => false
    await time.advance(149)
    const one = run()
    await one.begin('shared')
    expect(one.decided).toEqual([{ kind: 'compute' }])
    expect(one.run.previous).toBe(entry)
    one.run.end()
    policy.isWanted = () => true
    await time.advance(1)
    const late = run()
    await late.begin('shared')
    expect(late.decided).toEqual([{ kind: 'compute' }])
    expect(late.run.previous).toBeUndefined()
    expect(calls.filter((call) => call === 'lease but 0')).toHaveLength(2)
  })

  it('reads the log before it rejects what is born beyond it, once', async () => {
    const { servers, run, calls, policy } = runStage()
    servers.entries.set(NAME, ENTRY)
    policy.verdict = () => (calls.includes('catch up') ? 'valid' : 'ahead')
    const one = run()
    await one.begin('shared')
    expect(one.decided).toEqual([{ kind: 'found', entry: ENTRY }])
    expect(calls).toEqual(['get', 'catch up'])
    calls.length = 0
    policy.verdict = () => 'ahead'
    const other = run()
    await other.begin('shared')
    expect(other.decided).toEqual([{ kind: 'compute' }])
    expect(calls).toEqual(['get', 'catch up', 'lease but 0'])
  })
})

describe('SharedRun, when others load the same key', () => {
  it('waits for the holder and answers what that has stored', async () => {
    const { time, run } = runStage()
    const [leader, follower] = [run(), run()]
    await leader.begin('shared')
    await follower.begin('shared')
    await time.advance(100)
    expect(follower.decided).toEqual([])
    expect(await leader.run.store(ENTRY)).toBe(true)
    await time.advance(50)
    expect(follower.decided).toEqual([{ kind: 'found', entry: ENTRY }])
  })

  it('takes over from a holder that has given up', async () => {
    const { time, servers, run } = runStage()
    const [leader, follower] = [run(), run()]
    await leader.begin('shared')
    await follower.begin('shared')
    leader.run.end()
    await time.advance(50)
    expect(follower.decided).toEqual([{ kind: 'compute' }])
    expect(servers.holderOf(NAME)).toBe('token-2')
  })

  it('takes over from a holder that has died at the end of its lease, and not before', async () => {
    const { time, servers, run } = runStage()
    servers.lease(NAME, { token: 'dead', leaseMs: LEASE_MS })
    const follower = run()
    await follower.begin('shared')
    await time.advance(LEASE_MS - 1)
    expect(follower.decided).toEqual([])
    await time.advance(51)
    expect(follower.decided).toEqual([{ kind: 'compute' }])
  })

  it('keeps its lease as long as the factory runs', async () => {
    const { time, servers, run, calls } = runStage()
    const [leader, follower] = [run(), run()]
    await leader.begin('shared')
    await follower.begin('shared')
    await time.advance(LEASE_MS * 3)
    expect(calls.filter((call) => call === 'renew').length).toBeGreaterThan(5)
    expect(servers.holderOf(NAME)).toBe('token-1')
    expect(follower.decided).toEqual([])
    expect(await leader.run.store(ENTRY)).toBe(true)
    const renewed = calls.filter((call) => call === 'renew').length
    await time.advance(LEASE_MS)
    expect(calls.filter((call) => call === 'renew')).toHaveLength(renewed)
  })

  it('stores nothing once somebody else holds the lease', async () => {
    const { servers, run } = runStage()
    const one = run()
    await one.begin('shared')
    servers.lease(NAME, { token: 'other', leaseMs: LEASE_MS })
    expect(await one.run.store(ENTRY)).toBe(false)
    expect(servers.entries.size).toBe(0)
    expect(servers.holderOf(NAME)).toBe('other')
  })

  it('stores nothing that there is no answer for', async () => {
    const { link, run } = runStage()
    const one = run()
    await one.begin('shared')
    link.cut()
    expect(await one.run.store(ENTRY)).toBe(false)
  })
})
