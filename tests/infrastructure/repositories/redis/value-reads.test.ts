import { describe, expect, it } from 'vitest'
import type { RedisReply } from '../../../../src/core/protocols/redis-transport.ts'
import { ValueReads } from '../../../../src/infrastructure/repositories/redis/value-reads.ts'

const LARGE_BYTES = 64 * 1024

function commandsOf(reads: ValueReads, names: readonly string[], isApart = false) {
  return reads.of(names, isApart).map(({ command, places }) => [command.args.join(' '), places])
}

describe('ValueReads', () => {
  it('asks for one value by GET and for several by one MGET', () => {
    const reads = new ValueReads()
    expect(commandsOf(reads, ['a'])).toEqual([['GET a', [0]]])
    expect(commandsOf(reads, ['a', 'b', 'a'])).toEqual([['MGET a b a', [0, 1, 2]]])
    expect(commandsOf(reads, [])).toEqual([])
  })

  it('asks for each by itself where they may lie on several servers', () => {
    expect(commandsOf(new ValueReads(), ['a', 'b'], true)).toEqual([
      ['GET a', [0]],
      ['GET b', [1]],
    ])
  })

  it('marks each command as a read that is routed by its first name', () => {
    const [read] = new ValueReads().of(['a', 'b'], false)
    expect(read?.command).toMatchObject({ key: 'a', isRead: true })
  })

  it.each([
    [100, [100]],
    [101, [100, 1]],
    [250, [100, 100, 50]],
  ])('asks for %i values in commands of at most a hundred', (count, expected) => {
    const names = Array.from({ length: count }, (_, at) => `k${at}`)
    const reads = new ValueReads().of(names, false)
    expect(reads.map(({ places }) => places.length)).toEqual(expected)
    expect(reads.flatMap(({ places }) => places)).toEqual(names.map((_, at) => at))
  })

  it('finds the answer of each place, and in place of all the failure of their command', () => {
    const reads = new ValueReads()
    const [read] = reads.of(['a', 'b'], false)
    if (read === undefined) throw new Error('no read')
    const one = new Uint8Array(1)
    expect(reads.replyAt(read, [one, null], 0)).toBe(one)
    expect(reads.replyAt(read, [one, null], 1)).toBeNull()
    expect(reads.replyAt(read, 'failed', 1)).toBe('failed')
    const [alone] = reads.of(['a'], false)
    if (alone === undefined) throw new Error('no read')
    expect(reads.replyAt(alone, one, 0)).toBe(one)
  })

  it.each([
    [LARGE_BYTES, [['MGET a b', [0, 1]]]],
    [
      LARGE_BYTES + 1,
      [
        ['GET b', [1]],
        ['GET a', [0]],
      ],
    ],
  ])('asks for a value of %i bytes the next time accordingly', (bytes, expected) => {
    const reads = new ValueReads()
    const [read] = reads.of(['a', 'b'], false)
    if (read === undefined) throw new Error('no read')
    const replies: RedisReply = [null, new Uint8Array(bytes)]
    reads.replyAt(read, replies, 1)
    const next = commandsOf(reads, ['a', 'b'])
    const alone = next.map(([text, places]) =>
      text === 'MGET a' ? ['GET a', places] : [text, places],
    )
    expect(alone).toEqual(expected)
  })
})
