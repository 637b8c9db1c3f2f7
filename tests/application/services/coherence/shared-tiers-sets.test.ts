import { describe, expect, it } from 'vitest'
import { deferred } from '../../../fakes/deferred.ts'
import { watched } from './node-stage.ts'
import { entry, flightOf, invalidate, KEY, NAME, set, tiersStage } from './tiers-stage.ts'

describe('SharedTiers.set', () => {
  it('stores the value in both tiers, born at its mark', async () => {
    const { servers, a } = await tiersStage()
    const position = { generation: 'g1', seq: 1 }
    expect(await set(a)).toEqual({ position, isStored: true })
    expect(servers.entries.get(NAME)?.birth).toEqual(position)
    expect(a.tiers.near.get(KEY)?.birth).toEqual(position)
  })

  it('stores nothing where the log cannot be reached, and marks the key later', async () => {
    const { servers, settle, a } = await tiersStage()
    await set(a)
    a.link.cut()
    expect(await set(a)).toEqual({ position: undefined, isStored: false })
    expect(a.tiers.near.get(KEY)).toBeUndefined()
    a.link.heal()
    await settle()
    expect(servers.entries.size).toBe(0)
    expect(servers.records.at(-1)?.mark).toMatchObject({ act: 'set', scope: { key: KEY } })
  })

  it('keeps nothing that a newer mark has reached before it was answered', async () => {
    const { servers, a, b } = await tiersStage()
    const [first] = await Promise.all([set(a), invalidate(b, { kind: 'namespace' })])
    expect(first.position).toMatchObject({ seq: 1 })
    expect(servers.seq).toBe(2)
    await a.node.catchUp()
    expect(a.tiers.near.get(KEY)).toBeUndefined()
  })

  it('stores nothing if another mark of the key has come since the value was known to be the newest', async () => {
    const { servers, a, b } = await tiersStage()
    a.link.isDeaf = true
    await set(b, entry({ value: 'newer' }))
    expect(await set(a, entry({ value: 'older' }))).toMatchObject({ isStored: false })
    expect(servers.entries.get(NAME)).toBeUndefined()
    expect(a.tiers.near.get(KEY)).toBeUndefined()
  })

  /** Tiers whose store answers a set when the test says so. */
  async function answeringLate() {
    const answered = deferred()
    const made = await tiersStage((store) => ({
      ...store,
      assertMany: async (entries) => {
        const outcomes = await store.assertMany(entries)
        await answered.promise
        return outcomes
      },
    }))
    return { ...made, answered }
  }

  it('says that it is stored also if the log is heard before the store has answered', async () => {
    const { settle, servers, a, answered } = await answeringLate()
    const outcome = watched(set(a))
    await settle()
    expect(servers.entries.size).toBe(1)
    expect(a.node.horizon?.seq).toBe(1)
    answered.resolve()
    await settle()
    expect(outcome.value).toMatchObject({ isStored: true, position: { seq: 1 } })
    expect(a.tiers.near.get(KEY)?.birth.seq).toBe(1)
  })

  it('keeps nothing here if the key was marked again before the store has answered', async () => {
    const { settle, a, b, answered } = await answeringLate()
    const outcome = watched(set(a))
    await settle()
    await invalidate(b, { kind: 'key', key: KEY })
    await settle()
    expect(a.node.horizon?.seq).toBe(2)
    answered.resolve()
    await settle()
    expect(outcome.value).toMatchObject({ position: { seq: 1 } })
    expect(a.tiers.near.read(KEY)).toBeUndefined()
    expect(a.tiers.near.memory.usage().entries).toBe(0)
  })

  it('is kept in L2 alone if this node has served since what may be newer', async () => {
    const { time, servers, a } = await tiersStage()
    a.link.hold()
    const outcome = watched(set(a))
    await time.advance(10)
    // The factory of a load that could store nothing has answered meanwhile.
    a.tiers.keepMade(flightOf(a), entry(), { isStored: false, isCurrent: false })
    a.link.letGo()
    await time.advance(0)
    expect(outcome.value).toMatchObject({ isStored: true })
    expect(servers.entries.size).toBe(1)
    expect(a.tiers.near.get(KEY)).toBeUndefined()
    expect(a.tiers.startOf(KEY)).toBe('reload')
  })
})
