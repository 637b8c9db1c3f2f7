import { describe, expect, it } from 'vitest'
import {
  readServerReply,
  serverCall,
} from '../../../../src/infrastructure/repositories/redis-scripts/server-call.ts'
import { describeWithRedis } from '../../../servers/describe-with-redis.ts'
import { LOG, scriptStage } from './script-stage.ts'

describeWithRedis('SERVER', () => {
  it('says who the server is, and that it has no replicas', async () => {
    const stage = await scriptStage()
    try {
      const runId = (await stage.server.info('server'))['run_id']
      expect(runId).toMatch(/^[0-9a-f]{40}$/)
      expect(readServerReply(await stage.run(serverCall(LOG)))).toEqual({ runId, replicas: [] })
    } finally {
      await stage.close()
    }
  })
})

describe('readServerReply()', () => {
  it('counts replicas that have all of the data', () => {
    const replication = [
      'role:master',
      'slave0:ip=10.0.0.7,port=6379,state=online,offset=420,lag=0',
      'slave1:ip=10.0.0.8,port=6380,state=wait_bgsave,offset=0,lag=0',
      'slave10:ip=redis-2.internal,port=7000,state=online,offset=420,lag=1',
    ].join('\r\n')
    const reply = ['# Server\r\nrun_id:abc\r\n', Buffer.from(replication)]
    expect(readServerReply(reply)).toEqual({
      runId: 'abc',
      replicas: ['10.0.0.7:6379', 'redis-2.internal:7000'],
    })
  })

  it.each([[null], [[]], [['role:master', '']], ['run_id:x']])(
    'learns nothing from %j',
    (reply) => {
      expect(readServerReply(reply)).toBeUndefined()
    },
  )
})
