import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest'
import {
  foundLogCall,
  nodesCall,
} from '../../../../src/infrastructure/repositories/redis-scripts/found-log-call.ts'
import { markCall } from '../../../../src/infrastructure/repositories/redis-scripts/mark-call.ts'
import { describeWithRedis } from '../../../servers/describe-with-redis.ts'
import { GENERATION, keyRecord, LOG, type ScriptStage, scriptStage } from './script-stage.ts'

describeWithRedis('FOUND and NODES', () => {
  let stage: ScriptStage
  beforeAll(async () => {
    stage = await scriptStage()
  })
  afterAll(() => stage.close())
  beforeEach(() => stage.reset())

  const append = (key: string): Promise<unknown> =>
    stage.run(
      markCall(LOG, [keyRecord(key)], { maxRecords: 9, maxScopes: 9 }, { deleted: [], since: [] }),
    )
  const place = (seq: number): { generation: string; seq: number } => ({
    generation: GENERATION,
    seq,
  })
  const haveAll = (seq: number, leaseMs: number): Promise<unknown> =>
    stage.run(nodesCall(LOG, place(seq), leaseMs))

  it('founds a log where there is none, once', async () => {
    await stage.reset(false)
    expect(await stage.found('a', undefined)).toBe(1)
    expect(await stage.found('b', undefined)).toBe(0)
    expect(await stage.read()).toMatchObject({ generation: 'a', tail: { seq: 0 }, ancestors: [] })
  })

  it('founds a new one in place of the one that is expected, and of no other', async () => {
    await append('a')
    expect(await stage.found('third', 'second')).toBe(0)
    expect(await stage.found('second', GENERATION)).toBe(1)
    expect(await stage.read()).toMatchObject({
      generation: 'second',
      ancestors: [GENERATION],
      tail: { seq: 0, id: '' },
      scopes: [],
    })
    await append('b')
    expect((await stage.read()).tail).toEqual({ seq: 1, id: 'id-b' })
  })

  it('founds one also where something else lies, and without memory', async () => {
    await stage.reset(false)
    for (const name of [LOG.head, LOG.log, LOG.marks, LOG.nodes]) await stage.send('SET', name, 'x')
    await stage.fillMemory()
    expect(await stage.found('a', undefined)).toBe(1)
    await append('a')
    expect((await stage.read()).tail.seq).toBe(1)
  })

  it('counts whoever took part before as checked in', async () => {
    await stage.read({ node: 'n1', servers: ['s1', 's2'] })
    const input = {
      expected: GENERATION,
      generation: 'second',
      ancestors: [GENERATION],
      servers: [],
      server: 's2',
      unlessKnown: undefined,
    }
    await stage.run(foundLogCall(LOG, input))
    expect(await stage.read({ server: 's2', vouches: false })).toMatchObject({
      isKnownServer: true,
      absentNodes: 0,
    })
    expect(await stage.send('HLEN', LOG.nodes)).toBe(1)
  })

  it('says that all have applied a place once each has read it', async () => {
    await append('a')
    await sleep(5)
    await stage.read({ node: 'n1', from: place(1) })
    await stage.read({ node: 'n2', from: place(0) })
    expect(await haveAll(0, 0)).toBe(1)
    expect(await haveAll(1, 60_000)).toBe(0)
    await stage.send('HSET', LOG.head, 'f', '0')
    expect(await haveAll(0, 60_000)).toBe(1)
    expect(await haveAll(1, 60_000)).toBe(0)
    await stage.read({ node: 'n2', from: place(1) })
    expect(await haveAll(1, 60_000)).toBe(1)
    expect(await haveAll(2, 60_000)).toBe(0)
  })

  it('leaves nobody out who was silent for long: what it computed by itself it may serve yet', async () => {
    await append('a')
    await stage.read({ node: 'n1', from: place(0) })
    await sleep(5)
    expect(await haveAll(1, 1)).toBe(0)
  })

  it('is not founded anew for a server that it knows by now', async () => {
    const input = {
      expected: GENERATION,
      generation: 'second',
      ancestors: [],
      servers: [],
      server: 's1',
    }
    expect(await stage.run(foundLogCall(LOG, { ...input, unlessKnown: 's1' }))).toBe(0)
    expect(await stage.run(foundLogCall(LOG, { ...input, unlessKnown: 's2' }))).toBe(1)
  })

  it('says it of no other generation, and not while the one before it may still be trusted', async () => {
    await stage.send('HSET', LOG.head, 'f', '0')
    expect(await haveAll(0, 60_000)).toBe(1)
    await stage.found('second', GENERATION)
    expect(await haveAll(0, 60_000)).toBe(0)
    expect(await stage.run(nodesCall(LOG, { generation: 'second', seq: 0 }, 60_000))).toBe(0)
  })
})
