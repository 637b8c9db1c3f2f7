import { afterAll, beforeAll, expect, it } from 'vitest'
import {
  removeSweptCall,
  retireCall,
  retiredCall,
} from '../../../../src/infrastructure/repositories/redis-scripts/begin-sweep-call.ts'
import {
  foundLogCall,
  nodesCall,
} from '../../../../src/infrastructure/repositories/redis-scripts/found-log-call.ts'
import { loadCall } from '../../../../src/infrastructure/repositories/redis-scripts/load-call.ts'
import { markCall } from '../../../../src/infrastructure/repositories/redis-scripts/mark-call.ts'
import {
  readStoreReply,
  renewLeaseCall,
  storeCall,
  takeLeaseCall,
} from '../../../../src/infrastructure/repositories/redis-scripts/store-call.ts'
import { describeWithRedis } from '../../../servers/describe-with-redis.ts'
import { eventually } from '../../../servers/eventually.ts'
import { keyRecord, LOG, namesOf, type ScriptStage, scriptStage } from './script-stage.ts'

/** A cluster of one node that has all slots: it refuses calls whose keys lie in several, as any does. */
describeWithRedis('the scripts in a cluster', () => {
  let stage: ScriptStage
  beforeAll(async () => {
    stage = await scriptStage({ config: { 'cluster-enabled': 'yes' } })
    await stage.send(
      'CLUSTER',
      'ADDSLOTS',
      ...Array.from({ length: 16_384 }, (_, slot) => `${slot}`),
    )
    await eventually('the cluster is up', async () => {
      return String(await stage.send('CLUSTER', 'INFO')).includes('state:ok')
    })
  })
  afterAll(() => stage.close())

  it('keep value and lease in one slot, and all of the log in another', async () => {
    const slotOf = (name: string): Promise<unknown> => stage.send('CLUSTER', 'KEYSLOT', name)
    const names = namesOf('user:{1}:}{')
    expect(await slotOf(names.leaseName)).toBe(await slotOf(names.valueName))
    const slots = await Promise.all(Object.values(LOG).map(slotOf))
    expect(new Set(slots).size).toBe(1)
  })

  it('set a value in three steps, of which the last is refused to whoever was overtaken', async () => {
    const mine = { ...namesOf('user:1'), token: 'mine' }
    const limits = { maxRecords: 9, maxScopes: 9 }
    await stage.found('g', undefined)
    await stage.run(loadCall({ ...mine, headName: undefined, leaseMs: 2000, rejected: 'none' }))
    await stage.run(takeLeaseCall(mine, 2000))
    await stage.run(markCall(LOG, [keyRecord('user:1')], limits, { deleted: [], since: [] }))
    const stored = await stage.run(storeCall(mine, Buffer.from('frame'), 1000))
    expect(readStoreReply(stored)).toEqual({ kind: 'stored' })
    await stage.run(takeLeaseCall(mine, 2000))
    await stage.run(takeLeaseCall({ ...mine, token: 'quicker' }, 2000))
    const refused = await stage.run(storeCall(mine, Buffer.from('frame'), 1000))
    expect(readStoreReply(refused)).toEqual({ kind: 'refused' })
    expect(await stage.run(renewLeaseCall(mine, 1000))).toBe(0)
  })

  it('run each on the keys that they are given', async () => {
    const position = { generation: 'g', seq: 1 }
    const terms = { token: 'mine', position, runId: 'none' }
    const input = {
      expected: 'none',
      generation: 'x',
      ancestors: [],
      servers: [],
      server: 's1',
      unlessKnown: undefined,
    }
    for (const call of [
      foundLogCall(LOG, input),
      nodesCall(LOG, position, 60_000),
      retireCall(LOG, terms, ['x']),
      retiredCall(LOG, terms, { maxRecords: 9, isTold: true }),
      removeSweptCall([{ name: 'cache:acme:fixtures:none', identity: Buffer.from('x') }]),
    ]) {
      expect(await stage.run(call)).toBe(0)
    }
    expect(await stage.read()).toMatchObject({ generation: 'g' })
  })
})
