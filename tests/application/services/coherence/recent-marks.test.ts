import { describe, expect, it } from 'vitest'
import { RecentMarks } from '../../../../src/application/services/coherence/recent-marks.ts'
import type { PositionedMark } from '../../../../src/core/protocols/invalidation-log.ts'
import type { DependencyName } from '../../../../src/core/value-objects/cache-tag.ts'
import { markOf } from './coherence-fixture.ts'

function at(seq: number, key: string, soft = false): PositionedMark {
  return { position: { generation: 'g', seq }, mark: markOf(key, { soft }) }
}

describe('RecentMarks', () => {
  it('lets go of a mark after 60 s, and not before', () => {
    const recent = new RecentMarks()
    recent.note(at(1, 'a'), 1000)
    expect(recent.expire(60_999)).toEqual({ expired: [], floor: undefined })
    expect(recent.expire(61_000)).toEqual({ expired: [at(1, 'a')], floor: undefined })
    expect(recent.size).toBe(0)
  })

  it('keeps the newest mark of a scope, from when it came', () => {
    const recent = new RecentMarks(100)
    recent.note(at(1, 'a'), 0)
    recent.note(at(2, 'b'), 10)
    recent.note(at(3, 'a'), 50)
    expect(recent.list()).toEqual([at(2, 'b'), at(3, 'a')])
    expect(recent.expire(110).expired).toEqual([at(2, 'b')])
  })

  it('doesn’t let a soft mark hide that a hard one was there', () => {
    const recent = new RecentMarks()
    recent.note(at(1, 'a'), 0)
    recent.note(at(2, 'a', true), 1)
    recent.note(at(3, 'b', true), 1)
    expect(recent.list().map(({ mark }) => mark.soft)).toEqual([false, true])
  })

  it('keeps the later place of a scope, in whatever order they come', () => {
    const recent = new RecentMarks()
    recent.note(at(9, 'a', true), 0)
    recent.note(at(7, 'a'), 1)
    expect(recent.list()).toEqual([at(9, 'a')])
  })

  it('keeps a dependency whose closure has shrunk apart from what it was', () => {
    const recent = new RecentMarks()
    const names = ['team:9', 'org:7'] as DependencyName[]
    for (const [index, closure] of [names, names.slice(0, 1)].entries()) {
      const scope = { kind: 'dependency', dependency: 'team:9' as DependencyName, closure } as const
      const mark = markOf('', { scope })
      recent.note({ position: { generation: 'g', seq: index }, mark }, 0)
    }
    expect(recent.size).toBe(2)
  })

  it('says from where on it knows everything when there were too many', () => {
    const recent = new RecentMarks(100, 2)
    for (const seq of [1, 2]) recent.note(at(seq, `k${seq}`), 0)
    expect(recent.expire(1).floor).toBeUndefined()
    for (const seq of [3, 4]) recent.note(at(seq, `k${seq}`), 0)
    expect(recent.expire(1)).toEqual({ expired: [], floor: { generation: 'g', seq: 2 } })
    expect(recent.list()).toEqual([at(3, 'k3'), at(4, 'k4')])
  })

  it('forgets all with its generation', () => {
    const recent = new RecentMarks()
    recent.note(at(1, 'a'), 0)
    recent.clear()
    expect(recent.list()).toEqual([])
  })
})
