import { describe, expect, it } from 'vitest'
import {
  RedisFailure,
  type RedisNode,
  type RedisReply,
  type RedisTransport,
} from '../../../../src/core/protocols/redis-transport.ts'
import { clusterLayout } from '../../../../src/infrastructure/repositories/redis/cluster-layout.ts'

const LINES = [
  'aaa 10.0.0.1:6379@16379 myself,master - 0 0 1 connected 0-8191',
  'bbb 10.0.0.2:6379@16379 master - 0 1764 2 connected 8192-16383',
  'ccc 10.0.0.3:6379@16379 slave aaa 0 1764 1 connected',
]

function nodeOf(id: string, rest: Partial<RedisNode> = {}): RedisNode {
  return {
    ...{ id, role: 'primary', isConnected: true, breaker: 'closed', runId: `run-${id}` },
    version: '7.0.15',
    ...rest,
  } as RedisNode
}

/** A cluster whose nodes answer CLUSTER NODES with these lines, by node. */
function transportOf(
  nodes: readonly RedisNode[],
  answer: (node: string) => RedisReply,
  emptyNodes: readonly string[] = [],
): Pick<RedisTransport, 'status' | 'scan' | 'send'> {
  return {
    status: () => ({ topology: 'cluster', isReady: true, nodes, problems: [] }),
    scan: async (id) => ({
      keys: emptyNodes.includes(id) ? [] : [Buffer.from(id)],
      cursor: undefined,
    }),
    send: async (requests) => ({
      replies: requests.map((request) => {
        if (!('key' in request)) throw new Error('expected a command')
        return answer(String(request.key))
      }),
      fromReplicas: [],
    }),
  }
}

const two = [nodeOf('one'), nodeOf('two'), nodeOf('three', { role: 'replica' })]
const text = (lines: readonly string[]) => Buffer.from(`${lines.join('\n')}\n`)

describe('clusterLayout()', () => {
  it('is the same as long as the primaries and their slots are', async () => {
    const layout = await clusterLayout(transportOf(two, () => text(LINES)))
    expect(layout).toContain('one@run-one')
    expect(layout).toContain('bbb=8192-16383')
    const later = LINES.toReversed().map((line) => line.replace('1764', '1999'))
    expect(await clusterLayout(transportOf(two, () => text(later)))).toBe(layout)
  })

  it('is another one when a slot has moved, or a server was started anew', async () => {
    const layout = await clusterLayout(transportOf(two, () => text(LINES)))
    const moved = LINES.map((line) => line.replace('8191', '8190').replace('8192', '8191'))
    expect(await clusterLayout(transportOf(two, () => text(moved)))).not.toBe(layout)
    const anew = [nodeOf('one', { runId: 'other' }), nodeOf('two')]
    expect(await clusterLayout(transportOf(anew, () => text(LINES)))).not.toBe(layout)
  })

  it('can’t be told while a slot is on its way, whichever server knows of it', async () => {
    const moving = text([`${LINES[0]} [8191->-bbb]`, ...LINES.slice(1)])
    const answer = (node: string) => (node === 'one' ? moving : text(LINES))
    expect(await clusterLayout(transportOf(two, answer))).toBeUndefined()
  })

  it('needs no answer of a server that holds no key', async () => {
    const answer = (node: string) =>
      node === 'one' ? text(LINES) : new RedisFailure('offline', 'away')
    expect(await clusterLayout(transportOf(two, answer, ['two']))).toContain('aaa=0-8191')
    expect(await clusterLayout(transportOf(two, answer))).toBeUndefined()
  })

  it('can’t be told of servers that don’t say who they are', async () => {
    const nodes = [nodeOf('one', { runId: undefined })]
    expect(await clusterLayout(transportOf(nodes, () => text(LINES)))).toBeUndefined()
  })
})
