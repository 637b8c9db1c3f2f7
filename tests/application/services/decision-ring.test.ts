import { describe, expect, it } from 'vitest'
import { DecisionRing } from '../../../src/application/services/decision-ring.ts'
import { parseCacheKey } from '../../../src/core/value-objects/cache-key.ts'

const key = parseCacheKey('key')
const other = parseCacheKey('other')

describe('DecisionRing', () => {
  it('finds the newest decision about a key', () => {
    const ring = new DecisionRing()
    ring.note(key, { kind: 'expired' }, 1)
    ring.note(key, { kind: 'deleted' }, 2)
    ring.note(other, { kind: 'replaced' }, 3)
    expect(ring.find(key)).toEqual({ key, cause: { kind: 'deleted' }, atMs: 2 })
    expect(ring.find(other)?.atMs).toBe(3)
  })

  it('finds nothing about a key that nothing was decided about', () => {
    const ring = new DecisionRing()
    expect(ring.find(key)).toBeUndefined()
    ring.note(other, { kind: 'expired' }, 1)
    expect(ring.find(key)).toBeUndefined()
  })

  it('remembers 4096 decisions, and forgets the oldest for one more', () => {
    const ring = new DecisionRing()
    ring.note(key, { kind: 'expired' }, 1)
    for (let at = 0; at < 4095; at += 1) ring.note(other, { kind: 'expired' }, at)
    expect(ring.find(key)).toBeDefined()
    ring.note(other, { kind: 'expired' }, 4096)
    expect(ring.find(key)).toBeUndefined()
    ring.note(key, { kind: 'deleted' }, 5000)
    expect(ring.find(key)?.cause.kind).toBe('deleted')
  })
})
