import { describe, expect, it } from 'vitest'
import { RedisFailure } from '../../../../src/core/protocols/redis-transport.ts'
import { read, write } from '../transport-stage.ts'
import {
  type BatchStage,
  batchStage,
  errorReply,
  HandServer,
  isSettled,
  singleStage,
} from './batch-stage.ts'

const SCRIPT = { name: 'one', text: 'return 1' }
const LOST = new RedisFailure('lost', 'cut', { mayHaveRun: true })
const REPLICA = { replica: { witness: undefined } }

describe('RedisBatch, one server', () => {
  it('answers when all answers are in, in the order of the requests', async () => {
    const stage = singleStage()
    const sent = stage.send([read('GET', 'a'), read('GET', 'b')])
    expect(stage.primary.commands).toEqual(['GET a', 'GET b'])
    stage.primary.answer('1')
    expect(await isSettled(stage, sent)).toBe(false)
    stage.primary.answer('2')
    expect(await sent).toEqual({ replies: ['1', '2'], fromReplicas: [] })
    expect(stage.primary.reports).toEqual(['pass success'])
  })

  it('is over at its deadline: answered requests keep their answers, the others may have run', async () => {
    const stage = singleStage()
    const sent = stage.send([read('GET', 'a'), write('SET', 'b', '1')], { deadlineMs: 100 })
    stage.primary.answer('1')
    await stage.time.advance(99)
    expect(await isSettled(stage, sent)).toBe(false)
    await stage.time.advance(1)
    const { replies } = await sent
    expect(replies).toEqual(['1', expect.objectContaining({ kind: 'timeout', mayHaveRun: true })])
    expect(stage.primary.reports).toEqual(['pass failure'])
    stage.primary.answer('late')
    expect(stage.primary.reports).toEqual(['pass failure'])
  })

  it('has the deadline of the transport if it says none', async () => {
    const stage = singleStage()
    const sent = stage.send([read('GET', 'a')])
    await stage.time.advance(249)
    expect(await isSettled(stage, sent)).toBe(false)
    await stage.time.advance(1)
    expect(await isSettled(stage, sent)).toBe(true)
  })

  it('fails at once where nobody is primary, or the breaker refuses; nothing has run', async () => {
    const stage = singleStage()
    stage.primary.admission = 'refuse'
    expect((await stage.send([read('GET', 'a')])).replies).toMatchObject([
      { kind: 'refused', mayHaveRun: false },
    ])
    stage.primaries.clear()
    expect((await stage.send([read('GET', 'a')])).replies).toMatchObject([
      { kind: 'offline', mayHaveRun: false },
    ])
    expect(stage.primary.commands).toEqual([])
  })

  it('reports a lost connection and a busy server as failures, an error of the command as success', async () => {
    const stage = singleStage()
    stage.primary.admission = 'probe'
    const failures = [LOST, errorReply('BUSY running a script'), errorReply('WRONGTYPE not a list')]
    for (const failure of failures) {
      const sent = stage.send([read('GET', 'a')])
      stage.primary.answer(failure)
      expect((await sent).replies).toEqual([failure])
    }
    expect(stage.primary.reports).toEqual(['probe failure', 'probe failure', 'probe success'])
  })

  it('sends the text of a script once, when all answers are in, and the other calls by hash in order', async () => {
    const stage = singleStage()
    const call = (arg: string) => ({ script: SCRIPT, keys: ['k'], args: [arg] })
    const sent = stage.send([call('1'), read('GET', 'a'), call('2')])
    stage.primary.answer(errorReply('NOSCRIPT no such'), 'x')
    expect(stage.primary.commands).toHaveLength(3)
    stage.primary.answer(errorReply('NOSCRIPT no such'))
    expect(stage.primary.commands.slice(3)).toEqual([
      'EVAL return 1 1 k 1',
      expect.stringMatching(/^EVALSHA [0-9a-f]{40} 1 k 2$/),
    ])
    stage.primary.answer(1, 2)
    expect((await sent).replies).toEqual([1, 'x', 2])
  })

  it('tries again after 20 ms when the slot is on the move between two keys', async () => {
    const stage = singleStage()
    const sent = stage.send([write('MSET', 'a', '1', 'b', '2')])
    stage.primary.answer(errorReply('TRYAGAIN later'))
    await stage.time.advance(10)
    expect(stage.primary.commands).toHaveLength(1)
    await stage.time.advance(10)
    expect(stage.primary.commands).toHaveLength(2)
    stage.primary.answer('OK')
    expect((await sent).replies).toEqual(['OK'])
  })

  it('ends what is sent again for ever', async () => {
    const stage = singleStage()
    const sent = stage.send([write('SET', 'a', '1')], { deadlineMs: 10_000 })
    for (let round = 0; round < 8; round += 1) {
      stage.primary.answer(errorReply('TRYAGAIN later'))
      await stage.time.advance(20)
    }
    stage.primary.answer(errorReply('TRYAGAIN later'))
    expect((await sent).replies).toMatchObject([{ code: 'TRYAGAIN' }])
    expect(stage.primary.commands).toHaveLength(9)
  })

  it('asks who is primary when it met a replica, and sends the write to the next one', async () => {
    const stage = singleStage()
    const sent = stage.send([write('SET', 'a', '1')])
    stage.primary.answer(errorReply('READONLY You can not write against a read only replica.'))
    expect(stage.refreshes).toEqual(['primary'])
    const next = new HandServer('next')
    stage.primaries.set('*', next)
    await stage.time.advance(20)
    next.answer('OK')
    expect((await sent).replies).toEqual(['OK'])
  })

  it('tells of error replies, and answers those that nothing can be done about', async () => {
    const stage = singleStage()
    const sent = stage.send([write('SET', 'a', '1')], REPLICA)
    stage.replicas.push(stage.replica)
    stage.primary.answer(errorReply('OOM command not allowed'))
    expect((await sent).replies).toMatchObject([{ kind: 'reply', code: 'OOM' }])
    expect(stage.errorReplies).toEqual(['primary OOM'])
    expect(stage.replica.commands).toEqual([])
  })

  it('takes the lane of large values for the whole batch, so that its order holds', async () => {
    const stage = singleStage()
    const large = stage.send([read('GET', 'a'), write('SET', 'b', 'x'.repeat(70_000))])
    const small = stage.send([read('GET', 'a')])
    stage.primary.answerAll('x')
    await Promise.all([large, small])
    expect(stage.primary.lanes).toEqual([true, false])
  })
})

describe('RedisBatch, several servers', () => {
  function two(): BatchStage & { readonly a: HandServer; readonly b: HandServer } {
    const stage = batchStage()
    const [a, b] = [new HandServer('a'), new HandServer('b')]
    stage.primaries.set('a', a).set('b', b)
    return { ...stage, a, b }
  }

  it('sends each its requests as one part, and mixes the answers', async () => {
    const stage = two()
    const sent = stage.send([read('GET', 'a1'), read('GET', 'b1'), read('GET', 'a2')])
    expect([stage.a.commands, stage.b.commands]).toEqual([['GET a1', 'GET a2'], ['GET b1']])
    stage.b.answer('B1')
    stage.a.answer('A1', 'A2')
    expect((await sent).replies).toEqual(['A1', 'B1', 'A2'])
  })

  it('lets one server fail alone', async () => {
    const stage = two()
    stage.b.admission = 'refuse'
    const sent = stage.send([read('GET', 'a1'), read('GET', 'b1'), read('GET', 'c1')])
    stage.a.answer('A1')
    expect((await sent).replies).toMatchObject(['A1', { kind: 'refused' }, { kind: 'offline' }])
  })

  it('follows a slot that has moved, and learns the map', async () => {
    const stage = two()
    stage.others.set('host:7001', stage.b)
    const sent = stage.send([read('GET', 'a1'), read('GET', 'a2')])
    stage.a.answer(errorReply('MOVED 1 host:7001'), errorReply('MOVED 1 host:7001'))
    expect(stage.b.commands).toEqual(['GET a1', 'GET a2'])
    expect(stage.refreshes).toEqual(['a', 'a'])
    stage.b.answer('1', '2')
    expect((await sent).replies).toEqual(['1', '2'])
  })

  it('waits a moment for the connection to where a slot has moved', async () => {
    const stage = two()
    stage.others.set('host:7001', stage.b)
    stage.b.isConnected = false
    const sent = stage.send([read('GET', 'a1')])
    stage.a.answer(errorReply('MOVED 1 host:7001'))
    expect(stage.b.commands).toEqual([])
    await stage.time.advance(20)
    stage.b.answer('A1')
    expect((await sent).replies).toEqual(['A1'])
  })

  it('asks for a slot on the move, once, and does not learn the map by it', async () => {
    const stage = two()
    stage.others.set('host:7001', stage.b)
    const sent = stage.send([read('GET', 'a1'), read('GET', 'a2')])
    stage.a.answer(errorReply('ASK 1 host:7001'), 'here')
    expect(stage.b.commands).toEqual(['ASKING', 'GET a1'])
    stage.b.answer('OK', 'there')
    expect((await sent).replies).toEqual(['there', 'here'])
    expect(stage.refreshes).toEqual([])
  })

  it('answers a redirection that leads nowhere as it is', async () => {
    const stage = two()
    const sent = stage.send([read('GET', 'a1')])
    stage.a.answer(errorReply('MOVED 1 host:7009'))
    expect((await sent).replies).toMatchObject([{ code: 'MOVED' }])
  })
})
