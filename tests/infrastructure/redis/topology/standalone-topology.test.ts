import { expect, it } from 'vitest'
import { describeWithRedis } from '../../../servers/describe-with-redis.ts'
import { eventually } from '../../../servers/eventually.ts'
import { startRedisServer } from '../../../servers/redis-server.ts'
import { ask, endpointOf, standaloneStage, untilReady, write } from '../transport-stage.ts'

describeWithRedis('StandaloneTopology', () => {
  it('drops a server that has become a replica, says so, and takes it again as a primary', async () => {
    const server = await startRedisServer()
    const { transport } = standaloneStage(endpointOf(server.port))
    try {
      await untilReady(transport)
      await server.ask('REPLICAOF', '127.0.0.1', '1')
      expect(await ask(transport, write('SET', 'a', '1'))).toMatchObject({ kind: 'offline' })
      await eventually('say why', () =>
        transport.status().problems.some(({ message }) => message.includes('got a replica')),
      )
      await server.ask('REPLICAOF', 'NO', 'ONE')
      await untilReady(transport)
      expect(await ask(transport, write('SET', 'a', '1'))).toBe('OK')
    } finally {
      await transport.close()
      await server.stop()
    }
  })
})
