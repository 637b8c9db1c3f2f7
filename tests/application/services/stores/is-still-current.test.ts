import { describe, expect, it } from 'vitest'
import { isStillCurrent } from '../../../../src/application/services/stores/is-still-current.ts'
import type { CacheTag } from '../../../../src/core/value-objects/cache-tag.ts'
import { flightOf, invalidate, KEY, tiersStage } from '../coherence/tiers-stage.ts'

const NONE = { tags: [], dependsOn: [] }

describe('what a load makes', () => {
  it('is current until a mark reaches its key', async () => {
    const { a, settle } = await tiersStage()
    const flight = flightOf(a)
    expect(isStillCurrent(a.ports, flight, NONE)).toBe(true)
    await invalidate(a, { kind: 'key', key: KEY })
    await settle()
    expect(flight.isFenced).toBe(true)
    expect(isStillCurrent(a.ports, flight, NONE)).toBe(false)
  })

  it('is not current if a mark reaches what only the result is a member of', async () => {
    const { a, settle } = await tiersStage()
    const flight = flightOf(a)
    const tag = 't' as CacheTag
    await invalidate(a, { kind: 'tag', tag })
    await settle()
    expect(flight.isFenced).toBe(false)
    expect(isStillCurrent(a.ports, flight, NONE)).toBe(true)
    expect(isStillCurrent(a.ports, flight, { tags: [tag], dependsOn: [] })).toBe(false)
  })
})
