import { afterAll, beforeAll, expect, it } from 'vitest'
import {
  RedisFailure,
  type RedisTransport,
} from '../../../../src/core/protocols/redis-transport.ts'
import { resolveRedisOptions } from '../../../../src/core/value-objects/resolve-redis-options.ts'
import { createRedisTransport } from '../../../../src/infrastructure/redis/create-redis-transport.ts'
import { eventually } from '../../../servers/eventually.ts'
import { ask, asText, read, systemPorts, untilReady, write } from '../transport-stage.ts'
import type { GivenClient } from './client-kinds.ts'

/** What holds of every cluster client that a user may hand in. */
export function clusterClientTests(open: () => Promise<GivenClient>): void {
  let given: GivenClient
  let transport: RedisTransport

  beforeAll(async () => {
    given = await open()
    transport = createRedisTransport(resolveRedisOptions({ client: given.client }), systemPorts())
    await untilReady(transport)
  })
  afterAll(async () => {
    await transport.close()
    given.close()
  })

  it('sends commands and scripts to the nodes of their keys', async () => {
    const names = Array.from({ length: 20 }, (_, count) => `key:${count}`)
    const script = { name: 'put', text: 'return redis.call("SET", KEYS[1], ARGV[1])' }
    const stored = await transport.send(
      names.map((name) => ({ script, keys: [name], args: [name] })),
    )
    expect(new Set(stored.replies)).toEqual(new Set(['OK']))
    const { replies } = await transport.send(names.map((name) => read('GET', name)))
    expect(replies.map(asText)).toEqual(names)
  })

  it('lists the keys of all primaries, node by node', async () => {
    const names = Array.from({ length: 20 }, (_, count) => `scan:${count}`)
    await transport.send(names.map((name) => write('SET', name, '1')))
    const { nodes } = transport.status()
    expect(nodes).toHaveLength(3)
    const seen: unknown[] = []
    for (const { id } of nodes) {
      const page = await transport.scan(id, undefined, { match: 'scan:*', count: 10_000 })
      if (page instanceof RedisFailure) throw new Error(page.message)
      seen.push(...page.keys.map(asText))
    }
    expect(seen.sort()).toEqual(names.toSorted())
  })

  it('hears what is published', async () => {
    const heard: unknown[] = []
    let isListening = false
    const subscription = transport.subscribe('bell', {
      onMessage: (message) => heard.push(asText(message)),
      onState: (state) => {
        isListening = state
      },
    })
    await eventually('listen', () => isListening)
    await ask(transport, { args: ['PUBLISH', 'bell', 'ding'], key: undefined, isRead: false })
    await eventually('hear', () => heard.length === 1)
    expect(await subscription.ping()).toBe(true)
    subscription.close()
  })
}
