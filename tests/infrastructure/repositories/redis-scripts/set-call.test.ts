import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { parseCacheKey } from '../../../../src/core/value-objects/cache-key.ts'
import { entryFrame } from '../../../../src/infrastructure/repositories/redis-frames/entry-frame.ts'
import { isFault } from '../../../../src/infrastructure/repositories/redis-frames/frame-fault.ts'
import { frameHeader } from '../../../../src/infrastructure/repositories/redis-frames/frame-header.ts'
import { framedEntry } from '../../../../src/infrastructure/repositories/redis-frames/framed-entry.ts'
import {
  readSetReply,
  type SetConditions,
  type SetInput,
  type SetReply,
  setCall,
} from '../../../../src/infrastructure/repositories/redis-scripts/set-call.ts'
import { entryFixture } from '../../../../src/testing/entry-fixture.ts'
import { FRAME_READER, FRAME_WRITER } from '../../../fakes/frame-fixture.ts'
import { describeWithRedis } from '../../../servers/describe-with-redis.ts'
import {
  GENERATION,
  keyRecord,
  LOG,
  namesOf,
  type ScriptStage,
  scriptStage,
} from './script-stage.ts'

function inputOf(key: string, value: unknown = `value of ${key}`): SetInput {
  const names = namesOf(key)
  const entry = entryFixture({ key, value, birth: { generation: GENERATION, seq: 0 } })
  const frame = entryFrame(entry, names.valueName, FRAME_WRITER)
  if (isFault(frame)) throw new Error(frame.fault)
  return { ...names, record: keyRecord(key), sinceSeq: 0, frame, ttlMs: 60_000 }
}

describeWithRedis('SET', () => {
  let stage: ScriptStage
  beforeAll(async () => {
    stage = await scriptStage()
  })
  afterAll(() => stage.close())
  beforeEach(() => stage.reset())

  async function set(
    inputs: readonly SetInput[],
    conditions: Partial<SetConditions> = {},
  ): Promise<SetReply> {
    const all = { maxRecords: 1000, generation: GENERATION, ...conditions }
    return readSetReply(await stage.run(setCall(LOG, inputs, all)))
  }

  /** What is read back under a key. */
  async function stored(key: string): Promise<unknown> {
    const name = namesOf(key).valueName
    const bytes = await stage.send('GET', name)
    if (!(bytes instanceof Uint8Array)) return bytes
    const header = frameHeader(bytes, name)
    if (isFault(header)) return header
    const origin = { name, namespace: 'fixtures', key: parseCacheKey(key) }
    return framedEntry(bytes, header, origin, FRAME_READER)
  }
  const place = (seq: number): { generation: string; seq: number } => ({
    generation: GENERATION,
    seq,
  })

  it('stores each value with the place of its own mark as its birth, and ends its lease', async () => {
    await stage.send('SET', namesOf('b').leaseName, 'token')
    expect(await set([inputOf('a'), inputOf('b'), inputOf('c', { deep: [1] })])).toEqual({
      kind: 'marked',
      first: place(1),
      stored: [true, true, true],
      why: '',
    })
    expect(await stored('a')).toMatchObject({ value: 'value of a', birth: place(1) })
    expect(await stored('b')).toMatchObject({ value: 'value of b', birth: place(2) })
    expect(await stored('c')).toMatchObject({ value: { deep: [1] }, birth: place(3) })
    expect(await stage.send('EXISTS', namesOf('b').leaseName)).toBe(0)
    const { records, tail } = await stage.read({ from: place(0) })
    expect(records).toEqual(['a', 'b', 'c'].map((key, at) => ({ seq: at + 1, ...keyRecord(key) })))
    expect(tail).toEqual({ seq: 3, id: 'id-c' })
  })

  it('goes on with the check of the header rightly wherever the log stands', async () => {
    for (const seq of [1, 255, 2 ** 31, 2 ** 32 + 7, 2 ** 52 + 1, Number.MAX_SAFE_INTEGER - 1]) {
      await stage.send('HSET', LOG.head, 's', String(seq))
      await stage.send('DEL', LOG.log)
      await set([{ ...inputOf('a'), sinceSeq: seq }])
      expect(await stored('a')).toMatchObject({ birth: place(seq + 1) })
    }
  })

  it('gives a TTL, or none', async () => {
    await set([inputOf('a'), { ...inputOf('b'), ttlMs: undefined }])
    const ttls = [
      await stage.send('PTTL', namesOf('a').valueName),
      await stage.send('PTTL', namesOf('b').valueName),
    ].map(Number)
    expect(ttls[0]).toBeGreaterThan(50_000)
    expect(ttls[1]).toBe(-1)
  })

  it('stores nothing that another mark of its key came after, and leaves nothing, but marks it', async () => {
    await set([inputOf('a'), inputOf('b')])
    const late = [inputOf('a', 'older'), { ...inputOf('b', 'newer'), sinceSeq: 2 }]
    expect(await set(late)).toMatchObject({ first: place(3), stored: [false, true], why: '' })
    expect(await stored('a')).toBeNull()
    expect(await stored('b')).toMatchObject({ value: 'newer' })
    expect((await stage.read()).tail.seq).toBe(4)
  })

  it('leaves nothing of the values if there is no log', async () => {
    await set([inputOf('a')])
    await stage.send('DEL', LOG.head)
    expect(await set([inputOf('a')])).toEqual({ kind: 'no-log' })
    expect(await stored('a')).toBeNull()
  })

  it('stores nothing that says another generation, but marks it', async () => {
    await set([inputOf('a')])
    expect(await set([{ ...inputOf('a'), sinceSeq: 1 }], { generation: 'other' })).toEqual({
      kind: 'marked',
      first: place(2),
      stored: [false],
      why: '',
    })
    expect(await stored('a')).toBeNull()
  })

  it('marks also what it cannot store for want of memory, and leaves no older value', async () => {
    await set([inputOf('a')])
    await stage.fillMemory()
    const reply = await set([{ ...inputOf('a', 'newer'), sinceSeq: 1 }, inputOf('b')])
    expect(reply).toMatchObject({ kind: 'marked', first: place(2), stored: [false, false] })
    expect(reply).toHaveProperty('why', expect.stringMatching(/^OOM/))
    expect([await stored('a'), await stored('b')]).toEqual([null, null])
    expect((await stage.read()).tail).toEqual({ seq: 3, id: 'id-b' })
  })

  it('replaces what is no value', async () => {
    await stage.send('HSET', namesOf('a').valueName, 'a', 'b')
    expect(await set([inputOf('a')])).toMatchObject({ stored: [true] })
  })

  it('takes hundreds at once', async () => {
    const inputs = Array.from({ length: 300 }, (_, index) => inputOf(`k${index}`))
    expect(await set(inputs)).toMatchObject({ kind: 'marked', first: place(1) })
    expect(await stored('k299')).toMatchObject({ birth: place(300) })
  })
})

describe('readSetReply()', () => {
  it.each([[null], [[]], [[1, '', 1, [], '']], [[1, 'g', -1, [], '']], [[9]]])(
    'says of %j that it is none',
    (reply) => {
      expect(readSetReply(reply)).toMatchObject({ kind: 'fault' })
    },
  )
})
