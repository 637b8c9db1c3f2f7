import { describe, expect, it } from 'vitest'
import type { RedisSubject } from '../../../benchmarks/redis/redis-subject.ts'
import { KEYS_AT_ONCE, type OpenSubject, workOff } from '../../../benchmarks/redis/work-off.ts'

function stage(overrides: Partial<RedisSubject> = {}) {
  const asked: string[] = []
  let running = 0
  let most = 0
  const subject: RedisSubject = {
    get: async (key) => {
      running += 1
      most = Math.max(most, running)
      await Promise.resolve()
      running -= 1
      asked.push(key)
      return key
    },
    set: async (key) => asked.push(key),
    getMany: async (keys) => asked.push(...keys) && keys.length,
    close: async () => undefined,
    ...overrides,
  }
  const open: OpenSubject = { subject, keys: ['a', 'b', 'c'], next: 0 }
  return { open, asked, most: () => most }
}

describe('workOff()', () => {
  it('reads so many times, the keys in turn, by so many callers at once', async () => {
    const { open, asked, most } = stage()
    await workOff(open, { kind: 'get', callers: 2 }, 5)
    expect(asked).toEqual(['a', 'b', 'c', 'a', 'b'])
    expect(most()).toBe(2)
    await workOff(open, { kind: 'set', callers: 1 }, 1)
    expect(asked.at(-1)).toBe('c')
  })

  it('asks for a hundred keys at once', async () => {
    const { open, asked } = stage()
    await workOff(open, { kind: 'getMany', callers: 1 }, 2)
    expect(asked).toHaveLength(2 * KEYS_AT_ONCE)
  })

  it('does not let a miss pass for a hit', async () => {
    const miss = stage({ get: async () => undefined, getMany: async () => KEYS_AT_ONCE - 1 })
    await expect(workOff(miss.open, { kind: 'get', callers: 1 }, 1)).rejects.toThrow('a miss')
    await expect(workOff(miss.open, { kind: 'getMany', callers: 1 }, 1)).rejects.toThrow('99 found')
  })
})
