import { describe, expect, it } from 'vitest'
import type { CacheKey } from '../../../../src/core/value-objects/cache-key.ts'
import type { CacheTag } from '../../../../src/core/value-objects/cache-tag.ts'
import { deferred } from '../../../fakes/deferred.ts'
import { NODE_SETTINGS } from './node-stage.ts'
import { entry, flightOf, invalidate, KEY, NAME, set, tiersStage, wantsAll } from './tiers-stage.ts'

const LEASE_MS = NODE_SETTINGS.coherenceLeaseMs

describe('SharedTiers.find', () => {
  it('answers what L1 holds without asking L2, and keeps in L1 what L2 holds', async () => {
    const { servers, a } = await tiersStage()
    servers.entries.set(NAME, entry())
    expect(await a.tiers.find(KEY)).toMatchObject({ tier: 'repository', entry: { value: 'value' } })
    expect(await a.tiers.find(KEY)).toMatchObject({ tier: 'memory', entry: { value: 'value' } })
    expect(a.link.gets).toBe(1)
    expect(await a.tiers.find('other' as CacheKey)).toBeUndefined()
  })

  it('doesn’t put what it has read in the place of what was refreshed here meanwhile', async () => {
    const gate = deferred<void>()
    const stage = await tiersStage((store) => ({
      ...store,
      getMany: async (keys) => {
        const findings = await store.getMany(keys)
        await gate.promise
        return findings
      },
    }))
    const { servers, settle, a } = stage
    servers.entries.set(NAME, entry({ value: 'read' }))
    const found = a.tiers.find(KEY)
    await settle()
    a.tiers.near.set(entry({ value: 'refreshed' }))
    gate.resolve()
    expect((await found)?.entry.value).toBe('refreshed')
    expect(a.tiers.near.get(KEY)?.value).toBe('refreshed')
  })

  it('asks L2 for what is stale here, since another node may have refreshed it', async () => {
    const { servers, time, a } = await tiersStage()
    const expiresAtMs = time.nowMs + 100
    const stale = entry({ expiresAtMs, staleUntilMs: expiresAtMs + 1000 })
    a.tiers.near.set(stale)
    await time.advance(99)
    expect(await a.tiers.find(KEY)).toMatchObject({ tier: 'memory', entry: { value: 'value' } })
    expect(a.link.gets).toBe(0)
    await time.advance(1)
    expect(await a.tiers.find(KEY)).toMatchObject({ tier: 'memory', entry: { value: 'value' } })
    servers.entries.set(NAME, entry({ value: 'refreshed' }))
    expect(await a.tiers.find(KEY)).toMatchObject({
      tier: 'repository',
      entry: { value: 'refreshed' },
    })
    expect(a.tiers.near.get(KEY)?.value).toBe('refreshed')
  })

  it('answers nothing stale that a mark reaches while L2 is asked', async () => {
    const { time, a } = await tiersStage()
    a.tiers.near.set(entry({ expiresAtMs: time.nowMs, staleUntilMs: time.nowMs + 1000 }))
    const found = a.tiers.find(KEY)
    a.link.cut()
    await invalidate(a, { kind: 'key', key: KEY })
    expect(await found).toBeUndefined()
  })

  it('answers nothing of L2 that a mark has reached, is dead, or belongs elsewhere', async () => {
    const { servers, time, a } = await tiersStage()
    await invalidate(a, { kind: 'tag', tag: 't' as CacheTag })
    servers.entries.set(NAME, entry({ tags: ['t' as CacheTag] }))
    expect(await a.tiers.find(KEY)).toBeUndefined()
    servers.entries.set(NAME, entry({ expiresAtMs: time.nowMs }))
    expect(await a.tiers.find(KEY)).toBeUndefined()
    servers.entries.set(NAME, entry({ namespace: 'other' }))
    expect(await a.tiers.find(KEY)).toBeUndefined()
    servers.entries.set(NAME, entry({ birth: { generation: 'g0', seq: 9 } }))
    expect(await a.tiers.find(KEY)).toBeUndefined()
    expect(a.tiers.near.get(KEY)).toBeUndefined()
  })

  it('says of what a soft mark has reached that it is', async () => {
    const { servers, a } = await tiersStage()
    await invalidate(a, { kind: 'key', key: KEY }, true)
    servers.entries.set(NAME, entry())
    expect((await a.tiers.find(KEY))?.entry.isSoftInvalidated).toBe(true)
    expect((await a.tiers.find(KEY))?.entry.isSoftInvalidated).toBe(true)
  })

  it('reads the log before it judges what is born beyond it', async () => {
    const { a, b } = await tiersStage()
    b.link.isDeaf = true
    await set(a)
    expect(b.node.horizon?.seq).toBe(0)
    expect((await b.tiers.find(KEY))?.entry.value).toBe('value')
    expect(b.node.horizon?.seq).toBe(1)
  })

  it('answers nothing of L2 that is born beyond the log itself', async () => {
    const { servers, a } = await tiersStage()
    servers.entries.set(NAME, entry({ birth: { generation: 'g1', seq: 7 } }))
    expect(await a.tiers.find(KEY)).toBeUndefined()
  })

  it('asks nobody while it is not coherent, not connected, or a mark waits that reaches the key', async () => {
    const { servers, time, a } = await tiersStage()
    servers.entries.set(NAME, entry())
    a.link.hold()
    await time.advance(LEASE_MS)
    expect(await a.tiers.find(KEY)).toBeUndefined()
    a.link.cut()
    await invalidate(a, { kind: 'prefix', prefix: 'key' })
    a.link.heal()
    expect(await a.tiers.find(KEY)).toBeUndefined()
    expect(a.link.gets).toBe(0)
    await time.advance(1000)
    servers.entries.set(NAME, entry({ birth: { generation: 'g1', seq: 1 } }))
    expect(await a.tiers.find(KEY)).toMatchObject({ tier: 'repository' })
  })

  it('is a miss where L2 does not answer', async () => {
    const { servers, a } = await tiersStage()
    servers.entries.set(NAME, entry())
    a.link.isCut = true
    expect(await a.tiers.find(KEY)).toBeUndefined()
  })
})

describe('SharedTiers.startOf', () => {
  it('is shared while the node can judge, and alone otherwise', async () => {
    const { time, a } = await tiersStage()
    expect(a.tiers.startOf(KEY)).toBe('shared')
    a.link.cut()
    expect(a.tiers.startOf(KEY)).toBe('alone')
    a.link.heal()
    await time.advance(0)
    expect(a.tiers.startOf(KEY)).toBe('shared')
    a.link.hold()
    await time.advance(LEASE_MS - 1)
    expect(a.tiers.startOf(KEY)).toBe('shared')
    await time.advance(1)
    expect(a.tiers.startOf(KEY)).toBe('alone')
  })

  it('is alone for what waits to be marked, and not for the rest', async () => {
    const { time, a } = await tiersStage()
    a.link.hold()
    const marking = invalidate(a, { kind: 'key', key: KEY })
    await time.advance(NODE_SETTINGS.deadlineMs)
    expect((await marking).propagated).toBe(false)
    expect(a.tiers.startOf(KEY)).toBe('alone')
    expect(a.tiers.startOf('other' as CacheKey)).toBe('shared')
  })

  it('reloads what was served and is not in L2, until a younger value of this node is', async () => {
    const { time, a } = await tiersStage()
    const early = flightOf(a)
    a.tiers.run(early, wantsAll)
    await time.advance(1)
    const kept = { isStored: false, isCurrent: true }
    a.tiers.keepMade(flightOf(a), entry(), kept)
    expect(a.tiers.startOf(KEY)).toBe('reload')
    a.tiers.keepMade(early, entry(), { isStored: true, isCurrent: true })
    expect(a.tiers.startOf(KEY)).toBe('reload')
    const late = flightOf(a)
    a.tiers.run(late, wantsAll)
    a.tiers.keepMade(late, entry(), { isStored: true, isCurrent: true })
    expect(a.tiers.startOf(KEY)).toBe('shared')
    for (const flight of [early, late]) flight.settle({ kind: 'abandoned' })
  })

  it('marks what was served and is not in L2, once somebody looks for it there', async () => {
    const { servers, settle, a } = await tiersStage()
    servers.entries.set(NAME, entry())
    a.tiers.keepMade(flightOf(a), entry(), { isStored: false, isCurrent: false })
    expect(await a.tiers.find(KEY)).toBeUndefined()
    expect(await a.tiers.find(KEY)).toBeUndefined()
    await settle()
    expect(servers.records).toHaveLength(1)
    expect(servers.entries.size).toBe(0)
    expect(a.tiers.startOf(KEY)).toBe('shared')
  })

  it('goes on reloading if that mark does not get there', async () => {
    const { time, a } = await tiersStage()
    a.tiers.keepMade(flightOf(a), entry(), { isStored: false, isCurrent: false })
    a.link.hold()
    await a.tiers.find(KEY)
    await time.advance(NODE_SETTINGS.deadlineMs)
    a.link.letGo()
    await time.advance(NODE_SETTINGS.retryMs)
    expect(a.tiers.startOf(KEY)).toBe('reload')
  })

  it('marks everything when there are too many such keys, and survives that it cannot', async () => {
    const { servers, settle, a, b } = await tiersStage()
    const unstored = { isStored: false, isCurrent: false }
    const flight = flightOf(a)
    const overflow = ({ tiers }: typeof a): void => {
      for (let at = 0; at <= 10_000; at += 1) {
        tiers.keepMade(flight, entry({ key: `key:${at}` }), unstored)
      }
    }
    overflow(a)
    expect(a.tiers.startOf(KEY)).toBe('reload')
    await settle()
    expect(servers.records.map(({ mark }) => mark.scope.kind)).toEqual(['namespace'])
    expect(a.tiers.startOf(KEY)).toBe('shared')
    await b.node.close()
    overflow(b)
    await settle()
    expect(servers.records).toHaveLength(1)
  })
})

describe('SharedTiers.findMany', () => {
  const OTHER = 'other' as CacheKey

  it('answers in the order of the keys what L1 holds, and asks L2 once for all the rest, which it keeps', async () => {
    const { servers, a } = await tiersStage()
    a.tiers.near.set(entry({ key: 'near', value: 'here' }))
    servers.entries.set(NAME, entry())
    const keys = ['none' as CacheKey, KEY, 'near' as CacheKey]
    expect(await a.tiers.findMany(keys)).toMatchObject([
      undefined,
      { tier: 'repository', entry: { value: 'value' } },
      { tier: 'memory', entry: { value: 'here' } },
    ])
    expect(a.link.gets).toBe(1)
    expect(a.tiers.near.get(KEY)?.value).toBe('value')
  })

  it('asks L2 for nothing if all is fresh here', async () => {
    const { a } = await tiersStage()
    a.tiers.near.set(entry())
    expect(await a.tiers.findMany([KEY])).toMatchObject([{ tier: 'memory' }])
    expect(a.link.gets).toBe(0)
  })

  it('answers what is stale here if L2 has nothing, unless a mark has reached it meanwhile', async () => {
    const { time, a } = await tiersStage()
    const stale = { expiresAtMs: time.nowMs, staleUntilMs: time.nowMs + 1000 }
    a.tiers.near.set(entry(stale))
    a.tiers.near.set(entry({ key: OTHER, ...stale }))
    const found = a.tiers.findMany([KEY, OTHER])
    a.link.cut()
    await invalidate(a, { kind: 'key', key: KEY })
    expect(await found).toMatchObject([undefined, { tier: 'memory' }])
  })

  it('reads the log before it judges what was born beyond its horizon', async () => {
    const { servers, settle, a, b } = await tiersStage()
    await settle()
    a.link.isDeaf = true
    await set(b)
    expect(servers.entries.size).toBe(1)
    expect(await a.tiers.findMany([KEY, OTHER])).toMatchObject([
      { tier: 'repository', entry: { value: 'value' } },
      undefined,
    ])
  })
})
