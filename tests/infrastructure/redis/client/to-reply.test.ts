import { ErrorReply, SimpleError } from '@redis/client'
import { describe, expect, it } from 'vitest'
import { RedisFailure } from '../../../../src/core/protocols/redis-transport.ts'
import { toErrorReply, toReply } from '../../../../src/infrastructure/redis/client/to-reply.ts'

class ReplyError extends Error {
  override readonly name = 'ReplyError'
}

describe('toReply()', () => {
  it.each([
    [null, null],
    [undefined, null],
    ['OK', 'OK'],
    [7, 7],
    [true, true],
    [2n ** 70n, '1180591620717411303424'],
    [new Map([['a', [1]]]), ['a', [1]]],
    [new Set(['a', 'b']), ['a', 'b']],
    [{ a: 1, b: [2n] }, ['a', 1, 'b', ['2']]],
    [
      [null, [undefined]],
      [null, [null]],
    ],
  ])('of %o is %o', (value, reply) => {
    expect(toReply(value)).toEqual(reply)
  })

  it('leaves bytes as they are', () => {
    const bytes = Buffer.from([1])
    expect(toReply(bytes)).toBe(bytes)
  })

  it('makes a failure of an error within a list', () => {
    const [failure] = toReply([new SimpleError('OOM no memory')]) as RedisFailure[]
    expect(failure).toBeInstanceOf(RedisFailure)
    expect(failure).toMatchObject({ kind: 'reply', code: 'OOM', mayHaveRun: false })
  })
})

describe('toErrorReply()', () => {
  it('knows error replies of node-redis and ioredis, also derived ones', () => {
    for (const error of [
      new ErrorReply('BUSY x'),
      new SimpleError('BUSY x'),
      new ReplyError('BUSY x'),
    ])
      expect(toErrorReply(error)?.code).toBe('BUSY')
  })

  it('is undefined for all else', () => {
    for (const error of [new Error('Connection is closed.'), 'BUSY x', null])
      expect(toErrorReply(error)).toBeUndefined()
  })
})
