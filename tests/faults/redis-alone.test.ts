import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, afterEach, beforeEach, expect, it } from 'vitest'
import { describeWithRedis } from '../servers/describe-with-redis.ts'
import { eventually } from '../servers/eventually.ts'
import { type RedisServer, startRedisServer } from '../servers/redis-server.ts'
import { behindProxies, type FaultStage } from './stage/fault-stage.ts'
import { type Figures, renderFigures } from './stage/figures.ts'
import { machineTimeMs } from './stage/machine-time.ts'
import { type Fault, LOAD_LEASE_MS, runFault } from './stage/run-fault.ts'

describeWithRedis('Three nodes serve nothing stale, and no error, while', () => {
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
    figures.push(await runFault(await behindProxies(server.port), fault))
  }
  const heal = async ({ proxies }: FaultStage): Promise<void> => {
    await Promise.all(proxies.map((proxy) => proxy.heal()))
  }

  it('Redis is killed and comes back empty', () =>
    survive({
      name: 'killed, back empty',
      isEverybodys: true,
      strike: () => server.kill(),
      heal: () => server.restart(),
    }))

  it('all connections are cut', () =>
    survive({
      name: 'all connections cut',
      isEverybodys: true,
      strike: async ({ proxies }) => {
        await Promise.all(proxies.map((proxy) => proxy.down()))
      },
      heal,
    }))

  it('Redis freezes', () =>
    survive({
      name: 'frozen',
      isEverybodys: true,
      strike: () => server.freeze(),
      heal: () => server.thaw(),
    }))

  it('Redis is a black hole', () =>
    survive({
      name: 'black hole',
      isEverybodys: true,
      strike: ({ proxies }) => {
        for (const proxy of proxies) proxy.blackHole()
      },
      heal,
    }))

  it('one node has lost its connections, and another one’s reply', () =>
    survive({
      name: 'one cut off, one deaf',
      maxP999Ms: LOAD_LEASE_MS + 100,
      isEverybodys: false,
      strike: async ({ proxies: [cut, deaf] }) => {
        await cut?.down()
        deaf?.flow({ toClient: 'lose' })
      },
      heal,
    }))

  it('the servers have ended the connections, and the nodes have not heard of it', () =>
    survive({
      name: 'half-open to the nodes',
      maxP999Ms: LOAD_LEASE_MS + 100,
      isEverybodys: false,
      strike: ({ proxies: [first, second] }) => {
        for (const proxy of [first, second]) {
          proxy?.halfOpen('client')
          proxy?.flow({ toServer: 'lose' }, 'new')
        }
      },
      heal,
    }))

  it('the nodes have lost their connections, and the server has not heard of it', () =>
    survive({
      name: 'half-open to Redis',
      isEverybodys: true,
      strike: async ({ proxies }) => {
        for (const proxy of proxies) proxy.halfOpen('server')
        await Promise.all(proxies.map((proxy) => proxy.accept('refuse')))
      },
      heal,
    }))

  it('connections come and go', () =>
    survive({
      name: 'flapping',
      maxP999Ms: LOAD_LEASE_MS + 100,
      isEverybodys: false,
      strike: ({ proxies }) => {
        for (const [at, proxy] of proxies.entries())
          proxy.flap({ upMs: 150 + at * 70, downMs: 100, by: at === 2 ? 'hold' : 'reset' })
      },
      heal,
    }))

  it('Redis comes back with an old snapshot', () => {
    let snapshot = ''
    return survive({
      name: 'back with an old snapshot',
      isEverybodys: true,
      prepare: async ({ writer }) => {
        snapshot = await server.takeSnapshot()
        await writer.wrote(60)
      },
      strike: () => server.kill(),
      holdMs: 300,
      heal: () => server.restart({ snapshot }),
    })
  })

  it('Redis comes back with an old snapshot after an outage longer than the lease', () => {
    let snapshot = ''
    return survive({
      name: 'old snapshot, long outage',
      isEverybodys: true,
      prepare: async ({ writer }) => {
        snapshot = await server.takeSnapshot()
        await writer.wrote(60)
      },
      strike: () => server.kill(),
      heal: () => server.restart({ snapshot }),
    })
  })

  it('Redis has no memory left', () =>
    survive({
      name: 'out of memory',
      isEverybodys: false,
      strike: async () => {
        await server.ask('CONFIG', 'SET', 'maxmemory', 1)
      },
      heal: async () => {
        await server.ask('CONFIG', 'SET', 'maxmemory', 0)
      },
    }))

  it('Redis is emptied by somebody', () =>
    survive({
      name: 'FLUSHALL',
      isEverybodys: false,
      holdMs: 500,
      strike: async () => {
        await server.ask('FLUSHALL')
      },
      heal: () => undefined,
    }))

  it('Redis is slow', () =>
    survive({
      name: 'slow',
      isEverybodys: false,
      // It is well, only far away: nothing is given up, and a load that a mark reaches asks anew.
      maxP999Ms: 1500,
      strike: ({ proxies }) => {
        for (const proxy of proxies)
          proxy.flow({ toServer: { delayMs: 40 }, toClient: { delayMs: 40 } })
      },
      heal,
    }))

  it('Redis is slower than any deadline', () =>
    survive({
      name: 'too slow',
      isEverybodys: true,
      strike: ({ proxies }) => {
        for (const proxy of proxies) proxy.flow({ toServer: { delayMs: 400 } })
      },
      heal,
    }))

  it('a node is paused', () =>
    survive({
      name: 'node paused',
      maxP999Ms: LOAD_LEASE_MS + 100,
      isEverybodys: false,
      strike: ({ nodes: [node] }) => node?.pause(),
      heal: ({ nodes: [node] }) => node?.resume(),
    }))

  it('a node is paused again and again while Redis freezes', () =>
    survive({
      name: 'node paused, Redis frozen',
      maxP999Ms: LOAD_LEASE_MS + 100,
      isEverybodys: true,
      strike: async ({ nodes: [node] }) => {
        for (let round = 0; round < 4; round += 1) {
          node?.pause()
          server.freeze()
          await sleep(200)
          node?.resume()
          await sleep(200)
          server.thaw()
          await sleep(100)
        }
      },
      holdMs: 0,
      heal: () => undefined,
    }))

  it('the node dies that holds the lease of a load', () =>
    survive({
      name: 'lease holder killed',
      isEverybodys: false,
      holdMs: 0,
      strike: async ({ nodes: [holder, ...others], loads }) => {
        const key = 'item:9:9'
        await holder?.ask({ act: 'hang', key })
        await eventually('see the lease', async () => {
          const names = await server.ask('KEYS', `*${key.replaceAll(':', '*')}*`)
          return Array.isArray(names) && names.length > 0
        })
        const waiting = others.map((node) => node.ask({ act: 'load', key }))
        await holder?.kill()
        const killedMs = machineTimeMs()
        expect(await Promise.all(waiting)).toEqual([0, 0])
        expect(machineTimeMs() - killedMs).toBeLessThan(LOAD_LEASE_MS + 500)
        await eventually('hear of the load', () => loads.some((load) => load.key === key))
        expect(loads.filter((load) => load.key === key)).toHaveLength(1)
      },
      heal: () => undefined,
    }))
})
