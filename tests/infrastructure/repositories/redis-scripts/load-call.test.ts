import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import {
  type LoadInput,
  type LoadReply,
  loadCall,
  readLoadReply,
} from '../../../../src/infrastructure/repositories/redis-scripts/load-call.ts'
import { entryFixture } from '../../../../src/testing/entry-fixture.ts'
import { durationMs, frameOf } from '../../../fakes/frame-fixture.ts'
import { describeWithRedis } from '../../../servers/describe-with-redis.ts'
import { GENERATION, LOG, namesOf, type ScriptStage, scriptStage } from './script-stage.ts'

const names = namesOf('user:1')

describeWithRedis('LOAD', () => {
  let stage: ScriptStage
  beforeAll(async () => {
    stage = await scriptStage()
  })
  afterAll(() => stage.close())
  beforeEach(() => stage.reset())

  async function load(overrides: Partial<LoadInput> = {}): Promise<LoadReply> {
    const call = loadCall({
      ...names,
      headName: LOG.head,
      token: 'mine',
      leaseMs: 2000,
      rejected: 'none',
      ...overrides,
    })
    return readLoadReply(await stage.run(call))
  }
  const start = { generation: GENERATION, seq: 0 }

  it('finds a value, with the position of the log, and takes no lease', async () => {
    await stage.send('SET', names.valueName, Buffer.from([0, 255, 10, 13]))
    expect(await load()).toEqual({
      kind: 'found',
      frame: Buffer.from([0, 255, 10, 13]),
      position: start,
    })
    expect(await stage.send('EXISTS', names.leaseName)).toBe(0)
  })

  it('gives the lease to the first who finds nothing, and tells the others how long it may take', async () => {
    expect(await load()).toEqual({ kind: 'leased', isForeign: false, position: start })
    const held = await load({ token: 'other' })
    expect(held).toMatchObject({ kind: 'held', position: start })
    expect(held.kind === 'held' && held.leftMs > 1000 && held.leftMs <= 2000).toBe(true)
    expect(String(await stage.send('GET', names.leaseName))).toBe('mine')
  })

  it('gives the lease again when it has run out', async () => {
    await load({ leaseMs: 1, token: 'dead' })
    await expect.poll(async () => (await load()).kind).toBe('leased')
  })

  it('takes over a lease that has no end, which nobody here gave', async () => {
    await stage.send('SET', names.leaseName, 'foreign')
    expect(await load()).toMatchObject({ kind: 'leased' })
    await stage.send('DEL', names.leaseName)
    await stage.send('RPUSH', names.leaseName, 'foreign')
    expect(await load()).toMatchObject({ kind: 'leased' })
    expect(String(await stage.send('GET', names.leaseName))).toBe('mine')
  })

  it('says that something else than a value lies there, and gives the lease to replace it', async () => {
    await stage.send('HSET', names.valueName, 'a', 'b')
    expect(await load()).toEqual({ kind: 'leased', isForeign: true, position: start })
  })

  it('says nothing of a log that is not there, or that lies elsewhere', async () => {
    expect(await load({ headName: undefined })).toMatchObject({
      kind: 'leased',
      position: undefined,
    })
    await stage.reset(false)
    expect(await load()).toMatchObject({ kind: 'leased', position: undefined })
    await stage.send('SET', LOG.head, 'foreign')
    expect(await load()).toMatchObject({ kind: 'held', position: undefined })
  })

  it('hands out no lease when there is no memory, but values all the same', async () => {
    await stage.send('SET', namesOf('there').valueName, 'value')
    await stage.fillMemory()
    expect(await load()).toMatchObject({ kind: 'unleased', why: expect.stringMatching(/^OOM/) })
    expect(await load(namesOf('there'))).toMatchObject({ kind: 'found' })
  })

  it('counts no value at all when any is rejected', async () => {
    await stage.send('SET', names.valueName, 'value')
    expect(await load({ rejected: 'any' })).toMatchObject({ kind: 'leased', isForeign: false })
  })

  const plain = { birth: { generation: 'g-1', seq: 2 ** 40 + 1 }, createdAtMs: 1_767_225_600_123 }
  it.each([
    ['plain', plain],
    ['sliding', { ...plain, slidingTtlMs: durationMs(5) }],
    ['read before', { ...plain, accessCount: 3 }],
    ['sliding and read before', { ...plain, slidingTtlMs: durationMs(5), accessCount: 3 }],
  ])(
    'counts no value of the birth and the instant that are rejected, and every other: %s',
    async (_, fields) => {
      await stage.send('SET', names.valueName, frameOf(entryFixture(fields)))
      const { birth, createdAtMs } = plain
      for (const other of [
        { ...birth, seq: birth.seq - 1 },
        { ...birth, generation: 'g-2' },
        { ...birth, generation: 'g-' },
        { ...birth, generation: 'g-11' },
      ]) {
        const rejected = { birth: other, createdAtMs }
        expect(await load({ rejected })).toMatchObject({ kind: 'found' })
      }
      for (const other of [createdAtMs - 1, createdAtMs + 1]) {
        const rejected = { birth, createdAtMs: other }
        expect(await load({ rejected })).toMatchObject({ kind: 'found' })
      }
      expect(await load({ rejected: plain })).toMatchObject({ kind: 'leased' })
    },
  )

  it('finds what is too short for a birth, whatever birth is rejected', async () => {
    await stage.send('SET', names.valueName, 'x')
    expect(await load({ rejected: plain })).toMatchObject({ kind: 'found' })
    await stage.send('SET', names.valueName, 'x'.repeat(80))
    expect(await load({ rejected: plain })).toMatchObject({ kind: 'found' })
  })
})

describe('readLoadReply()', () => {
  it.each([
    [null],
    ['OK'],
    [[]],
    [[1, null, '', '']],
    [[9]],
    [[1, 'text', 'g', '1']],
    [Buffer.from('\u0001')],
  ])('says of %j that it is none', (reply) => {
    expect(readLoadReply(reply)).toMatchObject({ kind: 'fault' })
  })
})
