import { afterAll, beforeAll, expect, it } from 'vitest'
import type { AssertedEntry } from '../../../../src/core/protocols/shared-store.ts'
import type { LogPosition } from '../../../../src/core/value-objects/log-position.ts'
import { entryFixture } from '../../../../src/testing/entry-fixture.ts'
import { describeWithRedis } from '../../../servers/describe-with-redis.ts'
import { eventually } from '../../../servers/eventually.ts'
import { type RedisCluster, startRedisCluster } from '../../../servers/redis-cluster.ts'
import type { RedisServer } from '../../../servers/redis-server.ts'
import { clusterTransport } from './one-node-cluster.ts'
import { keys, pendingOf, SharedStage } from './shared-stage.ts'

const HEAD = 'cache:{cache:acme}:head'
const NAMES = Array.from({ length: 200 }, (_, at) => `key:${at}`)

/** Two nodes of a cache over a cluster of three primaries with a replica each. The tests build on one another. */
describeWithRedis('a cache over a cluster', () => {
  let cluster: RedisCluster
  let one: SharedStage
  let two: SharedStage

  beforeAll(async () => {
    cluster = await startRedisCluster()
    one = new SharedStage(clusterTransport(...cluster.nodes.slice(0, 2)), 'n1')
    two = new SharedStage(clusterTransport(...cluster.nodes.slice(1, 3)), 'n2')
    await one.ready()
    await two.ready()
  }, 120_000)
  afterAll(async () => {
    await Promise.all([one.close(), two.close()])
    await cluster.stop()
  })

  const set = (key: string, since: LogPosition): AssertedEntry => ({
    entry: entryFixture({ key, value: key, birth: since }),
    pending: pendingOf(key, { act: 'set' }),
    since,
  })
  async function found(stage: SharedStage, names = NAMES): Promise<number> {
    const findings = await stage.store.getMany(keys(...names))
    return findings.filter(({ kind }) => kind === 'found').length
  }
  /** A primary that hasn't the log, and a key of its. */
  async function valuesPrimary(): Promise<{ readonly server: RedisServer; readonly key: string }> {
    const log = await cluster.ownerOf(HEAD)
    for (const key of NAMES) {
      const server = await cluster.ownerOf(`cache:acme:fixtures:${key}`)
      if (server !== log) return { server, key }
    }
    throw new Error('all keys lie with the log')
  }

  it('names the process that has the log, on both nodes alike', async () => {
    const runId = (await (await cluster.ownerOf(HEAD)).info('server'))['run_id']
    expect(new Set([...one.servers, ...two.servers])).toEqual(new Set([runId]))
  })

  it('stores over all primaries, marks in one log, and lists and counts each once', async () => {
    const since = await one.head()
    const outcomes = await one.store.assertMany(NAMES.map((name) => set(name, since)))
    expect(outcomes.every((outcome) => outcome.kind === 'marked' && outcome.isStored)).toBe(true)
    expect((await two.head()).seq).toBe(since.seq + NAMES.length)
    expect(await found(two)).toBe(NAMES.length)
    const listed: string[] = []
    let cursor: string | undefined
    do {
      const page = await two.store.list(30, cursor)
      expect(page.entries.length).toBeLessThanOrEqual(30)
      listed.push(...page.entries.map(({ key }) => key))
      cursor = page.cursor
    } while (cursor !== undefined)
    expect(listed.toSorted()).toEqual(NAMES.toSorted())
    expect(await two.store.usage()).toMatchObject({ entries: NAMES.length })
  })

  it('removes what marks reach, wherever it lies, and tells a node that starts of recent ones', async () => {
    const names = NAMES.slice(0, 20)
    await Promise.all(names.map((name) => two.log.append(pendingOf(name))))
    expect(await found(one, names)).toBe(0)
    const { scopes } = await one.read(undefined, false)
    const marked = scopes.map(({ mark }) => (mark.scope.kind === 'key' ? mark.scope.key : ''))
    expect(new Set(marked)).toEqual(new Set(NAMES))
    expect(await one.store.discard(keys(...NAMES.slice(20, 40)))).toBe(true)
    expect(await found(two)).toBe(NAMES.length - 40)
  })

  it('begins anew when a server of values comes back with what lay on its disk', async () => {
    const { server, key } = await valuesPrimary()
    await one.store.assertMany([set(key, await one.head())])
    const before = (await one.head()).generation
    const snapshot = await server.takeSnapshot()
    await two.log.append(pendingOf(key))
    await server.restart({ snapshot })
    await eventually('see a new generation', async () => {
      const { generation, ancestors } = await one.read(undefined, false)
      return generation !== before && ancestors.includes(before)
    })
    await eventually('see the old value', async () => (await found(two, [key])) === 1)
    const after = await two.head()
    const [finding] = await two.store.getMany(keys(key))
    expect(finding).toMatchObject({ kind: 'found', entry: { birth: { generation: before } } })
    expect(after.generation).not.toBe(before)
    await cluster.settled()
    // Both have seen it, and one new generation is enough.
    await one.read(undefined, false)
    expect((await two.head()).generation).toBe(after.generation)
  }, 60_000)

  it('tells that a replica has taken over values, and stays connected to the log', async () => {
    const { server, key } = await valuesPrimary()
    one.told.length = 0
    await server.kill()
    await cluster.ownerAfter(`cache:acme:fixtures:${key}`, server)
    await eventually('hear of it', () => one.told.includes('replaced'))
    expect(one.told).not.toContain('disconnected')
    await server.restart()
    await cluster.settled()
  }, 60_000)

  it('follows the log to the replica that takes it over, which it knows', async () => {
    const old = await cluster.ownerOf(HEAD)
    await eventually('read with copies known', async () => {
      await one.read()
      const known = String(await (await cluster.ownerOf(HEAD)).ask('HGET', HEAD, 'v'))
      return known.split(' ').length >= 2
    })
    const position = await two.log.append(pendingOf('key:1'))
    // WAIT waits for what its own connection has written; what was written before is replicated before.
    await old.askAll([
      ['SET', `${HEAD}:wait`, '1'],
      ['WAIT', '1', '5000'],
    ])
    const before = [one, two].map(({ servers }) => servers.length)
    await old.kill()
    await eventually('be told', () =>
      [one, two].every(({ told, servers }, at) => {
        return told.at(-1) === 'connected' && servers.length > (before[at] ?? 0)
      }),
    )
    const answer = await eventually('read', () =>
      one.read({ position, id: 'id-key:1' }, false).catch(() => undefined),
    )
    expect(answer).toMatchObject({
      generation: position.generation,
      isKnownServer: true,
      records: [{ id: 'id-key:1', seq: position.seq }],
    })
    expect(one.told).toContain('disconnected')
    expect(await two.log.append(pendingOf('key:2'))).toMatchObject({ seq: position.seq + 1 })
    await old.restart()
    await cluster.settled()
  }, 60_000)
})
