import { describe, expect, it } from 'vitest'
import { RedisFailure, type RedisReply } from '../../../../src/core/protocols/redis-transport.ts'
import { BatchPart, encodeRetries } from '../../../../src/infrastructure/redis/batch/batch-part.ts'
import { read } from '../transport-stage.ts'
import { errorReply, HandServer } from './batch-stage.ts'

interface Stage {
  readonly server: HandServer
  readonly part: BatchPart
  readonly received: (readonly [number | undefined, RedisReply])[]
  readonly ends: () => number
}

function stage(places?: readonly (number | undefined)[]): Stage {
  const server = new HandServer('one')
  const received: (readonly [number | undefined, RedisReply])[] = []
  let ends = 0
  const owner = {
    receive: (_: BatchPart, index: number | undefined, reply: RedisReply) =>
      received.push([index, reply]),
    ended: () => {
      ends += 1
    },
  }
  const part = new BatchPart(owner, { server, admission: 'probe', isReplica: false }, places)
  return { server, part, received, ends: () => ends }
}

describe('BatchPart', () => {
  it('hands on answers by their place in the batch, and ends with the last', () => {
    const { server, part, received, ends } = stage([undefined, 4])
    part.send([['PING'], ['GET', 'a']], false)
    server.answer('PONG')
    expect(ends()).toBe(0)
    server.answer('x')
    expect(received).toEqual([
      [undefined, 'PONG'],
      [4, 'x'],
    ])
    expect(ends()).toBe(1)
  })

  it('stands for the batch as it is when it has no places', () => {
    const { server, part, received } = stage()
    part.send(
      [
        ['GET', 'a'],
        ['GET', 'b'],
      ],
      false,
    )
    server.answer('1', '2')
    expect(received.map(([index]) => index)).toEqual([0, 1])
  })

  it('reports once: success, failure by one answer, or what is due when the batch is over', () => {
    const good = stage()
    good.part.send([['GET', 'a']], false)
    good.server.answer(errorReply('ERR no'))
    good.part.expire()
    expect(good.server.reports).toEqual(['probe success'])
    const bad = stage()
    bad.part.send(
      [
        ['GET', 'a'],
        ['GET', 'b'],
      ],
      false,
    )
    bad.server.answer(new RedisFailure('lost', 'cut'), 'x')
    expect(bad.server.reports).toEqual(['probe failure'])
    const late = stage()
    late.part.send([['GET', 'a']], false)
    late.part.expire()
    late.server.answer('x')
    expect(late.server.reports).toEqual(['probe failure'])
  })

  it('keeps what has failed by its cause', () => {
    const { part } = stage()
    const lost = new RedisFailure('lost', 'cut')
    expect([part.failed, part.again]).toEqual([undefined, undefined])
    part.failLater(1, lost)
    part.failLater(2, lost)
    expect([...(part.failed ?? [])]).toEqual([[lost, [1, 2]]])
  })
})

describe('encodeRetries()', () => {
  it('puts ASKING before what asks, and the text into the first call of each script', () => {
    const script = { name: 'one', text: 'return 1' }
    const call = { script, keys: ['k'], args: [] }
    const requests = [read('GET', 'a'), call, call]
    const retries = [
      { index: 0, form: 'ask' as const },
      { index: 2, form: 'text' as const },
      { index: 1, form: 'text' as const },
    ].map((retry) => ({ ...retry, server: undefined, isLater: false }))
    const { commands, places } = encodeRetries(requests, retries)
    expect(commands.map(([name]) => name)).toEqual(['ASKING', 'GET', 'EVAL', 'EVALSHA'])
    expect(places).toEqual([undefined, 0, 2, 1])
  })
})
