import { beforeEach, describe, expect, it } from 'vitest'
import { SnapshotGuard } from '../../../../src/application/services/snapshots/snapshot-guard.ts'
import { type FakeLog, fakeLog } from '../../../fakes/fake-snapshots.ts'

const SCOPE = { kind: 'namespace' } as const

let log: FakeLog
let removed: string[]
let left: unknown[][]
let failing: string | undefined
let guard: SnapshotGuard

beforeEach(() => {
  log = fakeLog()
  removed = []
  left = []
  failing = undefined
  const remove = (path: string): void => {
    if (path === failing) throw new Error('busy')
    removed.push(path)
  }
  guard = new SnapshotGuard({ log, store: { remove }, onLeft: (...told) => left.push(told) })
})

describe('SnapshotGuard', () => {
  it('removes what it watches at the first mark, and nothing at the second', () => {
    guard.watch('a')
    guard.watch('b')
    log.mark(SCOPE)
    expect(removed).toEqual(['a', 'b'])
    log.mark(SCOPE)
    expect(removed).toHaveLength(2)
  })

  it('listens only while it watches something, so that sets stay as fast as without it', () => {
    expect(log.listeners).toBe(0)
    guard.watch('a')
    guard.watch('b')
    expect(log.listeners).toBe(1)
    guard.forget('a')
    expect(log.listeners).toBe(1)
    log.mark(SCOPE)
    expect(log.listeners).toBe(0)
    guard.watch('c')
    log.mark(SCOPE)
    expect(removed).toEqual(['b', 'c'])
  })

  it('knows what it watches', () => {
    guard.watch('a')
    expect([guard.holds('a'), guard.holds('b')]).toEqual([true, false])
    guard.forget('a')
    expect(guard.holds('a')).toBe(false)
    log.mark(SCOPE)
    expect(removed).toEqual([])
  })

  it('tries again at each mark what it could not remove, and tells of it once', () => {
    failing = 'a'
    guard.watch('a')
    guard.watch('b')
    log.mark(SCOPE)
    log.mark(SCOPE)
    expect(removed).toEqual(['b'])
    expect(left).toEqual([['a', expect.objectContaining({ message: 'busy' })]])
    failing = undefined
    log.mark(SCOPE)
    expect([removed, log.listeners]).toEqual([['b', 'a'], 0])
  })

  it('removeAll() removes all at once, without a mark', () => {
    guard.watch('a')
    guard.removeAll()
    expect([removed, log.listeners]).toEqual([['a'], 0])
  })
})
