import { expect, it } from 'vitest'
import { entryFixture } from '../../../../src/testing/entry-fixture.ts'
import { describeWithRedis } from '../../../servers/describe-with-redis.ts'
import { clusterTransport, startOneNodeCluster } from './one-node-cluster.ts'
import { keys, pendingOf, SharedStage } from './shared-stage.ts'

// What it does for those who call it is tested with assertTogether(), in assert-together.test.ts.
describeWithRedis('assertApart()', () => {
  it('takes what is there and the lease first, so that a step that is lost leaves nothing old', async () => {
    const server = await startOneNodeCluster()
    const stage = new SharedStage(clusterTransport(server), 'n1')
    try {
      const generation = await stage.ready()
      const since = { generation, seq: 0 }
      const set = (value: string) => ({
        entry: entryFixture({ key: 'a', value, birth: since }),
        pending: pendingOf('a'),
        since,
      })
      await stage.store.assertMany([set('old')])
      // The values may be written, the log may not.
      await server.ask(
        'ACL',
        'SETUSER',
        'default',
        'resetkeys',
        '~cache:acme:*',
        '~cache:{cache:acme:*',
      )
      expect(
        await stage.store.assertMany([{ ...set('new'), since: { generation, seq: 1 } }]),
      ).toMatchObject([{ kind: 'fault', error: { message: expect.stringContaining('NOPERM') } }])
      expect((await stage.store.getMany(keys('a'))).map(({ kind }) => kind)).toEqual(['absent'])
      const left = Number(await server.ask('PTTL', 'cache:{cache:acme:fixtures:a}'))
      expect(left).toBeGreaterThan(0)
      expect(left).toBeLessThanOrEqual(2000)
    } finally {
      await stage.close()
      await server.stop()
    }
  })
})
