import { afterAll, beforeAll, expect, it } from 'vitest'
import type { CacheError } from '../../../../src/core/exceptions/cache-error.ts'
import { DeadlineWatch } from '../../../../src/infrastructure/redis/connection/deadline-watch.ts'
import { ProblemList } from '../../../../src/infrastructure/redis/server/problem-list.ts'
import { SentinelLink } from '../../../../src/infrastructure/redis/topology/sentinel-link.ts'
import { describeWithRedis } from '../../../servers/describe-with-redis.ts'
import { eventually } from '../../../servers/eventually.ts'
import { type SentinelSet, startSentinelSet } from '../../../servers/sentinel-set.ts'
import { endpointOf, systemPorts } from '../transport-stage.ts'

interface Stage {
  readonly link: SentinelLink
  readonly news: () => number
  readonly problems: () => readonly CacheError[]
}

describeWithRedis('SentinelLink', () => {
  let set: SentinelSet

  beforeAll(async () => {
    set = await startSentinelSet({ replicas: 1, sentinelPassword: 'guard' })
  }, 60_000)
  afterAll(() => set.stop())

  function open(name: string, password?: string): Stage {
    const ports = systemPorts()
    const problems = new ProblemList(() => undefined)
    let count = 0
    const link = new SentinelLink(endpointOf(set.sentinels[0]?.port ?? 0, { password }), {
      maker: { ...ports, problems, watch: new DeadlineWatch(ports.clock, ports.scheduler) },
      name,
      onNews: () => {
        count += 1
      },
    })
    link.start()
    return { link, news: () => count, problems: () => problems.current(ports.clock.monotonicMs()) }
  }

  it('is told when it can ask, and hears what the Sentinel knows', async () => {
    const { link, news, problems } = open(set.name, 'guard')
    await link.ask()
    expect(link.answers).toBeUndefined()
    await eventually('be connected', () => news() === 1)
    await link.ask()
    const primary = await set.primary()
    expect(link.answers).toMatchObject({
      primary: { host: '127.0.0.1', port: primary.port },
      view: { isDown: false },
      replicas: [{ host: '127.0.0.1' }],
    })
    expect(link.answers?.others).toHaveLength(2)
    expect(problems()).toEqual([])
    link.close()
    link.close()
    expect(link.answers).toBeUndefined()
  })

  it('is told of a switch at once, without asking', async () => {
    const { link, news } = open(set.name, 'guard')
    await eventually('be connected', () => news() === 1)
    await set.failover()
    await eventually('hear of the switch', () => news() === 2)
    link.close()
  }, 60_000)

  it('says that a name or a password is wrong', async () => {
    const unknown = open('nobody', 'guard')
    await eventually('be connected', () => unknown.news() === 1)
    await unknown.link.ask()
    expect(unknown.problems()[0]?.message).toContain('No such master')
    unknown.link.close()
    expect(unknown.problems()).toEqual([])
    const stranger = open(set.name)
    await eventually('be refused', () => stranger.problems().length > 0)
    expect(stranger.problems()[0]?.code).toBe('CACHE_REDIS_AUTH_FAILED')
    stranger.link.close()
  })
})
