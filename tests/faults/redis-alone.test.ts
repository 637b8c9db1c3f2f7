import { afterAll, afterEach, beforeEach, it } from 'vitest'
import { describeWithRedis } from '../servers/describe-with-redis.ts'
import { type RedisServer, startRedisServer } from '../servers/redis-server.ts'
import { type Figures, renderFigures } from './stage/figures.ts'
import { type Fault, runFault } from './stage/run-fault.ts'

describeWithRedis('Three nodes and a Redis that', () => {
  const figures: Figures[] = []
  let server: RedisServer

  beforeEach(async () => {
    server = await startRedisServer()
  })
  afterEach(() => server.stop())
  afterAll(() => {
    process.stdout.write(`\n${renderFigures(figures)}\n`)
  })

  const survive = async (fault: Fault): Promise<void> => {
    figures.push(await runFault(server, fault))
  }

  it('is killed and comes back empty serve nothing stale, and no error', () =>
    survive({
      name: 'killed, back empty',
      isEverybodys: true,
      strike: () => server.kill(),
      heal: () => server.restart(),
    }))

  it('they are cut off from serve nothing stale, and no error', () =>
    survive({
      name: 'all connections cut',
      isEverybodys: true,
      strike: async ({ proxies }) => {
        await Promise.all(proxies.map((proxy) => proxy.down()))
      },
      heal: async ({ proxies }) => {
        await Promise.all(proxies.map((proxy) => proxy.heal()))
      },
    }))

  it('freezes and thaws serve nothing stale, and no error', () =>
    survive({
      name: 'frozen',
      isEverybodys: true,
      strike: () => server.freeze(),
      heal: () => server.thaw(),
    }))
})
