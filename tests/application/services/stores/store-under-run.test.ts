import { describe, expect, it } from 'vitest'
import { storeUnderRun } from '../../../../src/application/services/stores/store-under-run.ts'
import {
  entry,
  flightOf,
  invalidate,
  KEY,
  NAME,
  tiersStage,
  wantsAll,
} from '../coherence/tiers-stage.ts'

describe('a value that was made under the lease of a load', () => {
  it('is stored for all and kept here', async () => {
    const { a, servers } = await tiersStage()
    const flight = flightOf(a)
    await a.tiers.run(flight, wantsAll).begin('shared')
    expect(await storeUnderRun(a.ports, flight, entry(), 'load')).toBe(true)
    expect(servers.entries.get(NAME)).toEqual(entry())
    expect(a.tiers.near.get(KEY)?.value).toBe(entry().value)
  })

  it('is kept here alone where there was no lease', async () => {
    const { a, servers } = await tiersStage()
    const flight = flightOf(a)
    await a.tiers.run(flight, wantsAll).begin('alone')
    expect(await storeUnderRun(a.ports, flight, entry(), 'load')).toBe(false)
    expect(servers.entries.size).toBe(0)
    expect(a.tiers.near.get(KEY)?.value).toBe(entry().value)
  })

  it('is neither once a mark has reached it', async () => {
    const { a, servers, settle } = await tiersStage()
    const flight = flightOf(a)
    await a.tiers.run(flight, wantsAll).begin('shared')
    await invalidate(a, { kind: 'key', key: KEY })
    await settle()
    expect(await storeUnderRun(a.ports, flight, entry(), 'load')).toBe(false)
    expect(servers.entries.size).toBe(0)
    expect(a.tiers.near.get(KEY)).toBeUndefined()
  })
})
