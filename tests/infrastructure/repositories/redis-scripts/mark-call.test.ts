import { createClient } from '@redis/client'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import type { InvalidationMark } from '../../../../src/core/entities/invalidation-mark.ts'
import { parseCacheKey } from '../../../../src/core/value-objects/cache-key.ts'
import { parseCacheTag, parseDependencyName } from '../../../../src/core/value-objects/cache-tag.ts'
import type { LogRecord } from '../../../../src/infrastructure/repositories/redis-scripts/log-record.ts'
import {
  type MarkReply,
  markCall,
  readMarkReply,
  readOvertaken,
} from '../../../../src/infrastructure/repositories/redis-scripts/mark-call.ts'
import { markFixture } from '../../../fakes/mark-fixture.ts'
import { describeWithRedis } from '../../../servers/describe-with-redis.ts'
import {
  GENERATION,
  keyRecord,
  LOG,
  namesOf,
  type ScriptStage,
  scriptStage,
} from './script-stage.ts'

const limits = { maxRecords: 1000, maxScopes: 1000 }
const names = namesOf('user:1')
const record = (mark: InvalidationMark, id = 'id'): LogRecord => ({ id, mark, isAwaited: false })
const tag = (name: string, soft = false): InvalidationMark =>
  markFixture({ kind: 'tag', tag: parseCacheTag(name) }, { soft, reason: 'why' })

describeWithRedis('MARK', () => {
  let stage: ScriptStage
  beforeAll(async () => {
    stage = await scriptStage()
  })
  afterAll(() => stage.close())
  beforeEach(() => stage.reset())

  async function mark(
    records: readonly LogRecord[],
    deleted: readonly string[] = [],
    maxScopes = 1000,
  ): Promise<MarkReply> {
    const call = markCall(LOG, records, { ...limits, maxScopes }, { deleted, since: [] })
    return readMarkReply(await stage.run(call))
  }
  const place = (seq: number): { generation: string; seq: number } => ({
    generation: GENERATION,
    seq,
  })

  it('deletes value and lease, and appends the record at the next place', async () => {
    await stage.send('MSET', names.valueName, 'v', names.leaseName, 'token')
    expect(await mark([keyRecord('user:1')], Object.values(names))).toEqual({
      kind: 'appended',
      first: place(1),
    })
    expect(await stage.send('EXISTS', names.valueName, names.leaseName)).toBe(0)
    const { records, tail } = await stage.read({ from: place(0) })
    expect(records).toEqual([{ seq: 1, ...keyRecord('user:1') }])
    expect(tail).toEqual({ seq: 1, id: 'id-user:1' })
  })

  it('appends many at once, each at a place of its own', async () => {
    await mark([keyRecord('a')])
    const many = [keyRecord('b'), keyRecord('c'), keyRecord('d')]
    expect(await mark(many)).toEqual({ kind: 'appended', first: place(2) })
    const { records } = await stage.read({ from: place(2) })
    expect(records).toEqual(many.map((one, index) => ({ seq: index + 2, ...one })))
  })

  it('deletes also if there is no log, and says that there is none', async () => {
    await stage.reset(false)
    await stage.send('SET', names.valueName, 'v')
    expect(await mark([keyRecord('user:1')], [names.valueName])).toEqual({ kind: 'no-log' })
    await stage.send('SET', LOG.head, 'foreign')
    expect(await mark([keyRecord('user:1')], [names.valueName])).toEqual({ kind: 'no-log' })
    expect(await stage.send('EXISTS', names.valueName, LOG.log)).toBe(0)
  })

  it('deletes thousands', async () => {
    const all = Array.from({ length: 2500 }, (_, index) => namesOf(`k${index}`).valueName)
    await stage.send('MSET', ...all.flatMap((name) => [name, 'v']))
    await mark([keyRecord('a')], all)
    expect(await stage.send('EXISTS', ...all)).toBe(0)
  })

  it('rings the doorbell with the place of the last record', async () => {
    const heard: string[] = []
    const subscriber = createClient({ url: stage.server.url })
    await subscriber.connect()
    await subscriber.subscribe(LOG.doorbell, (message) => heard.push(message))
    await mark([keyRecord('a'), keyRecord('b')])
    await expect.poll(() => heard).toEqual([`${GENERATION}-2`])
    subscriber.destroy()
  })

  it('keeps about as many records as it is told', async () => {
    const all = Array.from({ length: 500 }, (_, index) => keyRecord(`k${index}`))
    await stage.run(markCall(LOG, all, { ...limits, maxRecords: 100 }, { deleted: [], since: [] }))
    const kept = Number(await stage.send('XLEN', LOG.log))
    expect(kept).toBeGreaterThanOrEqual(100)
    expect(kept).toBeLessThan(300)
  })

  it('works without memory for what it adds, where any other write is refused', async () => {
    await stage.send('MSET', names.valueName, 'v', names.leaseName, 'token')
    await stage.fillMemory()
    await expect(stage.send('SET', 'any', 'x')).rejects.toThrow(/^OOM/)
    expect(await mark([keyRecord('user:1'), record(tag('org:7'))], Object.values(names))).toEqual({
      kind: 'appended',
      first: place(1),
    })
    expect(await stage.send('EXISTS', names.valueName, names.leaseName)).toBe(0)
    expect((await stage.read({ from: place(0) })).records).toHaveLength(2)
    expect((await stage.read()).scopes).toHaveLength(1)
  })

  it('notes scopes with their newest place, and no hard mark of a key', async () => {
    await mark([record(tag('org:7')), keyRecord('user:1'), record(tag('org:7'))])
    expect((await stage.read()).scopes).toEqual([{ seq: 3, mark: tag('org:7') }])
  })

  it('notes a soft mark beside a hard one, and a soft one of a key', async () => {
    const softKey = markFixture({ kind: 'key', key: parseCacheKey('user:1') }, { soft: true })
    await mark([record(tag('org:7')), record(tag('org:7', true)), record(softKey)])
    const { scopes } = await stage.read()
    expect(scopes).toHaveLength(3)
    expect(scopes).toEqual(
      expect.arrayContaining([
        { seq: 1, mark: tag('org:7') },
        { seq: 2, mark: tag('org:7', true) },
        { seq: 3, mark: softKey },
      ]),
    )
  })

  it('remembers what a dependency reached when its closure was larger', async () => {
    const dependency = parseDependencyName('team:9')
    const closure = [dependency, parseDependencyName('org:7')]
    const large = markFixture({ kind: 'dependency', dependency, closure })
    const small = markFixture({ kind: 'dependency', dependency, closure: [dependency] })
    await mark([record(large), record(small)])
    const seqs = (await stage.read()).scopes.map((one) =>
      'seq' in one && one.mark.scope.kind === 'dependency'
        ? [one.mark.scope.closure, one.seq]
        : one,
    )
    expect(seqs).toHaveLength(2)
    expect(seqs).toEqual(
      expect.arrayContaining([
        [['team:9'], 2],
        [['org:7'], 1],
      ]),
    )
  })

  it('takes one floor in place of too many scopes', async () => {
    const tags = [1, 2, 3].map((each) => record(tag(`t${each}`)))
    await mark(tags, [], 3)
    expect(await stage.read()).toMatchObject({ floorSeq: 0, scopes: [{}, {}, {}] })
    await mark([record(tag('t4'))], [], 3)
    expect(await stage.read()).toMatchObject({ floorSeq: 4, scopes: [] })
    await mark([record(tag('t5'))], [], 3)
    expect(await stage.read()).toMatchObject({ floorSeq: 4, scopes: [{ seq: 5 }] })
  })

  it('says which values were overtaken by another mark since', async () => {
    await mark([keyRecord('a')])
    const records = ['a', 'b', 'c'].map((key) => keyRecord(key))
    const since = [place(0), place(0), place(1)]
    const rest = { deleted: [], since }
    const reply = await stage.run(markCall(LOG, records, limits, rest))
    expect(readMarkReply(reply)).toEqual({ kind: 'appended', first: place(2) })
    expect([...readOvertaken(reply)]).toEqual([0])
    const elsewhere = { deleted: [], since: [{ generation: 'other', seq: 4 }] }
    const other = await stage.run(markCall(LOG, [keyRecord('d')], limits, elsewhere))
    expect([...readOvertaken(other)]).toEqual([0])
  })
})

describe('readMarkReply()', () => {
  it.each([[null], [[]], [[1, '', 1]], [[1, 'g', -1]], [[1]], [[9]]])(
    'says of %j that it is none',
    (reply) => {
      expect(readMarkReply(reply)).toMatchObject({ kind: 'fault' })
    },
  )
})
