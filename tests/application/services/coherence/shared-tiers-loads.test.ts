import { describe, expect, it } from 'vitest'
import type { Flight } from '../../../../src/application/services/single-flight.ts'
import type { CacheKey } from '../../../../src/core/value-objects/cache-key.ts'
import type { CacheTag } from '../../../../src/core/value-objects/cache-tag.ts'
import { NODE_SETTINGS } from './node-stage.ts'
import { entry, flightOf, invalidate, KEY, NAME, set, tiersStage, wantsAll } from './tiers-stage.ts'

const LEASE_MS = NODE_SETTINGS.coherenceLeaseMs

describe('SharedTiers, with loads', () => {
  it('keeps what a factory made in L1, and alone for a lease from when it began', async () => {
    const { time, a } = await tiersStage()
    const made = { isStored: true, isCurrent: true }
    const flight = flightOf(a)
    a.tiers.run(flight, wantsAll)
    a.tiers.keepMade(flight, entry(), made)
    expect(a.tiers.near.memory.get(KEY)).toBeDefined()
    a.link.cut()
    await time.advance(LEASE_MS)
    const alone = flightOf(a, 'alone' as CacheKey)
    a.tiers.run(alone, wantsAll)
    await time.advance(100)
    a.tiers.keepMade(alone, entry({ key: 'alone' }), { isStored: false, isCurrent: true })
    await time.advance(LEASE_MS - 101)
    expect(a.tiers.near.get('alone' as CacheKey)).toBeDefined()
    await time.advance(1)
    expect(a.tiers.near.get('alone' as CacheKey)).toBeUndefined()
    for (const one of [flight, alone]) one.settle({ kind: 'abandoned' })
  })

  it('keeps nothing that a mark has reached, and nothing found that it cannot judge', async () => {
    const { time, a } = await tiersStage()
    a.tiers.keepMade(flightOf(a), entry(), { isStored: true, isCurrent: false })
    expect(a.tiers.near.get(KEY)).toBeUndefined()
    // Whoever waited has it, and L2 may hand out what is older.
    expect(a.tiers.startOf(KEY)).toBe('reload')
    a.link.cut()
    await time.advance(LEASE_MS)
    a.tiers.keepFound(entry())
    a.link.heal()
    await time.advance(1000)
    expect(a.tiers.near.get(KEY)).toBeUndefined()
    a.tiers.keepFound(entry())
    expect(a.tiers.near.get(KEY)).toBeDefined()
  })

  it('lets callers join any load while it is coherent, and young ones alone otherwise', async () => {
    const { time, a } = await tiersStage()
    const flight = flightOf(a)
    a.tiers.run(flight, wantsAll)
    await time.advance(LEASE_MS * 2)
    expect(a.tiers.mayJoin(flight)).toBe(true)
    a.link.cut()
    await time.advance(LEASE_MS)
    expect(a.tiers.mayJoin(flight)).toBe(false)
    expect(flight.isFenced).toBe(true)
    const young = flightOf(a)
    a.tiers.run(young, wantsAll)
    await time.advance(LEASE_MS - 1)
    expect(a.tiers.mayJoin(young)).toBe(true)
    await time.advance(1)
    expect(a.tiers.mayJoin(young)).toBe(false)
    for (const one of [flight, young]) one.settle({ kind: 'abandoned' })
  })

  it('gives the lease of a load back when a mark reaches it, and when it ends', async () => {
    const { servers, settle, a } = await tiersStage()
    const fenced = flightOf(a)
    void a.tiers.run(fenced, wantsAll).begin('shared')
    await settle()
    expect(servers.holderOf(NAME)).toBeDefined()
    await invalidate(a, { kind: 'namespace' })
    await settle()
    expect(servers.holderOf(NAME)).toBeUndefined()
    const ended = flightOf(a)
    void a.tiers.run(ended, wantsAll).begin('shared')
    await settle()
    expect(servers.holderOf(NAME)).toBeDefined()
    ended.settle({ kind: 'abandoned' })
    await settle()
    expect(servers.holderOf(NAME)).toBeUndefined()
    fenced.settle({ kind: 'abandoned' })
  })
})

describe('SharedTiers, when the log begins anew', () => {
  it('drops L1 and fences all loads, and takes what stands there for its table', async () => {
    const { servers, time, a, b } = await tiersStage()
    await set(a)
    const flight = flightOf(a)
    a.link.cut()
    await invalidate(b, { kind: 'tag', tag: 't' as CacheTag })
    await invalidate(b, { kind: 'tag', tag: 't' as CacheTag })
    servers.trim(1)
    a.link.heal()
    await time.advance(0)
    expect(flight.isFenced).toBe(true)
    expect(a.tiers.near.memory.usage().entries).toBe(0)
    const check = (seq: number) =>
      a.ports.marks.check({
        ...entry({ tags: ['t' as CacheTag] }),
        birth: { generation: 'g1', seq },
      })
    expect([check(2).kind, check(3).kind]).toEqual(['invalid', 'valid'])
    flight.settle({ kind: 'abandoned' })
  })

  it('lets nobody join a load that began without a place in the log: marks may stand before the new one', async () => {
    const { servers, settle, a } = await tiersStage()
    const answer = servers.answer.bind(servers)
    const begun: Flight[] = []
    servers.answer = (from, limit) => {
      if (from === undefined) begun.push(flightOf(a))
      return answer(from, limit)
    }
    a.link.cut()
    servers.flush()
    a.link.heal()
    await settle()
    expect(a.node.horizon).toEqual({ generation: 'g2', seq: 0 })
    expect(begun.map(({ isFenced }) => isFenced)).toEqual([true])
    for (const flight of begun) flight.settle({ kind: 'abandoned' })
  })

  it('refuses what was born below the floor of the log', async () => {
    const { servers, time, a, b } = await tiersStage()
    for (let at = 0; at < 3; at += 1) await invalidate(b, { kind: 'tag', tag: 't' as CacheTag })
    const answer = servers.answer.bind(servers)
    servers.answer = (from) => ({ ...answer(from), floorSeq: from === undefined ? 2 : 0 })
    a.link.cut()
    await invalidate(b, { kind: 'tag', tag: 't' as CacheTag })
    servers.trim(1)
    await invalidate(b, { kind: 'tag', tag: 't' as CacheTag })
    servers.trim(1)
    a.link.heal()
    await time.advance(0)
    const check = (seq: number) =>
      a.ports.marks.check({ ...entry(), birth: { generation: 'g1', seq } })
    expect([check(1).kind, check(2).kind]).toEqual(['invalid', 'valid'])
  })

  it('forgets the marks of keys once they are no longer recent', async () => {
    const { time, a } = await tiersStage()
    await invalidate(a, { kind: 'key', key: KEY })
    expect(a.ports.marks.size).toBe(1)
    await time.advance(60_000 - 1)
    expect(a.ports.marks.size).toBe(1)
    await time.advance(300)
    expect(a.ports.marks.size).toBe(0)
  })

  it('never forgets the soft mark of a key by itself: the value that it reached is there yet', async () => {
    const { servers, time, a } = await tiersStage()
    servers.entries.set(NAME, entry())
    await invalidate(a, { kind: 'key', key: KEY }, true)
    await time.advance(61_000)
    expect((await a.tiers.find(KEY))?.entry.isSoftInvalidated).toBe(true)
  })
})
