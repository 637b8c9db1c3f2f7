import { describe, expect, it } from 'vitest'
import {
  choosePrimary,
  type PrimaryEvidence,
  type SentinelView,
} from '../../../../src/infrastructure/redis/topology/choose-primary.ts'

const up = (primaryId: string, epoch = 1): SentinelView => ({ primaryId, epoch, isDown: false })
const down = (primaryId: string, epoch = 1): SentinelView => ({ primaryId, epoch, isDown: true })

function choose(
  evidence: Partial<Omit<PrimaryEvidence, 'roles'>> & {
    readonly roles?: Record<string, 'primary' | 'replica'>
  },
) {
  const { roles = {}, ...rest } = evidence
  return choosePrimary({
    views: [up('a'), up('a'), up('a')],
    sentinels: 3,
    current: undefined,
    ...rest,
    roles: new Map(Object.entries(roles)),
  })
}

describe('choosePrimary()', () => {
  it('takes who is named and says so', () => {
    expect(choose({ roles: { a: 'primary', b: 'replica' } })).toEqual({ id: 'a', epoch: 1 })
  })

  it('takes nobody who is only named', () => {
    expect(choose({ roles: { b: 'replica' } })).toBeUndefined()
    expect(choose({ roles: { a: 'replica', b: 'replica' } })).toBeUndefined()
  })

  it('takes nobody who only says so while the named one is well for most Sentinels', () => {
    expect(choose({ roles: { b: 'primary' } })).toBeUndefined()
    expect(
      choose({ views: [down('a'), up('a'), up('a')], roles: { b: 'primary' } }),
    ).toBeUndefined()
  })

  it('takes who says so before it is named when most Sentinels take the named one for down', () => {
    const views = [down('a'), down('a'), up('a')]
    expect(choose({ views, roles: { b: 'primary', c: 'replica' } })).toEqual({ id: 'b', epoch: 1 })
  })

  it('counts silent Sentinels as if the named one were well for them', () => {
    expect(choose({ views: [down('a')], roles: { b: 'primary' } })).toBeUndefined()
    expect(choose({ views: [down('a'), down('a')], roles: { b: 'primary' } })?.id).toBe('b')
  })

  it('takes who says so when the named one says that it is a replica', () => {
    expect(choose({ roles: { a: 'replica', b: 'primary' } })).toEqual({ id: 'b', epoch: 1 })
  })

  it('goes by the highest epoch when Sentinels name different ones', () => {
    const views = [up('a', 1), up('b', 2), up('a', 1)]
    expect(choose({ views, roles: { a: 'primary', b: 'primary' } })).toEqual({ id: 'b', epoch: 2 })
  })

  it('takes nobody when two others say so', () => {
    const views = [down('a'), down('a'), down('a')]
    expect(choose({ views, roles: { b: 'primary', c: 'primary' } })).toBeUndefined()
  })

  it('stays with the one that was promoted when the old primary is back before that is announced', () => {
    const evidence = { views: [down('a'), down('a'), up('a')], roles: { b: 'primary' as const } }
    const current = choose(evidence)
    expect(choose({ roles: { a: 'primary', b: 'primary' }, current })).toEqual({
      id: 'b',
      epoch: 1,
    })
    const announced = [up('b', 2), up('b', 2), up('b', 2)]
    expect(choose({ views: announced, roles: { a: 'primary', b: 'primary' }, current })).toEqual({
      id: 'b',
      epoch: 2,
    })
  })

  it('leaves the promoted one once the epoch has risen past it', () => {
    const current = { id: 'b', epoch: 1 }
    expect(choose({ views: [up('a', 2)], roles: { a: 'primary', b: 'primary' }, current })).toEqual(
      {
        id: 'a',
        epoch: 2,
      },
    )
  })

  it('keeps the primary, as long as it says so, when no Sentinel answers', () => {
    const current = { id: 'a', epoch: 1 }
    expect(choose({ views: [], roles: { a: 'primary' }, current })).toEqual(current)
    expect(choose({ views: [], roles: { a: 'replica' }, current })).toBeUndefined()
    expect(choose({ views: [], roles: { b: 'primary' }, current })).toBeUndefined()
    expect(choose({ views: [], roles: { a: 'primary' } })).toBeUndefined()
  })
})
