import { afterEach, beforeEach, expect, it } from 'vitest'
import type { RedisEndpoint } from '../../../src/core/protocols/redis-options.ts'
import { DeadlineWatch } from '../../../src/infrastructure/redis/connection/deadline-watch.ts'
import { Subscriber } from '../../../src/infrastructure/redis/subscriber.ts'
import { describeWithRedis } from '../../servers/describe-with-redis.ts'
import { eventually } from '../../servers/eventually.ts'
import { type RedisServer, startRedisServer } from '../../servers/redis-server.ts'
import { asText, endpointOf, systemPorts } from './transport-stage.ts'

interface Ear {
  readonly heard: unknown[]
  readonly states: boolean[]
  onMessage(message: Uint8Array): void
  onState(isListening: boolean): void
}

function ear(): Ear {
  const heard: unknown[] = []
  const states: boolean[] = []
  return {
    heard,
    states,
    onMessage: (message) => heard.push(asText(message)),
    onState: (isListening) => states.push(isListening),
  }
}

describeWithRedis('Subscriber', () => {
  let server: RedisServer
  let endpoint: RedisEndpoint | undefined
  let failures: unknown[]
  let subscriber: Subscriber

  beforeEach(async () => {
    server = await startRedisServer()
    endpoint = endpointOf(server.port)
    failures = []
    const ports = systemPorts()
    subscriber = new Subscriber({
      ...ports,
      watch: new DeadlineWatch(ports.clock, ports.scheduler),
      endpoint: () => endpoint,
      onFailure: (error) => failures.push(error),
    })
  })
  afterEach(async () => {
    subscriber.close()
    await server.stop()
  })

  const listening = (listener: Ear): Promise<unknown> =>
    eventually('listen', () => listener.states.at(-1) === true)

  it('tells each of several listeners of a channel, and those of others nothing', async () => {
    const [one, two, other] = [ear(), ear(), ear()]
    subscriber.subscribe('bell', one)
    await listening(one)
    const second = subscriber.subscribe('bell', two)
    subscriber.subscribe('gong', other)
    await Promise.all([listening(two), listening(other)])
    await server.ask('PUBLISH', 'bell', 'ding')
    await second.ping()
    second.close()
    second.close()
    await server.ask('PUBLISH', 'bell', 'dong')
    await eventually('hear the second', () => one.heard.length === 2)
    expect([one.heard, two.heard, other.heard]).toEqual([['ding', 'dong'], ['ding'], []])
  })

  it('has heard all that was published before a ping that was answered', async () => {
    const one = ear()
    const subscription = subscriber.subscribe('bell', one)
    expect(await subscription.ping()).toBe(false)
    await listening(one)
    await server.ask('PUBLISH', 'bell', 'ding')
    expect(await subscription.ping()).toBe(true)
    expect(one.heard).toEqual(['ding'])
  })

  it('has no connection while nobody listens', async () => {
    const clients = async (): Promise<number> =>
      Number(
        (await server.info('clients'))['pubsub_clients'] ??
          (await server.info('clients'))['connected_clients'],
      )
    const before = await clients()
    const one = ear()
    const subscription = subscriber.subscribe('bell', one)
    await listening(one)
    expect(await clients()).toBe(before + 1)
    subscription.close()
    await eventually('see the connection gone', async () => (await clients()) === before)
  })

  it('notices within about a second that a connection has fallen silent, and listens again', async () => {
    const one = ear()
    subscriber.subscribe('bell', one)
    await listening(one)
    server.freeze()
    await eventually('notice', () => one.states.at(-1) === false, 3000)
    server.thaw()
    await listening(one)
    expect(one.states).toEqual([true, false, true])
    expect(failures).not.toEqual([])
  })

  it('moves to where it is told to listen', async () => {
    const next = await startRedisServer()
    const one = ear()
    subscriber.subscribe('bell', one)
    await listening(one)
    endpoint = endpointOf(next.port)
    subscriber.revise()
    await listening(one)
    expect(one.states).toEqual([true, false, true])
    expect(await next.ask('PUBLISH', 'bell', 'ding')).toBe(1)
    expect(await server.ask('PUBLISH', 'bell', 'ding')).toBe(0)
    await next.stop()
  })

  it('waits for a place to listen, and says why it may not', async () => {
    endpoint = undefined
    const one = ear()
    subscriber.subscribe('bell', one)
    await server.ask('ACL', 'SETUSER', 'deaf', 'on', '>word', '+@all', '~*', 'resetchannels')
    endpoint = endpointOf(server.port, { username: 'deaf', password: 'word' })
    subscriber.revise()
    await eventually('be refused', () => failures.length > 0)
    expect(String(failures[0])).toContain('NOPERM')
    await server.ask('ACL', 'SETUSER', 'deaf', 'allchannels')
    await listening(one)
  })
})
