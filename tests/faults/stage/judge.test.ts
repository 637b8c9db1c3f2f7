import { describe, expect, it } from 'vitest'
import { type FaultHistory, judge, type NodeRead } from './judge.ts'
import type { WriteRecord } from './writer.ts'

const RULES = { maxStaleMs: 2000, isEverybodys: false }

/** Of a millisecond's duration. */
const read = (node: number, startMs: number, version: number | undefined): NodeRead => ({
  node,
  key: 'key',
  version,
  startMs,
  endMs: startMs + 1,
})

/** Answered at `resolvedMs` by node 0. */
const write = (version: number, resolvedMs: number, isPropagated = true): WriteRecord => ({
  key: 'key',
  version,
  node: 0,
  calledMs: resolvedMs - 1,
  resolvedMs,
  isPropagated,
})

/** A fault from 1000 to 5000, settled at 9000. */
function history(overrides: Partial<FaultHistory>): FaultHistory {
  const times = { struckMs: 1000, healedMs: 5000, settledMs: 9000 }
  return { reads: [], loads: [], stalls: [], writes: [], ...times, ...overrides }
}

const violationsOf = (overrides: Partial<FaultHistory>, rules = RULES): readonly string[] =>
  judge(history(overrides), rules).violations.map((text) => text.split(':')[0] ?? '')

describe('judge() of versions', () => {
  it('lets another node serve the older version for as long as the rules say, and no longer', () => {
    const writes = [write(2, 1000)]
    expect(violationsOf({ writes, reads: [read(1, 3000, 1)] })).toEqual([])
    expect(violationsOf({ writes, reads: [read(1, 3001, 1)] })).toEqual(['served too long'])
    expect(judge(history({ writes, reads: [read(1, 2500, 1)] }), RULES).worstStaleMs).toBe(1500)
  })

  it('does not let who has invalidated it serve the older version at all', () => {
    const writes = [write(2, 1000)]
    expect(violationsOf({ writes, reads: [read(0, 1000, 1)] })).toEqual([])
    expect(violationsOf({ writes, reads: [read(0, 1001, 1)] })).toEqual([
      'served what it had invalidated itself',
    ])
  })

  it('binds others by what was not propagated only while the fault is everybody’s', () => {
    const writes = [write(2, 1000, false)]
    const all = { ...RULES, isEverybodys: true }
    expect(violationsOf({ writes, reads: [read(1, 4999, 1)] })).toEqual([])
    expect(violationsOf({ writes, reads: [read(1, 4999, 1)] }, all)).toEqual(['served too long'])
    expect(violationsOf({ writes, reads: [read(1, 5000, 1)] }, all)).toEqual([])
  })

  it('lets nobody serve an older version once all have settled', () => {
    const writes = [write(2, 8990, false)]
    expect(violationsOf({ writes, reads: [read(1, 9000, 1)] })).toEqual([])
    expect(violationsOf({ writes, reads: [read(1, 9001, 1)] })).toEqual(['stale for ever'])
  })

  it('lets no node go back behind what a read that had ended got from it', () => {
    expect(violationsOf({ reads: [read(1, 10, 2), read(1, 11, 1)] })).toEqual([])
    expect(violationsOf({ reads: [read(1, 10, 2), read(1, 12, 1)] })).toEqual(['went back'])
    expect(violationsOf({ reads: [read(1, 10, 2), read(2, 12, 1)] })).toEqual([])
  })

  it('has nothing against a miss', () => {
    expect(violationsOf({ writes: [write(2, 1000)], reads: [read(0, 9999, undefined)] })).toEqual(
      [],
    )
  })
})

describe('judge() of times', () => {
  const slow: NodeRead = { ...read(1, 2000, 1), endMs: 2500 }

  it('counts what is beyond the loads of the key, and the stalls of the node and of the test', () => {
    const maxOf = (overrides: Partial<FaultHistory>): number =>
      judge(history({ reads: [slow], ...overrides }), RULES).maxMs
    expect(maxOf({})).toBe(500)
    const loads = [
      { key: 'key', startMs: 1900, endMs: 2100 },
      { key: 'other', startMs: 2000, endMs: 2500 },
    ]
    expect(maxOf({ loads })).toBe(400)
    const stalls = [
      { node: 1, startMs: 2050, endMs: 2200 },
      { node: undefined, startMs: 2450, endMs: 2600 },
      { node: 2, startMs: 2000, endMs: 2500 },
    ]
    expect(maxOf({ loads, stalls })).toBe(250)
  })

  it('looks at reads since the fault began, and says which were the slowest', () => {
    const verdict = judge(history({ reads: [{ ...slow, startMs: 999 }, slow] }), RULES)
    expect([verdict.p50Ms, verdict.p999Ms, verdict.maxMs]).toEqual([500, 500, 500])
    expect(verdict.slowest).toEqual(['key on node 1 at 1000 ms: 500 ms'])
  })
})
