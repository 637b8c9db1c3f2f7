import { describe, expect, it } from 'vitest'
import { RedisFailure } from '../../../../src/core/protocols/redis-transport.ts'
import { read, write } from '../transport-stage.ts'
import { errorReply, isSettled, type SingleStage, singleStage } from './batch-stage.ts'

const LOST = new RedisFailure('lost', 'cut', { mayHaveRun: true })
const WITNESS = read('GET', 'seq')
const REPLICA = { replica: { witness: WITNESS } }

describe('RedisBatch, with replicas', () => {
  function replicated(): SingleStage {
    const stage = singleStage()
    stage.replicas.push(stage.replica)
    return stage
  }

  it('asks no replica before 50 ms have passed, nor one that may not be asked', async () => {
    const stage = replicated()
    const sent = [stage.send([read('GET', 'a')], REPLICA), stage.send([read('GET', 'b')])]
    await stage.time.advance(49)
    expect(stage.replica.commands).toEqual([])
    await stage.time.advance(1)
    expect(stage.replica.commands).toEqual(['GET seq', 'GET a'])
    stage.primary.answerAll('x')
    await Promise.all(sent)
  })

  it('takes what a replica answers first, and says so together with the witness', async () => {
    const stage = replicated()
    const sent = stage.send([read('GET', 'a'), read('GET', 'b'), write('SET', 'c', '1')], REPLICA)
    stage.primary.answer('A')
    await stage.time.advance(50)
    expect(stage.replica.commands).toEqual(['GET seq', 'GET b'])
    stage.replica.answer('17', 'B')
    stage.primary.answer('B of the primary', 'OK')
    expect(await sent).toEqual({
      replies: ['A', 'B', 'OK'],
      fromReplicas: [{ indices: [1], witness: '17' }],
    })
  })

  it('takes what the primary answers first, and counts the replica for nothing', async () => {
    const stage = replicated()
    const sent = stage.send([read('GET', 'a')], REPLICA)
    await stage.time.advance(50)
    stage.primary.answer('A')
    expect(await sent).toEqual({ replies: ['A'], fromReplicas: [] })
    stage.replica.answer('17', 'old')
    expect(stage.replica.reports).toEqual(['pass success'])
  })

  it('asks a replica at once, and all in one part, when the connection to the primary is lost', async () => {
    const stage = replicated()
    const sent = stage.send([read('GET', 'a'), write('SET', 'b', '1'), read('GET', 'c')], REPLICA)
    stage.primary.answerAll(LOST)
    expect(stage.replica.commands).toEqual(['GET seq', 'GET a', 'GET c'])
    stage.replica.answer('17', 'A', 'C')
    expect(await sent).toEqual({
      replies: ['A', LOST, 'C'],
      fromReplicas: [{ indices: [0, 2], witness: '17' }],
    })
  })

  it.each(['LOADING the dataset', 'MASTERDOWN link', 'CLUSTERDOWN the slot'])(
    'asks a replica when the primary says %s',
    async (message) => {
      const stage = replicated()
      const sent = stage.send([read('GET', 'a')], REPLICA)
      stage.primary.answer(errorReply(message))
      stage.replica.answer('17', 'A')
      expect((await sent).replies).toEqual(['A'])
      expect(stage.refreshes).toEqual(['primary'])
    },
  )

  it('asks a replica at once when there is no primary, or its breaker refuses', async () => {
    const stage = replicated()
    stage.primary.admission = 'refuse'
    const refused = stage.send([read('GET', 'a')], REPLICA)
    stage.replica.answer('17', 'A')
    expect((await refused).replies).toEqual(['A'])
    stage.primaries.clear()
    const offline = stage.send([read('GET', 'b')], REPLICA)
    stage.replica.answer('18', 'B')
    expect(await offline).toEqual({
      replies: ['B'],
      fromReplicas: [{ indices: [0], witness: '18' }],
    })
  })

  it('waits for the primary when the replica fails first, and for the replica when the primary does', async () => {
    const stage = replicated()
    const first = stage.send([read('GET', 'a')], REPLICA)
    await stage.time.advance(50)
    stage.replica.answerAll(LOST)
    expect(await isSettled(stage, first)).toBe(false)
    stage.primary.answer('A')
    expect((await first).replies).toEqual(['A'])
    const second = stage.send([read('GET', 'b')], REPLICA)
    await stage.time.advance(50)
    stage.primary.answer(LOST)
    expect(await isSettled(stage, second)).toBe(false)
    stage.replica.answer('17', 'B')
    expect((await second).replies).toEqual(['B'])
  })

  it('fails with what the primary said when both fail', async () => {
    const stage = replicated()
    const sent = stage.send([read('GET', 'a')], REPLICA)
    stage.primary.answer(LOST)
    stage.replica.answerAll(errorReply('MASTERDOWN link'))
    expect((await sent).replies).toEqual([LOST])
  })

  it('sends no witness where there is none', async () => {
    const stage = replicated()
    const sent = stage.send([read('GET', 'a')], { replica: { witness: undefined } })
    stage.primary.answer(LOST)
    expect(stage.replica.commands).toEqual(['GET a'])
    stage.replica.answer('A')
    expect((await sent).fromReplicas).toEqual([{ indices: [0], witness: undefined }])
  })

  it('fails where the only replica is refused or away', async () => {
    const stage = replicated()
    stage.replica.admission = 'refuse'
    const refused = stage.send([read('GET', 'a')], REPLICA)
    stage.primary.answer(LOST)
    expect((await refused).replies).toEqual([LOST])
    stage.replica.isConnected = false
    const away = stage.send([read('GET', 'a')], REPLICA)
    stage.primary.answer(LOST)
    expect((await away).replies).toEqual([LOST])
  })
})
