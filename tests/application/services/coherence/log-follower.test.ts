import { describe, expect, it } from 'vitest'
import {
  DEFAULT_FOLLOWER_SETTINGS,
  type FollowerEffect,
  LogFollower,
} from '../../../../src/application/services/coherence/log-follower.ts'
import type { LogAnswer, LogRead } from '../../../../src/core/protocols/shared-log.ts'
import { answerOf, pendingOf, recordAt } from './coherence-fixture.ts'

function readIn(effects: readonly FollowerEffect[]): LogRead & { readonly ticket: number } {
  const effect = effects.find((one) => one.type === 'read')
  if (effect?.type !== 'read') throw new Error('expected a read')
  return { ...effect.read, ticket: effect.ticket }
}

function typesOf(effects: readonly FollowerEffect[]): readonly string[] {
  return effects.map(({ type }) => type)
}

/** A follower that has started at `m3` on `server-1`, at 1000 ms. */
function started(): LogFollower {
  const follower = new LogFollower()
  const { ticket } = readIn(follower.onConnected('server-1', 1000))
  follower.onAnswer(ticket, answerOf([recordAt(3)]), 1001)
  return follower
}

/** Lets it read at `nowMs` and answers with this. */
function readAndAnswer(
  follower: LogFollower,
  answer: LogAnswer,
  nowMs: number,
): readonly FollowerEffect[] {
  return follower.onAnswer(readIn(follower.onDoorbell(undefined, nowMs)).ticket, answer, nowMs + 1)
}

describe('LogFollower', () => {
  describe('starting', () => {
    it('asks for the scope marks, checks in, and begins at the end of the log', () => {
      const follower = new LogFollower()
      const read = readIn(follower.onConnected('server-1', 1000))
      expect(read).toMatchObject({ horizon: undefined, vouches: true })
      const effects = follower.onAnswer(read.ticket, answerOf([recordAt(3)]), 1001)
      expect(typesOf(effects)).toEqual(['start', 'verified'])
      expect(follower.horizon).toEqual({ generation: 'g', seq: 3 })
      expect(follower.coherentUntilMs).toBe(2500)
    })

    it('founds a generation where there is no log', () => {
      const follower = new LogFollower()
      const { ticket } = readIn(follower.onConnected('server-1', 0))
      const effects = follower.onAnswer(ticket, answerOf([], { generation: undefined }), 1)
      expect(effects).toContainEqual(
        expect.objectContaining({ type: 'found', expected: undefined, ancestors: [] }),
      )
      const founded = follower.onFounded(ticket + 1, 2)
      expect(readIn(founded).horizon).toBeUndefined()
    })
  })

  describe('the heartbeat', () => {
    it('is due 300 ms after the last read was sent, and not before', () => {
      const follower = started()
      expect(follower.deadlineMs).toBe(1300)
      expect(follower.onTick(1299)).toEqual([])
      expect(typesOf(follower.onTick(1300))).toEqual(['read'])
    })

    it('waits for its answer before it beats again', () => {
      const follower = started()
      follower.onTick(1300)
      expect(follower.deadlineMs).toBe(Number.POSITIVE_INFINITY)
      expect(follower.onTick(9999)).toEqual([])
    })

    it('tries again 50 ms after a failure', () => {
      const follower = started()
      const { ticket } = readIn(follower.onTick(1300))
      follower.onFailed(ticket, 1550)
      expect(follower.deadlineMs).toBe(1600)
    })

    it('extends the lease from when it was sent', () => {
      const follower = started()
      const { ticket } = readIn(follower.onTick(1300))
      follower.onAnswer(ticket, answerOf([recordAt(3)]), 1540)
      expect(follower.coherentUntilMs).toBe(2800)
    })
  })

  describe('the doorbell', () => {
    it('leads to a read, and to one more if it rings meanwhile', () => {
      const follower = started()
      const { ticket } = readIn(follower.onDoorbell({ generation: 'g', seq: 4 }, 1100))
      expect(follower.onDoorbell({ generation: 'g', seq: 5 }, 1100)).toEqual([])
      const effects = follower.onAnswer(ticket, answerOf([recordAt(3), recordAt(4)]), 1101)
      expect(typesOf(effects)).toEqual(['apply', 'read'])
    })

    it('is ignored for what is known already', () => {
      expect(started().onDoorbell({ generation: 'g', seq: 3 }, 1100)).toEqual([])
    })
  })

  describe('going on', () => {
    it('applies what follows the horizon, in order', () => {
      const follower = started()
      const effects = readAndAnswer(follower, answerOf([3, 4, 5].map((seq) => recordAt(seq))), 1100)
      expect(effects.map((one) => one.type === 'apply' && one.id)).toEqual(['m4', 'm5'])
      expect(follower.horizon?.seq).toBe(5)
    })

    it('reads on while there is more, and isn’t coherent by a part', () => {
      const follower = started()
      const page = answerOf([recordAt(3), recordAt(4)], { tail: { seq: 9, id: 'm9' } })
      const effects = readAndAnswer(follower, page, 1200)
      expect(readIn(effects).horizon?.id).toBe('m4')
      expect(follower.coherentUntilMs).toBe(2500)
    })

    it('drops the answer of a read that was given up', () => {
      const follower = started()
      const { ticket } = readIn(follower.onTick(1300))
      follower.onConnected('server-1', 1400)
      expect(follower.onAnswer(ticket, answerOf([recordAt(3), recordAt(4)]), 1401)).toEqual([])
      expect(follower.horizon?.seq).toBe(3)
    })

    it('reads again at once after a mark whose maker waits for all nodes', () => {
      const page = answerOf([recordAt(3), recordAt(4, 'm4', true)])
      const effects = readAndAnswer(started(), page, 1100)
      expect(readIn(effects).horizon?.id).toBe('m4')
    })
  })

  describe('losing its place', () => {
    it('starts anew after a gap on the server that it knows', () => {
      const follower = started()
      const effects = readAndAnswer(follower, answerOf([recordAt(7)]), 1100)
      expect(effects[0]).toEqual({ type: 'forget', cause: 'gap' })
      expect(readIn(effects).horizon).toBeUndefined()
      expect(follower.isCoherentAt(1102)).toBe(false)
    })

    it.each<[string, Partial<LogAnswer>]>([
      ['rollback', { records: [recordAt(3, 'other')] }],
      ['rollback', { records: [], tail: { seq: 1, id: 'm1' } }],
      ['no-log', { generation: undefined }],
      ['unknown-server', { isKnownServer: false }],
      ['generation', { generation: 'older' }],
    ])('founds a generation after %s: %o', (cause, change) => {
      const follower = started()
      const effects = readAndAnswer(follower, answerOf([recordAt(3)], change), 1100)
      expect(typesOf(effects)).toEqual(['forget', 'found'])
      expect(effects[0]).toMatchObject({ cause })
      expect(effects[1]).toMatchObject({ ancestors: expect.arrayContaining(['g']) })
      expect(follower.isCoherentAt(1102)).toBe(false)
    })

    it('follows a generation that descends from its own', () => {
      const follower = started()
      const next = answerOf([recordAt(1)], { generation: 'h', ancestors: ['x', 'g'] })
      const effects = readAndAnswer(follower, next, 1100)
      expect(typesOf(effects)).toEqual(['forget', 'read'])
      follower.onAnswer(readIn(effects).ticket, next, 1102)
      expect(follower.horizon).toEqual({ generation: 'h', seq: 1 })
    })

    it('founds a generation after a gap on a server that it hasn’t found its marks on', () => {
      const follower = started()
      const { ticket } = readIn(follower.onConnected('server-2', 1100))
      const effects = follower.onAnswer(ticket, answerOf([recordAt(7)]), 1101)
      expect(effects[0]).toEqual({ type: 'forget', cause: 'rollback' })
    })
  })

  describe('a mark of a newer version', () => {
    it('is taken for one that reaches everything', () => {
      const follower = started()
      const unreadable = { ...recordAt(4), mark: undefined }
      const effects = readAndAnswer(follower, answerOf([recordAt(3), unreadable]), 1100)
      expect(effects[0]).toEqual({ type: 'forget', cause: 'unreadable' })
      expect(readIn(effects).horizon).toBeUndefined()
      expect(follower.isCoherentAt(1102)).toBe(false)
      const after = answerOf([unreadable], { floorSeq: 4 })
      const [start] = follower.onAnswer(readIn(effects).ticket, after, 1103)
      expect(start).toMatchObject({ type: 'start', floorSeq: 4 })
      expect(follower.horizon).toEqual({ generation: 'g', seq: 4 })
    })
  })

  describe('a record that retires marks', () => {
    it('is told, at its place, and is no gap', () => {
      const follower = started()
      const retired = { ...recordAt(4), mark: undefined, retires: 2 }
      const effects = readAndAnswer(follower, answerOf([recordAt(3), retired]), 1100)
      expect(effects).toEqual([
        { type: 'retire', position: { generation: 'g', seq: 4 }, upToSeq: 2 },
      ])
      expect(follower.horizon).toEqual({ generation: 'g', seq: 4 })
    })
  })

  describe('another server', () => {
    it('is checked before the node checks in with it', () => {
      const follower = started()
      const first = readIn(follower.onConnected('server-2', 1100))
      expect(first.vouches).toBe(false)
      const effects = follower.onAnswer(first.ticket, answerOf([recordAt(3)]), 1101)
      expect(typesOf(effects)).toEqual(['verified', 'read'])
      expect(readIn(effects).vouches).toBe(true)
      expect(follower.coherentUntilMs).toBe(2500)
    })

    it('makes nobody coherent before all have checked in, and loses the generation if one doesn’t', () => {
      const follower = started()
      const waiting = answerOf([recordAt(3)], { absentNodes: 1 })
      const first = readIn(follower.onConnected('server-2', 1100))
      let ticket = readIn(follower.onAnswer(first.ticket, waiting, 1101)).ticket
      expect(follower.canJudgeAt(1101)).toBe(false)
      expect(follower.onAnswer(ticket, waiting, 1102)).toEqual([])
      expect(follower.coherentUntilMs).toBe(2500)
      expect([follower.isCoherentAt(1102), follower.canJudgeAt(1102)]).toEqual([true, false])
      expect(follower.deadlineMs).toBe(1152)
      ticket = readIn(follower.onTick(1152)).ticket
      expect(follower.onAnswer(ticket, waiting, 2101)).toEqual([])
      ticket = readIn(follower.onTick(2151)).ticket
      const effects = follower.onAnswer(ticket, waiting, 2152)
      expect(effects[0]).toEqual({ type: 'forget', cause: 'absent-nodes' })
    })
  })

  describe('own marks', () => {
    it('move the horizon on when they come right after it', () => {
      const follower = started()
      const effects = follower.onAppended(pendingOf('mine'), { generation: 'g', seq: 4 }, 1100)
      expect(typesOf(effects)).toEqual(['apply'])
      expect(follower.horizon?.seq).toBe(4)
    })

    it('count at once, and the marks below them are read, when others came between', () => {
      const follower = started()
      const effects = follower.onAppended(pendingOf('mine'), { generation: 'g', seq: 6 }, 1100)
      expect(typesOf(effects)).toEqual(['apply', 'read'])
      expect(follower.horizon?.seq).toBe(3)
    })

    it('aren’t applied twice when a read was under way', () => {
      const follower = started()
      const { ticket } = readIn(follower.onTick(1300))
      follower.onAppended(pendingOf('mine'), { generation: 'g', seq: 4 }, 1301)
      const effects = follower.onAnswer(ticket, answerOf([recordAt(3), recordAt(4, 'mine')]), 1302)
      expect(effects).toEqual([])
    })

    it('that an earlier read couldn’t see are no rollback', () => {
      const follower = started()
      const { ticket } = readIn(follower.onTick(1300))
      follower.onAppended(pendingOf('mine'), { generation: 'g', seq: 4 }, 1301)
      expect(follower.onAnswer(ticket, answerOf([recordAt(3)]), 1302)).toEqual([])
      expect(follower.horizon?.seq).toBe(4)
    })

    it('that are missing on the next server mean a rollback', () => {
      const follower = started()
      const { ticket } = readIn(
        follower.onAppended(pendingOf('mine'), { generation: 'g', seq: 6 }, 1100),
      )
      follower.onFailed(ticket, 1101)
      const first = readIn(follower.onConnected('server-2', 1200))
      const effects = follower.onAnswer(
        first.ticket,
        answerOf([3, 4, 5].map((seq) => recordAt(seq))),
        1201,
      )
      expect(effects[0]).toEqual({ type: 'forget', cause: 'rollback' })
    })

    it('of another generation reach everything', () => {
      const follower = started()
      const effects = follower.onAppended(pendingOf('mine'), { generation: 'h', seq: 1 }, 1100)
      expect(typesOf(effects)).toEqual(['forget', 'read'])
      expect(follower.isCoherentAt(1100)).toBe(false)
    })
  })

  it('can judge other tiers again when everybody has checked in with the new server', () => {
    const follower = started()
    expect(follower.canJudgeAt(1099)).toBe(true)
    const first = readIn(follower.onConnected('server-2', 1100))
    const effects = follower.onAnswer(first.ticket, answerOf([recordAt(3)]), 1101)
    expect(follower.canJudgeAt(1101)).toBe(false)
    follower.onAnswer(readIn(effects).ticket, answerOf([recordAt(3)]), 1102)
    expect(follower.canJudgeAt(1102)).toBe(true)
  })

  it('can go on judging when the same server is back', () => {
    const follower = started()
    follower.onDisconnected()
    follower.onConnected('server-1', 1100)
    expect(follower.canJudgeAt(1100)).toBe(true)
  })

  it('is verified from the first sound answer of a connection until that is lost', () => {
    const follower = started()
    expect(follower.isVerified).toBe(true)
    follower.onDisconnected()
    expect([follower.isVerified, follower.deadlineMs]).toEqual([false, Number.POSITIVE_INFINITY])
    expect(follower.isCoherentAt(1100 + DEFAULT_FOLLOWER_SETTINGS.distrustMs)).toBe(true)
  })
})
