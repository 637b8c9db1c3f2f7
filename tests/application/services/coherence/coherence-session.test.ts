import { describe, expect, it } from 'vitest'
import {
  CoherenceSession,
  type SessionEffect,
} from '../../../../src/application/services/coherence/coherence-session.ts'
import { LogFollower } from '../../../../src/application/services/coherence/log-follower.ts'
import { Outbox } from '../../../../src/application/services/coherence/outbox.ts'
import { RecentMarks } from '../../../../src/application/services/coherence/recent-marks.ts'
import { answerOf, markOf, pendingOf, recordAt } from './coherence-fixture.ts'

const AT_4 = { generation: 'g', seq: 4 }

function typesOf(effects: readonly SessionEffect[]): readonly string[] {
  return effects.map(({ type }) => type)
}

function newSession() {
  const parts = {
    follower: new LogFollower(),
    outbox: new Outbox(() => undefined),
    recent: new RecentMarks(),
  }
  const session = new CoherenceSession(parts, { coherenceLeaseMs: 1500, retryMs: 50 })
  /** Connects and lets the log answer; the log ends with `m3`. */
  const connect = (nowMs: number): readonly SessionEffect[] => {
    const [read] = session.onConnected('server-1', nowMs)
    if (read?.type !== 'read') throw new Error('expected a read')
    return session.onAnswer(read.ticket, answerOf([recordAt(3)]), nowMs)
  }
  return { session, connect, ...parts }
}

describe('CoherenceSession', () => {
  it('fences, appends, applies, and settles with the position', () => {
    const { session, connect, outbox } = newSession()
    connect(0)
    expect(typesOf(session.invalidate(pendingOf('a'), 260, 10))).toEqual(['fence', 'append'])
    const effects = session.onAppended('a', AT_4, 11)
    expect(typesOf(effects)).toEqual(['apply', 'settled'])
    expect(effects.at(-1)).toEqual({ type: 'settled', id: 'a', position: AT_4 })
    expect(outbox.size).toBe(0)
  })

  it('applies a mark as wide as the log has made it', () => {
    const { session, connect } = newSession()
    connect(0)
    session.invalidate(pendingOf('a'), 260, 10)
    const scope = { kind: 'namespace' } as const
    const effects = session.onAppended('a', { ...AT_4, scope }, 11)
    expect(effects[0]).toMatchObject({ type: 'apply', positioned: { mark: { scope } } })
    expect(effects.at(-1)).toEqual({ type: 'settled', id: 'a', position: AT_4 })
  })

  it('without a connection settles at once, and delivers when it is back', () => {
    const { session, connect } = newSession()
    expect(session.invalidate(pendingOf('a'), 250, 0)).toEqual([
      { type: 'fence', pending: pendingOf('a') },
      { type: 'settled', id: 'a', position: undefined },
    ])
    expect(connect(100)).toContainEqual({
      type: 'append',
      pending: pendingOf('a'),
      isRedelivery: true,
    })
  })

  it('with a connection that isn’t verified waits for that until the deadline', () => {
    const { session, outbox } = newSession()
    session.onConnected('server-1', 0)
    expect(typesOf(session.invalidate(pendingOf('a'), 250, 0))).toEqual(['fence'])
    expect(session.onTick(249)).toEqual([])
    expect(session.onTick(250)).toEqual([{ type: 'settled', id: 'a', position: undefined }])
    expect(outbox.size).toBe(1)
  })

  it('takes an answer that doesn’t come in time for unknown: outbox, and settled without a position', () => {
    const { session, connect, outbox } = newSession()
    connect(0)
    session.invalidate(pendingOf('a'), 250, 0)
    expect(session.onTick(250)).toContainEqual({ type: 'settled', id: 'a', position: undefined })
    expect(outbox.size).toBe(1)
    expect(typesOf(session.onAppended('a', AT_4, 251))).toEqual(['apply'])
    expect(outbox.size).toBe(0)
  })

  it('says again on the next connection what was under way, as a plain mark', () => {
    const { session, connect } = newSession()
    connect(0)
    const set = pendingOf('a', { ...markOf('a'), act: 'set' })
    session.invalidate(set, 250, 0)
    session.onDisconnected()
    const effects = connect(100)
    expect(effects).toContainEqual({ type: 'append', pending: set, isRedelivery: true })
    expect(session.onAppended('a', AT_4, 101).at(-1)).toMatchObject({
      type: 'settled',
      position: AT_4,
    })
  })

  it('says again after 50 ms what the log refused', () => {
    const { session, connect } = newSession()
    connect(0)
    session.invalidate(pendingOf('a'), 250, 0)
    session.onAppendFailed('a', 5)
    expect(session.deadlineMs).toBe(55)
    expect(typesOf(session.onTick(54))).toEqual([])
    expect(typesOf(session.onTick(55))).toEqual(['append'])
  })

  it('says a mark no more that waits, once a later one over the same scope has its place', () => {
    const { session, connect, outbox } = newSession()
    connect(0)
    session.invalidate(pendingOf('a'), 250, 0)
    session.onAppendFailed('a', 1)
    expect(outbox.size).toBe(1)
    session.invalidate(pendingOf('b', markOf('a')), 250, 2)
    session.onAppended('b', AT_4, 3)
    expect(outbox.size).toBe(0)
    expect(session.onTick(60).some(({ type }) => type === 'append')).toBe(false)
  })

  it('still says a hard mark after a soft one over the same scope, and what came after the later one', () => {
    const { session, connect, outbox } = newSession()
    connect(0)
    session.invalidate(pendingOf('a'), 250, 0)
    session.onAppendFailed('a', 1)
    const soft = pendingOf('s', markOf('a'))
    session.invalidate({ ...soft, mark: { ...soft.mark, soft: true } }, 250, 2)
    session.onAppended('s', AT_4, 3)
    expect(outbox.size).toBe(1)
    session.invalidate(pendingOf('b', markOf('a')), 250, 4)
    session.invalidate(pendingOf('c', markOf('a')), 250, 4)
    session.onAppendFailed('c', 5)
    session.onAppended('b', { ...AT_4, seq: 5 }, 6)
    expect(outbox.size).toBe(1)
  })

  it('takes a mark for propagated that it reads back from the log', () => {
    const { session, connect, outbox } = newSession()
    connect(0)
    session.invalidate(pendingOf('a'), 250, 0)
    session.onDisconnected()
    const [read] = session.onConnected('server-1', 20)
    if (read?.type !== 'read') throw new Error('expected a read')
    const effects = session.onAnswer(read.ticket, answerOf([recordAt(3), recordAt(4, 'a')]), 21)
    expect(typesOf(effects)).toEqual(['apply', 'settled'])
    expect(outbox.size).toBe(0)
  })

  it('ignores acknowledgements of what isn’t under way on this connection', () => {
    const { session, connect } = newSession()
    connect(0)
    session.invalidate(pendingOf('a'), 250, 0)
    session.onDisconnected()
    expect(session.onAppended('a', AT_4, 1)).toEqual([])
  })

  describe('waiting for all nodes', () => {
    it('asks, asks again every 50 ms, and settles when all have applied it', () => {
      const { session, connect } = newSession()
      connect(0)
      session.invalidate(pendingOf('a', markOf('a'), true), 250, 0)
      expect(typesOf(session.onAppended('a', AT_4, 10))).toEqual(['apply', 'ask-nodes'])
      expect(session.onNodes('a', false)).toEqual([])
      expect(typesOf(session.onTick(59))).toEqual([])
      expect(typesOf(session.onTick(60))).toEqual(['ask-nodes'])
      expect(session.onNodes('a', true)).toEqual([{ type: 'settled', id: 'a', position: AT_4 }])
      expect(session.onNodes('a', true)).toEqual([])
    })

    it('settles when every lease must have run out, with 2 % for the clocks', () => {
      const { session, connect } = newSession()
      connect(0)
      session.invalidate(pendingOf('a', markOf('a'), true), 250, 0)
      session.onAppended('a', AT_4, 10)
      expect(typesOf(session.onTick(1539))).not.toContain('settled')
      expect(session.onTick(1540)).toContainEqual({ type: 'settled', id: 'a', position: AT_4 })
    })
  })

  it('says all recent marks again when a server of values was replaced', () => {
    const { session, connect } = newSession()
    connect(0)
    session.invalidate(pendingOf('a'), 250, 0)
    session.onAppended('a', AT_4, 1)
    expect(session.onValuesReplaced(() => 'again')).toEqual([
      { type: 'append', pending: pendingOf('again', markOf('a')), isRedelivery: true },
    ])
  })

  it('reports marks that are no longer recent', () => {
    const { session, connect } = newSession()
    connect(0)
    session.invalidate(pendingOf('a'), 250, 0)
    session.onAppended('a', AT_4, 1)
    expect(typesOf(session.onTick(60_000))).not.toContain('expire')
    expect(typesOf(session.onTick(60_001))).toContain('expire')
  })

  it('starts anew in the same generation with the marks that it remembers, in another without', () => {
    const { session, connect } = newSession()
    connect(0)
    session.invalidate(pendingOf('a'), 250, 0)
    session.onAppended('a', AT_4, 1)
    const startIn = (generation: string): SessionEffect | undefined => {
      let [effect] = session.onDoorbell(undefined, 10)
      for (let at = 0; at < 3 && effect?.type === 'read'; at += 1) {
        const answer = answerOf([recordAt(9)], { generation, ancestors: ['g'] })
        const effects = session.onAnswer(effect.ticket, answer, 11)
        const start = effects.find(({ type }) => type === 'start')
        if (start !== undefined) return start
        effect = effects.find(({ type }) => type === 'read')
      }
      return undefined
    }
    expect(startIn('g')).toMatchObject({ scopes: [{ position: AT_4 }] })
    expect(startIn('h')).toMatchObject({ scopes: [] })
  })
})
