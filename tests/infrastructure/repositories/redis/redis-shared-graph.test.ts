import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest'
import type { RedisTransport } from '../../../../src/core/protocols/redis-transport.ts'
import {
  type DependencyName,
  parseDependencyName,
} from '../../../../src/core/value-objects/cache-tag.ts'
import { RedisSharedGraph } from '../../../../src/infrastructure/repositories/redis/redis-shared-graph.ts'
import {
  closureCall,
  readClosureReply,
} from '../../../../src/infrastructure/repositories/redis-scripts/change-edges-call.ts'
import { describeWithRedis } from '../../../servers/describe-with-redis.ts'
import { type RedisServer, startRedisServer } from '../../../servers/redis-server.ts'
import { endpointOf, standaloneStage, untilReady } from '../../redis/transport-stage.ts'
import { LOG } from '../redis-scripts/script-stage.ts'
import { CACHE } from './shared-stage.ts'

const EDGES = 'cache:{cache:acme}:edges'
const name = (text: string): DependencyName => parseDependencyName(text)
const edge = (dependent: string, dependsOn: string, isThere = true) => ({
  ...{ dependent: name(dependent), dependsOn: name(dependsOn), isThere },
})

describeWithRedis('RedisSharedGraph', () => {
  let server: RedisServer
  let transport: RedisTransport

  beforeAll(async () => {
    server = await startRedisServer()
    transport = standaloneStage(endpointOf(server.port)).transport
    await untilReady(transport)
  })
  afterAll(async () => {
    await transport.close()
    await server.stop()
  })
  beforeEach(async () => {
    await server.ask('FLUSHALL')
  })

  async function closure(of: string): Promise<readonly string[]> {
    const { replies } = await transport.send([closureCall(LOG, [name(of)])])
    return readClosureReply(replies[0] ?? null).toSorted()
  }

  it('keeps names apart of which one begins with the other, whatever they hold', async () => {
    const graph = new RedisSharedGraph(transport, CACHE)
    await graph.change([edge('x', 'a'), edge('y', 'a b'), edge('z', 'a>é'), edge('<', '>')])
    expect(await closure('a')).toEqual(['a', 'x'])
    expect(await closure('a b')).toEqual(['a b', 'y'])
    expect(await closure('a>é')).toEqual(['a>é', 'z'])
    expect(await closure('>')).toEqual(['<', '>'])
  })

  it('loses a name with its last edge', async () => {
    const graph = new RedisSharedGraph(transport, CACHE)
    await graph.change([edge('x', 'a'), edge('x', 'b')])
    await graph.change([{ dependent: name('x'), dependsOn: undefined, isThere: false }])
    expect(await server.ask('EXISTS', EDGES)).toBe(0)
  })

  it('refuses what is too much, and takes many at a time', async () => {
    const small = new RedisSharedGraph(transport, CACHE, 2)
    await small.change([edge('x', 'a'), edge('y', 'a'), edge('x', 'a')])
    await expect(small.change([edge('z', 'a')])).rejects.toMatchObject({
      code: 'CACHE_OPTION_INVALID',
    })
    const many = Array.from({ length: 1200 }, (_, at) => edge(`x${at}`, 'many'))
    await new RedisSharedGraph(transport, CACHE).change(many)
    expect(await closure('many')).toHaveLength(1201)
  })

  it('takes something else that lies there for a graph without edges, and refuses to change it', async () => {
    await server.ask('SET', EDGES, 'text')
    expect(await closure('a')).toEqual(['a'])
    await expect(
      new RedisSharedGraph(transport, CACHE).change([edge('x', 'a')]),
    ).rejects.toMatchObject({ code: 'CACHE_REPOSITORY_UNAVAILABLE' })
  })
})
