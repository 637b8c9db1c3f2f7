import { describe, expect, it } from 'vitest'
import { RedisFailure } from '../../../../src/core/protocols/redis-transport.ts'
import { DeadlineWatch } from '../../../../src/infrastructure/redis/connection/deadline-watch.ts'
import { RedisConnection } from '../../../../src/infrastructure/redis/connection/redis-connection.ts'
import {
  findRefusal,
  lookAtServer,
  parseInfo,
  type ServerExpectation,
} from '../../../../src/infrastructure/redis/server/server-look.ts'
import { describeWithRedis } from '../../../servers/describe-with-redis.ts'
import { startRedisServer } from '../../../servers/redis-server.ts'
import { endpointOf, systemPorts } from '../transport-stage.ts'

const GOOD = {
  redis_version: '7.0.15',
  redis_mode: 'standalone',
  cluster_enabled: '0',
  role: 'master',
}

function refusal(facts: Record<string, string>, expectation: ServerExpectation = 'primary') {
  return findRefusal(new Map(Object.entries({ ...GOOD, ...facts })), expectation)
}

describe('parseInfo()', () => {
  it('reads names and values, and no headings', () => {
    const text = '# Server\r\nredis_version:7.0.15\r\nexecutable:/usr/bin:x\r\n\r\n# Memory\r\n'
    expect([...parseInfo(new TextEncoder().encode(text))]).toEqual([
      ['redis_version', '7.0.15'],
      ['executable', '/usr/bin:x'],
    ])
  })

  it('knows nothing of a server that says nothing', () => {
    expect(parseInfo(new RedisFailure('reply', 'NOPERM')).size).toBe(0)
  })
})

describe('findRefusal()', () => {
  it.each(['6.2', '6.2.0', '6.10.1', '7.0.15', '8.2.1'])('takes version %s', (version) => {
    expect(refusal({ redis_version: version })).toBeUndefined()
  })

  it.each(['6.1.9', '6.0', '5.0.14', '2.8'])('refuses version %s and names it', (version) => {
    const [code, why] = refusal({ redis_version: version }) ?? []
    expect(code).toBe('CACHE_REDIS_UNSUPPORTED')
    expect(why).toBe(`expected version 6.2 or later, got ${version}`)
  })

  it('takes a server of which it may know nothing', () => {
    expect(findRefusal(new Map(), 'primary')).toBeUndefined()
    expect(findRefusal(new Map(), 'cluster-node')).toBeUndefined()
  })

  it.each<[Record<string, string>, ServerExpectation, RegExp]>([
    [{ redis_mode: 'sentinel' }, 'primary', /redis\.sentinels/],
    [{ cluster_enabled: '1' }, 'primary', /redis\.cluster/],
    [{ cluster_enabled: '1' }, 'data-node', /redis\.cluster/],
    [{}, 'cluster-node', /redis\.url/],
    [{ role: 'slave' }, 'primary', /replica/],
  ])('refuses %j as %s', (facts, expectation, why) => {
    expect(refusal(facts, expectation)).toEqual([
      'CACHE_REDIS_UNSUPPORTED',
      expect.stringMatching(why),
    ])
  })

  it('takes a replica where it expects any node that holds data', () => {
    expect(refusal({ role: 'slave' }, 'data-node')).toBeUndefined()
    expect(refusal({ role: 'slave', cluster_enabled: '1' }, 'cluster-node')).toBeUndefined()
  })

  it('calls a server that loads its data unreachable, since that passes', () => {
    expect(refusal({ loading: '1' })?.[0]).toBe('CACHE_REDIS_UNREACHABLE')
  })
})

describeWithRedis('lookAtServer()', () => {
  it('sees version, run id and role of a server', async () => {
    const server = await startRedisServer()
    const { clock, scheduler } = systemPorts()
    const connection = await RedisConnection.open(endpointOf(server.port), {
      watch: new DeadlineWatch(clock, scheduler),
      deadlineMs: 250,
      connectTimeoutMs: 1000,
      onLost: () => undefined,
    })
    const { redis_version: version, run_id: runId } = await server.info('server')
    expect(await lookAtServer(connection, 'host:1', 'primary')).toEqual({
      version,
      runId,
      role: 'primary',
      warnings: [],
    })
    connection.close()
    await expect(lookAtServer(connection, 'host:1', 'primary')).rejects.toThrow('no connection')
    await server.stop()
  })
})
