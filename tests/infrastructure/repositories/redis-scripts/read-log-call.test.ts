import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { parseCacheTag } from '../../../../src/core/value-objects/cache-tag.ts'
import { markCall } from '../../../../src/infrastructure/repositories/redis-scripts/mark-call.ts'
import {
  OTHER_SERVER,
  readLogReply,
} from '../../../../src/infrastructure/repositories/redis-scripts/read-log-call.ts'
import { markFixture } from '../../../fakes/mark-fixture.ts'
import { describeWithRedis } from '../../../servers/describe-with-redis.ts'
import { GENERATION, keyRecord, LOG, type ScriptStage, scriptStage } from './script-stage.ts'

describeWithRedis('READ', () => {
  let stage: ScriptStage
  beforeAll(async () => {
    stage = await scriptStage()
  })
  afterAll(() => stage.close())
  beforeEach(() => stage.reset())

  const place = (seq: number): { generation: string; seq: number } => ({
    generation: GENERATION,
    seq,
  })
  const append = (...keys: string[]): Promise<unknown> => {
    const records = keys.map((key) => keyRecord(key))
    return stage.run(
      markCall(LOG, records, { maxRecords: 1000, maxScopes: 1000 }, { deleted: [], since: [] }),
    )
  }

  it('says that there is no log, with the time of the server', async () => {
    await stage.reset(false)
    const before = Date.now()
    expect(await stage.read()).toMatchObject({ generation: undefined, records: [], scopes: [] })
    expect(Math.abs((await stage.read()).serverMs - before)).toBeLessThan(5000)
    await stage.send('SET', LOG.head, 'foreign')
    expect(await stage.read()).toMatchObject({ generation: undefined })
  })

  it('answers a node that starts the place to begin at, and no records', async () => {
    expect(await stage.read()).toMatchObject({
      generation: GENERATION,
      tail: { seq: 0, id: '' },
      isKnownServer: true,
      absentNodes: 0,
    })
    await append('a', 'b')
    expect(await stage.read()).toMatchObject({ tail: { seq: 2, id: 'id-b' }, records: [] })
  })

  it('answers the record at the place and those after it, at most as many as asked', async () => {
    await append('a', 'b', 'c', 'd')
    const { records } = await stage.read({ from: place(2), limit: 2 })
    expect(records.map(({ seq }) => seq)).toEqual([2, 3])
    expect((await stage.read({ from: place(4) })).records).toEqual([{ seq: 4, ...keyRecord('d') }])
    expect((await stage.read({ from: place(5) })).records).toEqual([])
    expect((await stage.read({ from: place(0) })).records).toHaveLength(4)
  })

  it('answers no records to whoever follows another generation', async () => {
    await append('a')
    await stage.found('second', GENERATION)
    await append('b')
    expect(await stage.read({ from: place(1) })).toMatchObject({
      generation: 'second',
      ancestors: [GENERATION],
      tail: { seq: 1, id: 'id-b' },
      records: [],
    })
  })

  it('shows the gap when records are gone', async () => {
    await append('a', 'b', 'c')
    await stage.send('XTRIM', LOG.log, 'MAXLEN', '1')
    expect((await stage.read({ from: place(1) })).records).toEqual([{ seq: 3, ...keyRecord('c') }])
    await stage.send('DEL', LOG.log)
    expect(await stage.read({ from: place(1) })).toMatchObject({
      tail: { seq: 3, id: '' },
      records: [],
    })
  })

  it('goes on when something else lies where the log or the nodes belong', async () => {
    await append('a')
    for (const name of [LOG.log, LOG.marks, LOG.nodes]) {
      await stage.send('DEL', name)
      await stage.send('SET', name, 'foreign')
    }
    expect(await stage.read({ vouches: false })).toMatchObject({ tail: { seq: 1, id: '' } })
    expect(await stage.read({ from: place(1), vouches: false })).toMatchObject({ records: [] })
  })

  it('says of records and scopes of others that they cannot be read, at their places', async () => {
    await append('a')
    await stage.send('XADD', LOG.log, '2-0', 'm', '[2,"later"]')
    await stage.send('XADD', LOG.log, '3-0', 'x', 'y')
    await stage.send('HSET', LOG.head, 's', '3')
    await stage.send('HSET', LOG.marks, 'what?', '3 [')
    const { records, tail } = await stage.read({ from: place(1) })
    expect(records.slice(1)).toEqual([
      { seq: 2, fault: 'it has version 2' },
      { seq: 3, fault: 'it has no record' },
    ])
    expect(tail).toEqual({ seq: 3, id: '' })
    expect((await stage.read()).scopes).toEqual([{ fault: expect.any(String) }])
  })

  it('knows the servers that a known one names', async () => {
    const servers = ['s1', 's2']
    expect(await stage.read({ server: 's2', servers })).toMatchObject({ isKnownServer: false })
    expect(await stage.read({ server: 's1', servers })).toMatchObject({ isKnownServer: true })
    expect(await stage.read({ server: 's2', servers })).toMatchObject({ isKnownServer: true })
  })

  it('counts the nodes that have checked in with another server, and forgets who was here long ago', async () => {
    await stage.read({ node: 'n1', servers: ['s1', 's2'] })
    await stage.read({ node: 'n2' })
    expect(await stage.read({ server: 's2', vouches: false })).toMatchObject({ absentNodes: 2 })
    await stage.read({ node: 'n1', server: 's2' })
    expect(await stage.read({ server: 's2', vouches: false })).toMatchObject({ absentNodes: 1 })
    await stage.read({ node: 'n2', server: 's2', from: place(0) })
    expect(await stage.read({ server: 's2', vouches: false })).toMatchObject({ absentNodes: 0 })
    expect(await stage.send('HLEN', LOG.nodes)).toBe(2)
    await new Promise((resolve) => setTimeout(resolve, 3))
    await stage.read({ server: 's2', vouches: false, forgetNodeMs: 1 })
    expect(await stage.send('HLEN', LOG.nodes)).toBe(0)
  })

  it('lists no node that does not vouch, follows another generation, or speaks to an unknown server', async () => {
    await stage.read({ vouches: false })
    await stage.read({ from: { generation: 'other', seq: 1 } })
    await stage.read({ server: 'unknown' })
    expect(await stage.send('EXISTS', LOG.nodes)).toBe(0)
  })

  it('works without memory for what it notes', async () => {
    await stage.fillMemory()
    await stage.read({ node: 'n9' })
    expect(await stage.send('HEXISTS', LOG.nodes, 'n9')).toBe(1)
  })

  it('answers the scopes to a node that starts, and to no other', async () => {
    const mark = markFixture({ kind: 'tag', tag: parseCacheTag('org:7') })
    const record = { id: 'x', mark, isAwaited: true }
    await stage.run(
      markCall(LOG, [record], { maxRecords: 9, maxScopes: 9 }, { deleted: [], since: [] }),
    )
    expect((await stage.read()).scopes).toEqual([{ seq: 1, mark }])
    expect((await stage.read({ from: place(1) })).scopes).toEqual([])
  })

  it('answers the records of the last span, and says if some of them are gone', async () => {
    await append('a', 'b')
    const all = await stage.read({ recentMs: 60_000 })
    expect(all.recent.map(({ seq }) => seq)).toEqual([1, 2])
    expect(all.areRecentWhole).toBe(true)
    await new Promise((resolve) => setTimeout(resolve, 3))
    expect(await stage.read({ recentMs: 1 })).toMatchObject({ recent: [], areRecentWhole: true })
    await stage.send('XTRIM', LOG.log, 'MAXLEN', '1')
    expect(await stage.read({ recentMs: 60_000 })).toMatchObject({ areRecentWhole: false })
    await stage.send('DEL', LOG.log)
    expect(await stage.read({ recentMs: 60_000 })).toMatchObject({ areRecentWhole: false })
    expect(await stage.read()).toMatchObject({ recent: [] })
  })

  it('has all records of the last span when there never were any', async () => {
    expect(await stage.read({ recentMs: 60_000 })).toMatchObject({
      recent: [],
      areRecentWhole: true,
    })
  })
})

describe('readLogReply()', () => {
  it.each([[null], ['OK'], [[]], [['g', 'soon']], [['g', '5', 'x']]])(
    'says of %j that it is none',
    (reply) => {
      expect(readLogReply(reply)).toHaveProperty('fault')
    },
  )

  it('takes a floor that cannot be read for the highest', () => {
    const reply = ['g', '5', '1', '', 1, 0, [], [], ['', 'x'], [], 1]
    expect(readLogReply(reply)).toMatchObject({ floorSeq: Number.MAX_SAFE_INTEGER })
  })
})

describeWithRedis('READ of a server that has to be the one', () => {
  it('answers only if it is', async () => {
    const stage = await scriptStage()
    try {
      await stage.reset()
      const server = (await stage.server.info('server'))['run_id'] ?? ''
      expect(await stage.read({ server, isVerified: true })).toMatchObject({
        generation: GENERATION,
      })
      await expect(stage.read({ server: 'other', isVerified: true })).rejects.toThrow(
        `${OTHER_SERVER} ${server}`,
      )
      expect(await stage.read({ server: 'other' })).toMatchObject({ absentNodes: 0 })
    } finally {
      await stage.close()
    }
  })
})
