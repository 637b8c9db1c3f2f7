import { describe, expect, it } from 'vitest'
import type { InvalidationMark } from '../../../../src/core/entities/invalidation-mark.ts'
import { isCacheError } from '../../../../src/core/exceptions/cache-error.ts'
import type { CacheKey } from '../../../../src/core/value-objects/cache-key.ts'
import type { DependencyName } from '../../../../src/core/value-objects/cache-tag.ts'
import { outcome } from '../../../fakes/outcome.ts'
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

describe('CoherenceNode, when it joins', () => {
  it('stands nowhere, is connected to nobody, and is coherent with nobody before', () => {
    const { node } = nodeStage().node()
    expect(node.head()).toEqual({ generation: 'none', seq: 0 })
    expect(node.horizon).toBeUndefined()
    expect([node.isConnected, node.isCoherent, node.canJudge]).toEqual([false, false, false])
    expect(node.coherentUntilMs).toBe(Number.NEGATIVE_INFINITY)
    expect(node.coherenceLeaseMs).toBe(NODE_SETTINGS.coherenceLeaseMs)
  })

  it('founds the log if there is none, and stands at its beginning', async () => {
    const { servers, a, b } = await joinedNodes(2)
    expect(servers.generation).toBe('g1')
    for (const { node } of [a, b]) {
      expect(node.horizon).toEqual({ generation: 'g1', seq: 0 })
      expect([node.isConnected, node.isCoherent, node.canJudge]).toEqual([true, true, true])
      expect(node.coherentUntilMs).toBe(NODE_SETTINGS.coherenceLeaseMs)
    }
  })

  it('hands each namespace what stands of it, be it registered before or after', async () => {
    const { servers, settle, node, a } = await joinedNodes(1)
    await a.node.append(PREFIX_MARK)
    await a.node.append({ ...PREFIX_MARK, namespace: 'orders' })
    const closure = ['team:9' as DependencyName]
    const dependency = {
      kind: 'dependency',
      dependency: 'team:9' as DependencyName,
      closure,
    } as const
    await a.node.append({ ...PREFIX_MARK, namespace: 'orders', scope: dependency })
    const late = node()
    const [before, after, own] = [recordingTarget(), recordingTarget(), recordingTarget()]
    late.node.register('users', before.target)
    expect(before.said).toEqual([])
    late.node.start()
    await settle()
    late.node.register('users', after.target)
    a.node.register('users', own.target)
    const begun = ['start', [1, 3], { generation: servers.generation, seq: 0 }]
    expect(before.said).toEqual([begun])
    expect(after.said).toEqual([begun])
    expect(own.said).toEqual([begun])
  })

  it('hands on below which place nothing counts, where the log no longer knows all marks', async () => {
    const { servers, settle, node, a } = await joinedNodes(1)
    await a.node.append(PREFIX_MARK)
    const answer = servers.answer.bind(servers)
    servers.answer = (from) => ({ ...answer(from), floorSeq: 1 })
    const late = node()
    const [before, after] = [recordingTarget(), recordingTarget()]
    late.node.register('users', before.target)
    late.node.start()
    await settle()
    late.node.register('users', after.target)
    const floor = { generation: 'g1', seq: 1 }
    expect(before.said).toEqual([['start', [1], floor]])
    expect(after.said).toEqual([['start', [1], floor]])
  })

  it('hands a namespace that opens late the marks of keys that are recent', async () => {
    const { time, a } = await joinedNodes(1)
    const ofUsers = recordingTarget()
    await a.node.append(markOf('user:1'))
    await a.node.append(markOf('order:1', { namespace: 'orders' }))
    a.node.register('users', ofUsers.target)
    expect(ofUsers.said).toMatchObject([['start', [1], { seq: 0 }]])
    await time.advance(60_000 + HEARTBEAT_MS)
    const later = recordingTarget()
    a.node.register('users', later.target)
    expect(later.said).toMatchObject([['start', [], { seq: 0 }]])
  })

  it('keeps no history', () => {
    expect(nodeStage().node().node.read()).toEqual({ marks: [], isContinuous: false })
  })
})

describe('CoherenceNode, when something is invalidated', () => {
  it('fences at once what is beyond its horizon, and applies the mark at its place', async () => {
    const { a } = await joinedNodes(1)
    const first = a.node.append(PREFIX_MARK)
    expect(a.fenced).toEqual([{ position: { generation: 'g1', seq: 1 }, mark: PREFIX_MARK }])
    expect(a.applied).toEqual([])
    expect(await first).toEqual({ generation: 'g1', seq: 1 })
    expect(a.applied).toEqual([{ position: { generation: 'g1', seq: 1 }, mark: PREFIX_MARK }])
    expect(a.node.horizon?.seq).toBe(1)
  })

  it('reaches the other nodes by the doorbell', async () => {
    const { settle, a, b } = await joinedNodes(2)
    await a.node.append(PREFIX_MARK)
    await settle()
    expect(b.applied).toEqual([{ position: { generation: 'g1', seq: 1 }, mark: PREFIX_MARK }])
    expect(b.fenced).toEqual([])
    expect(a.applied).toHaveLength(1)
  })

  it('reaches a node whose doorbell is lost by the next heartbeat', async () => {
    const { time, a, b } = await joinedNodes(2)
    b.link.isDeaf = true
    await a.node.append(PREFIX_MARK)
    await time.advance(HEARTBEAT_MS - 1)
    expect(b.applied).toEqual([])
    await time.advance(1)
    expect(seqsOf(b.applied)).toEqual([1])
  })

  it('applies each mark once, also those that others made just before its own', async () => {
    const { settle, a, b } = await joinedNodes(2)
    b.link.isDeaf = true
    await a.node.append(PREFIX_MARK)
    expect(await b.node.append(markOf('user:1'))).toMatchObject({ seq: 2 })
    await settle()
    expect(seqsOf(b.applied).toSorted()).toEqual([1, 2])
    expect(b.node.horizon?.seq).toBe(2)
    expect(b.node.isCoherent).toBe(true)
  })

  it('tells nobody any more who has stopped listening', async () => {
    const { a } = await joinedNodes(1)
    const heard: string[] = []
    const endMarks = a.node.subscribe(() => void heard.push('mark'))
    const endFences = a.node.onFence(() => void heard.push('fence'))
    await a.node.append(PREFIX_MARK)
    endMarks()
    endFences()
    await a.node.append(PREFIX_MARK)
    expect(heard).toEqual(['fence', 'mark'])
  })

  it('answers without the log at the deadline, and brings the mark when it can', async () => {
    const { servers, time, a } = await joinedNodes(1)
    a.link.hold()
    const answer = watched(a.node.append(PREFIX_MARK))
    await time.advance(NODE_SETTINGS.deadlineMs - 1)
    expect(answer.value).toBe('pending')
    await time.advance(1)
    expect(answer.value).toBeUndefined()
    expect(a.node.pendingMarks).toBe(1)
    const member = { key: 'user:1' as CacheKey, tags: [], dependsOn: [] }
    expect(a.node.isAwaitingMark('users', member)).toBe(true)
    expect(a.node.isAwaitingMark('users', { ...member, key: 'order:1' as CacheKey })).toBe(false)
    expect(a.node.isAwaitingMark('orders', member)).toBe(false)
    a.link.letGo()
    await time.advance(NODE_SETTINGS.retryMs)
    expect(a.node.pendingMarks).toBe(0)
    expect(a.node.isAwaitingMark('users', member)).toBe(false)
    expect(servers.records.length).toBeGreaterThan(0)
  })

  it('answers at once without a connection, and says it all in order on the next', async () => {
    const { servers, settle, a } = await joinedNodes(1)
    a.link.cut()
    expect(await a.node.append(PREFIX_MARK)).toBeUndefined()
    expect(await a.node.append(markOf('user:1'))).toBeUndefined()
    expect(a.node.pendingMarks).toBe(2)
    a.link.heal()
    await settle()
    expect(a.node.pendingMarks).toBe(0)
    expect(servers.records.map(({ mark }) => mark)).toEqual([PREFIX_MARK, markOf('user:1')])
    expect(seqsOf(a.applied)).toEqual([1, 2])
  })

  it('says again what the log refused', async () => {
    const { servers, time, a } = await joinedNodes(1)
    const refused = new Error('OOM')
    const append = servers.append.bind(servers)
    servers.append = () => {
      throw refused
    }
    const answer = watched(a.node.append(PREFIX_MARK))
    await time.advance(0)
    expect(a.reports).toEqual([['tries again', refused]])
    servers.append = append
    await time.advance(NODE_SETTINGS.retryMs - 1)
    expect(answer.value).toBe('pending')
    await time.advance(1)
    expect(answer.value).toEqual({ generation: 'g1', seq: 1 })
  })

  it('takes no answer of an earlier connection', async () => {
    const { servers, settle, a } = await joinedNodes(1)
    a.link.hold()
    const answer = watched(a.node.append(PREFIX_MARK))
    a.link.heal('server')
    a.link.letGo()
    await settle()
    // It was executed; the log itself says so.
    expect(seqsOf(a.applied)).toEqual([1])
    expect(answer.value).toMatchObject({ generation: 'g1', seq: 1 })
    expect(a.node.pendingMarks).toBe(0)
    a.link.hold()
    void a.node.append(PREFIX_MARK)
    a.link.cut()
    await settle()
    // That a connection has ended is no fault of what was asked on it.
    expect(a.reports).toEqual([])
    expect(a.node.pendingMarks).toBe(1)
    expect(servers.seq).toBe(1)
  })

  it('lets the caller append it in a way of its own, and says it again as a plain mark', async () => {
    const { servers, time, a } = await joinedNodes(1)
    const asked: string[] = []
    const appendWith = async ({ id, mark }: { id: string; mark: InvalidationMark }) => {
      asked.push(id)
      if (asked.length > 1) return servers.append({ id, mark, isAwaited: false })
      throw new Error('no answer')
    }
    const failing = watched(a.node.appendWith(markOf('user:1'), appendWith))
    await time.advance(NODE_SETTINGS.retryMs)
    expect(asked).toEqual(['n1-1'])
    expect(failing.value).toMatchObject({ seq: 1 })
    expect(await a.node.appendWith(markOf('user:2'), appendWith)).toMatchObject({ seq: 2 })
    expect(asked).toEqual(['n1-1', 'n1-2'])
    expect(servers.records.map(({ id }) => id)).toEqual(['n1-1', 'n1-2'])
  })

  it('waits for all nodes if it is asked to, asking again every so often', async () => {
    const { servers, time, a } = await joinedNodes(1)
    servers.haveAllApplied = false
    const answer = watched(a.node.append(PREFIX_MARK, { isAwaited: true }))
    const unawaited = watched(a.node.append(PREFIX_MARK))
    await time.advance(NODE_SETTINGS.retryMs - 1)
    expect(unawaited.value).toMatchObject({ seq: 2 })
    servers.haveAllApplied = true
    expect(answer.value).toBe('pending')
    await time.advance(1)
    expect(answer.value).toMatchObject({ seq: 1 })
  })

  it('waits for all nodes no longer than a lease can last by any clock', async () => {
    const { servers, time, a } = await joinedNodes(1)
    servers.haveAllApplied = false
    const answer = watched(a.node.append(PREFIX_MARK, { isAwaited: true }))
    await time.advance(NODE_SETTINGS.coherenceLeaseMs * 1.02 - 1)
    expect(answer.value).toBe('pending')
    await time.advance(1)
    expect(answer.value).toMatchObject({ seq: 1 })
  })
})

describe('CoherenceNode, when it is closed', () => {
  it('settles what waits, refuses what comes, and reads no more', async () => {
    const { servers, time, a } = await joinedNodes(1)
    a.link.hold()
    const answer = watched(a.node.append(PREFIX_MARK))
    const caughtUp = watched(a.node.catchUp())
    void a.node.close()
    void a.node.close()
    await time.advance(0)
    expect([answer.value, caughtUp.value]).toEqual([undefined, undefined])
    const refused = await outcome(a.node.append(PREFIX_MARK))
    expect(isCacheError(refused, 'CACHE_CLOSED')).toBe(true)
    a.link.letGo()
    const { reads } = a.link
    await time.advance(10_000)
    expect(a.link.reads - reads).toBeLessThanOrEqual(1)
    expect(servers.links.size).toBe(0)
    expect(a.applied).toEqual([])
    expect(a.reports).toEqual([])
  })

  it('does so before it has joined, too', async () => {
    const { node } = nodeStage().node()
    await node.close()
    expect(isCacheError(await outcome(node.append(PREFIX_MARK)), 'CACHE_CLOSED')).toBe(true)
    await node.catchUp()
  })
})
