import { describe, expect, it } from 'vitest'
import { markOf } from './coherence-fixture.ts'
import {
  HEARTBEAT_MS,
  joinedNodes,
  NODE_SETTINGS,
  nodeStage,
  PREFIX_MARK,
  recordingTarget,
  seqsOf,
  watched,
} from './node-stage.ts'

describe('CoherenceNode, when it catches up', () => {
  it('resolves once the log was read', async () => {
    const { a, b } = await joinedNodes(2)
    b.link.isDeaf = true
    await a.node.append(PREFIX_MARK)
    await b.node.catchUp()
    expect(seqsOf(b.applied)).toEqual([1])
  })

  it('does not take a read for it that was sent before, nor another answer', async () => {
    const { settle, servers, a, b } = await joinedNodes(2)
    b.link.ring(undefined)
    await Promise.resolve()
    // That read is on its way; what comes now is not in its answer.
    const answer = servers.answer.bind(servers)
    const early = answer({ generation: 'g1', seq: 0 })
    let answers = 0
    servers.answer = (from) => {
      answers += 1
      return answers === 1 ? early : answer(from)
    }
    const caughtUp = b.node.catchUp().then(() => seqsOf(b.applied))
    servers.append({ id: 'x', mark: PREFIX_MARK, isAwaited: false })
    expect(await caughtUp).toEqual([1])
    await settle()
    expect(answers).toBeGreaterThan(1)
    expect(a.node.horizon).toEqual(b.node.horizon)
  })

  it('resolves at once without a connection, and when the read fails or the connection goes', async () => {
    const { servers, settle, a } = await joinedNodes(1)
    const answer = servers.answer.bind(servers)
    servers.answer = () => {
      throw new Error('LOADING')
    }
    await a.node.catchUp()
    expect(a.reports).toMatchObject([['tries again', { message: 'LOADING' }]])
    servers.answer = answer
    a.link.hold()
    const caughtUp = a.node.catchUp()
    a.link.cut()
    await caughtUp
    await a.node.catchUp()
    await settle()
    expect(a.applied).toEqual([])
  })
})

describe('CoherenceNode, when the log cannot be followed', () => {
  it('is coherent for a lease after the last read was sent, and not at its end', async () => {
    const { time, a } = await joinedNodes(1)
    await time.advance(HEARTBEAT_MS)
    a.link.hold()
    await time.advance(NODE_SETTINGS.coherenceLeaseMs - 1)
    expect([a.node.isCoherent, a.node.canJudge, a.node.isConnected]).toEqual([true, true, true])
    await time.advance(1)
    expect([a.node.isCoherent, a.node.canJudge, a.node.isConnected]).toEqual([false, false, true])
  })

  it('is coherent again half a second after the outage, and not before', async () => {
    const { time, a } = await joinedNodes(1)
    a.link.cut()
    expect(a.node.isConnected).toBe(false)
    await time.advance(NODE_SETTINGS.coherenceLeaseMs)
    a.link.heal()
    await time.advance(499)
    expect([a.node.isConnected, a.node.isCoherent]).toEqual([true, false])
    await time.advance(1)
    expect(a.node.isCoherent).toBe(true)
  })

  it('replays what it has missed, and forgets nothing', async () => {
    const { settle, a, b } = await joinedNodes(2)
    const { target, said } = recordingTarget()
    b.node.register('users', target)
    b.link.cut()
    await a.node.append(PREFIX_MARK)
    await a.node.append(markOf('user:1'))
    b.link.heal()
    await settle()
    expect(seqsOf(b.applied)).toEqual([1, 2])
    expect(said.map((one) => (one === 'forget' ? one : 'start'))).toEqual(['start'])
    expect(b.reports).toEqual([])
  })

  it('forgets all and begins anew where what it has missed is gone', async () => {
    const { servers, settle, a, b } = await joinedNodes(2)
    const { target, said } = recordingTarget()
    b.node.register('users', target)
    await a.node.append(PREFIX_MARK)
    await settle()
    b.link.cut()
    await a.node.append({ ...PREFIX_MARK, soft: true })
    await a.node.append(markOf('user:1'))
    servers.trim(1)
    b.link.heal()
    await settle()
    expect(said.slice(1)).toEqual(['forget', ['start', [1, 2, 1], { generation: 'g1', seq: 0 }]])
    expect(b.reports).toEqual([
      ['forgot all that it held', new Error('the log is not continuous: gap')],
    ])
    expect(b.node.horizon?.seq).toBe(3)
  })

  it('forgets all and founds a new log where that is lost', async () => {
    const { servers, time, a, b } = await joinedNodes(2)
    const { target, said } = recordingTarget()
    b.node.register('users', target)
    await a.node.append(PREFIX_MARK)
    servers.flush()
    await time.advance(HEARTBEAT_MS)
    expect(said.slice(1)).toContain('forget')
    expect(said.at(-1)).toEqual(['start', [], { generation: 'g2', seq: 0 }])
    expect([a, b].map(({ node }) => node.horizon)).toEqual([
      { generation: 'g2', seq: 0 },
      { generation: 'g2', seq: 0 },
    ])
    expect(b.reports.map(([did]) => did)).toContain('forgot all that it held')
  })

  it('says all recent marks again when a server of values was replaced', async () => {
    const { servers, settle, a } = await joinedNodes(1)
    await a.node.append(markOf('user:1'))
    a.link.replaceValues()
    await settle()
    expect(servers.records.map(({ mark }) => mark)).toEqual([markOf('user:1'), markOf('user:1')])
    expect(new Set(servers.records.map(({ id }) => id)).size).toBe(2)
    expect(a.node.pendingMarks).toBe(0)
  })

  it('tells the namespaces which marks are no longer recent', async () => {
    const { time, a } = await joinedNodes(1)
    const { target, said } = recordingTarget()
    a.node.register('users', target)
    await time.advance(10)
    await a.node.append(markOf('user:1'))
    await time.advance(60_000 - 1)
    expect(said).toHaveLength(1)
    await time.advance(HEARTBEAT_MS)
    expect(said.slice(1)).toEqual([['expire', [1], undefined]])
  })
})

describe('CoherenceNode, while somebody waits for it', () => {
  it('keeps the process alive, though nothing is under way, and only as long', async () => {
    const { time, node } = nodeStage()
    const deadline = time.scheduler.deadline
    const alive = new Set<object>()
    Object.defineProperty(time.scheduler, 'deadline', {
      value: (delayMs: number, task: () => void) => {
        const held = {}
        alive.add(held)
        const cancel = deadline(delayMs, () => {
          alive.delete(held)
          task()
        })
        return () => {
          alive.delete(held)
          cancel()
        }
      },
    })
    const { node: lonely, link } = node()
    link.hold()
    lonely.start()
    await time.advance(0)
    expect(alive.size).toBe(0)
    expect(alive.size).toBe(0)
    const appended = watched(lonely.append(PREFIX_MARK))
    await time.advance(NODE_SETTINGS.deadlineMs - 1)
    expect(appended.value).toBe('pending')
    expect(alive.size).toBe(1)
    await time.advance(1)
    expect(appended.value).toBeUndefined()
    expect(alive.size).toBe(0)
  })
})
