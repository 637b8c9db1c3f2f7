import { describe, expect, it } from 'vitest'
import type { RedisCommand } from '../../../../src/core/protocols/redis-transport.ts'
import { LARGE_BYTES, LargeKeys } from '../../../../src/infrastructure/redis/batch/large-keys.ts'

function get(key: string): RedisCommand {
  return { args: ['GET', key], key, isRead: true }
}

describe('LargeKeys', () => {
  it('finds a request large above 64 KiB of words, not at it', () => {
    const keys = new LargeKeys()
    const set = (sizeBytes: number): RedisCommand => ({
      args: [new Uint8Array(sizeBytes)],
      key: 'a',
      isRead: false,
    })
    expect(keys.hasLarge([get('a'), set(LARGE_BYTES)])).toBe(false)
    expect(keys.hasLarge([get('a'), set(LARGE_BYTES + 1)])).toBe(true)
  })

  it('counts the arguments of a script', () => {
    const call = { script: { name: 's', text: '' }, keys: ['a'], args: ['x'.repeat(70_000)] }
    expect(new LargeKeys().hasLarge([call])).toBe(true)
  })

  it('remembers keys whose value was large, until it is small again', () => {
    const keys = new LargeKeys()
    keys.note('a', LARGE_BYTES + 1)
    keys.note('b', LARGE_BYTES)
    expect([keys.hasLarge([get('a')]), keys.hasLarge([get('b')])]).toEqual([true, false])
    keys.note('a', 10)
    expect(keys.hasLarge([get('a')])).toBe(false)
  })

  it('remembers the 1024 that were seen last', () => {
    const keys = new LargeKeys()
    for (let count = 0; count <= 1024; count += 1) keys.note(`key:${count}`, 100_000)
    expect([keys.hasLarge([get('key:0')]), keys.hasLarge([get('key:1')])]).toEqual([false, true])
  })

  it('ignores requests without a key', () => {
    const keys = new LargeKeys()
    keys.note(undefined, 100_000)
    expect(keys.hasLarge([{ args: ['PING'], key: undefined, isRead: true }])).toBe(false)
  })
})
