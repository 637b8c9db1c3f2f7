import { describe, expect, it } from 'vitest'
import { CACHE_PRIORITIES } from '../../../../src/core/value-objects/cache-priority.ts'
import {
  PRIORITIES,
  TTL_KINDS,
} from '../../../../src/infrastructure/repositories/redis-frames/frame-layout.ts'

describe('frame layout', () => {
  it('knows every priority, at the place that frames say for ever', () => {
    expect(PRIORITIES).toEqual(['low', 'medium', 'high', 'critical'])
    expect([...PRIORITIES].sort()).toEqual([...CACHE_PRIORITIES].sort())
  })

  it('keeps the places of the kinds of TTL', () => {
    expect(TTL_KINDS).toEqual(['never', 'instant', 'span', 'until'])
  })
})
