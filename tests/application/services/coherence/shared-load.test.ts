import { describe, expect, it } from 'vitest'
import { SharedLoad } from '../../../../src/application/services/coherence/shared-load.ts'

const FOUND = { birth: { generation: 'g', seq: 3 }, createdAtMs: 7 }
const COMPUTE = { type: 'compute' }

/** A load that has the lease since it asked at 0 ms, and computes. */
function leased(): SharedLoad {
  const load = new SharedLoad()
  load.begin('shared', 0)
  load.onFound(undefined, 0)
  expect(load.onLeased(1)).toEqual([COMPUTE])
  return load
}

describe('SharedLoad', () => {
  it('ends with what L2 holds, if it is valid', () => {
    const load = new SharedLoad()
    expect(load.begin('shared', 0)).toEqual([{ type: 'get' }])
    expect(load.onFound({ verdict: 'valid', ...FOUND }, 1)).toEqual([
      { type: 'end', from: 'remote', isStored: true },
    ])
  })

  it('asks for the lease when nothing is there', () => {
    const load = new SharedLoad()
    load.begin('shared', 0)
    expect(load.onFound(undefined, 1)).toEqual([{ type: 'lease', rejected: 'none' }])
  })

  it.each(['invalid', 'soft'] as const)(
    'asks for the lease in spite of a value that is %s',
    (verdict) => {
      const load = new SharedLoad()
      load.begin('shared', 0)
      expect(load.onFound({ verdict, ...FOUND }, 1)).toEqual([{ type: 'lease', rejected: FOUND }])
    },
  )

  it('computes alone after the fourth value that it can’t use', () => {
    const load = new SharedLoad()
    load.begin('shared', 0)
    const found = { verdict: 'invalid', ...FOUND } as const
    for (let at = 0; at < 3; at += 1) expect(load.onFound(found, at)).toHaveLength(1)
    expect(load.onFound(found, 4)).toEqual([COMPUTE])
  })

  it('asks the primary when a replica is behind', () => {
    const load = new SharedLoad()
    load.begin('shared', 0)
    expect(load.onFound({ verdict: 'behind', ...FOUND }, 1)).toEqual([
      { type: 'lease', rejected: 'none' },
    ])
  })

  it('catches up once with what was born ahead, then refuses it', () => {
    const load = new SharedLoad()
    load.begin('shared', 0)
    const ahead = { verdict: 'ahead', ...FOUND } as const
    expect(load.onFound(ahead, 1)).toEqual([{ type: 'catch-up' }])
    expect(load.onFound(ahead, 2)).toEqual([{ type: 'lease', rejected: FOUND }])
  })

  it('computes alone when nothing can be asked, can’t be judged, or fails', () => {
    expect(new SharedLoad().begin('alone', 0)).toEqual([COMPUTE])
    const untrusted = new SharedLoad()
    untrusted.begin('shared', 0)
    expect(untrusted.onFound({ verdict: 'untrusted', ...FOUND }, 1)).toEqual([COMPUTE])
    const failed = new SharedLoad()
    failed.begin('shared', 0)
    expect(failed.onFault()).toEqual([COMPUTE])
    expect(failed.onComputed(false)).toEqual([{ type: 'end', from: 'factory', isStored: false }])
  })

  it('of a reload uses nothing that is stored', () => {
    expect(new SharedLoad().begin('reload', 0)).toEqual([{ type: 'lease', rejected: 'any' }])
  })

  it('asks a holder’s end after 5, 10, 20 and then every 25 ms', () => {
    const load = new SharedLoad()
    load.begin('reload', 0)
    const waits: number[] = []
    for (let nowMs = 0; waits.length < 6; nowMs = load.deadlineMs) {
      if (nowMs > 0) expect(load.onTick(nowMs)).toEqual([{ type: 'lease', rejected: 'any' }])
      load.onHeld(nowMs)
      waits.push(load.deadlineMs - nowMs)
    }
    expect(waits).toEqual([5, 10, 20, 25, 25, 25])
  })

  it('renews its lease after a third of it, and not before', () => {
    const load = leased()
    const dueMs = load.deadlineMs
    expect(dueMs).toBeCloseTo(1 + 2000 / 3)
    expect(load.onTick(dueMs - 1)).toEqual([])
    expect(load.onTick(dueMs)).toEqual([{ type: 'renew' }])
    expect(load.deadlineMs).toBeGreaterThan(dueMs + 600)
  })

  it.each([
    ['stored', true],
    ['refused', false],
    ['unknown', false],
  ] as const)(
    'stores under its lease, and when that is %s says isStored %s',
    (outcome, isStored) => {
      const load = leased()
      expect(load.onComputed(false)).toEqual([{ type: 'store' }])
      expect(load.onStored(outcome)).toEqual([{ type: 'end', from: 'factory', isStored }])
    },
  )

  it('stores nothing and gives the lease back if a mark has reached it', () => {
    expect(leased().onComputed(true)).toEqual([
      { type: 'release' },
      { type: 'end', from: 'factory', isStored: false },
    ])
  })

  it('gives the lease back as soon as a mark reaches it, and once only', () => {
    const load = leased()
    expect(load.onFenced()).toEqual([{ type: 'release' }])
    expect(load.onFenced()).toEqual([])
    expect(load.onComputed(true)).toEqual([{ type: 'end', from: 'factory', isStored: false }])
  })

  it('begins anew if a mark reaches it before its factory has begun', () => {
    const waiting = new SharedLoad()
    waiting.begin('reload', 0)
    waiting.onHeld(1)
    expect(waiting.onFenced()).toEqual([{ type: 'restart' }])
    const asking = new SharedLoad()
    asking.begin('shared', 0)
    expect(asking.onFenced()).toEqual([{ type: 'release' }, { type: 'restart' }])
    expect(asking.onLeased(1)).toEqual([])
  })

  it('given up drops whatever comes, and gives back what it may hold', () => {
    const load = leased()
    expect(load.abandon()).toEqual([{ type: 'release' }])
    expect([load.onComputed(false), load.onTick(9999), load.onFenced(), load.abandon()]).toEqual([
      [],
      [],
      [],
      [],
    ])
  })
})
