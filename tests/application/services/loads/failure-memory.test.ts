import { describe, expect, it } from 'vitest'
import { FailureMemory } from '../../../../src/application/services/loads/failure-memory.ts'
import { parseCacheKey } from '../../../../src/core/value-objects/cache-key.ts'

const key = parseCacheKey('key')

describe('FailureMemory', () => {
  it('answers a failure until its time is over', () => {
    const memory = new FailureMemory()
    memory.note(key, 'why', 100, 1000)
    expect(memory.find(key, 1099)).toMatchObject({ error: 'why' })
    expect(memory.find(key, 1100)).toBeUndefined()
  })

  it('remembers that undefined was thrown', () => {
    const memory = new FailureMemory()
    memory.note(key, undefined, 100, 0)
    expect(memory.find(key, 0)).toMatchObject({ error: undefined })
  })

  it('doubles the time with each failure in a row, up to 16 times', () => {
    const memory = new FailureMemory()
    const times: number[] = []
    let nowMs = 0
    for (let at = 0; at < 7; at += 1) {
      memory.note(key, at, 10, nowMs)
      let forMs = 0
      while (memory.find(key, nowMs + forMs) !== undefined) forMs += 1
      times.push(forMs)
      nowMs += 1_000_000
    }
    expect(times).toEqual([10, 20, 40, 80, 160, 160, 160])
  })

  it('begins anew after forget(), for that key alone', () => {
    const memory = new FailureMemory()
    const other = parseCacheKey('other')
    memory.note(key, 1, 10, 0)
    memory.note(other, 1, 10, 0)
    memory.forget(key)
    expect(memory.find(key, 0)).toBeUndefined()
    expect(memory.find(other, 0)).toBeDefined()
    memory.note(key, 2, 10, 0)
    expect(memory.find(key, 10)).toBeUndefined()
  })

  it('clear() forgets all', () => {
    const memory = new FailureMemory()
    memory.note(key, 1, 10, 0)
    memory.clear()
    expect(memory.find(key, 0)).toBeUndefined()
  })

  it('keeps 10 000 keys, and lets the one that failed longest ago go for one more', () => {
    const memory = new FailureMemory()
    const keys = Array.from({ length: 10_001 }, (_, at) => parseCacheKey(`key:${at}`))
    const [first = key, second = key] = keys
    for (const one of keys.slice(0, 10_000)) memory.note(one, 1, 10, 0)
    memory.note(first, 2, 10, 0)
    memory.note(keys.at(-1) ?? key, 1, 10, 0)
    expect(memory.find(first, 0)).toBeDefined()
    expect(memory.find(second, 0)).toBeUndefined()
    expect(memory.find(keys.at(-1) ?? key, 0)).toBeDefined()
  })
})
