import { describe, expect, it } from 'vitest'
import type { RedisReply } from '../../../../src/core/protocols/redis-transport.ts'
import {
  readSentinelAnswers,
  sentinelQuestions,
} from '../../../../src/infrastructure/redis/topology/sentinel-answers.ts'

const bytes = (text: string): Uint8Array => new TextEncoder().encode(text)
const fields = (values: Record<string, string>): RedisReply =>
  Object.entries(values).flat().map(bytes)
const MASTER = { name: 'mymaster', ip: 'a', port: '1', flags: 'master', 'config-epoch': '7' }

describe('sentinelQuestions()', () => {
  it('names the primary in each', () => {
    expect(sentinelQuestions('one').map((words) => words.at(-1))).toEqual(['one', 'one', 'one'])
  })
})

describe('readSentinelAnswers()', () => {
  it('reads the primary, its replicas and the other Sentinels', () => {
    expect(
      readSentinelAnswers([
        fields(MASTER),
        [fields({ ip: 'b', port: '2' }), fields({ ip: 'c', port: '3' })],
        [fields({ ip: 'd', port: '4' })],
      ]),
    ).toEqual({
      primary: { host: 'a', port: 1 },
      view: { primaryId: 'a:1', epoch: 7, isDown: false },
      replicas: [
        { host: 'b', port: 2 },
        { host: 'c', port: 3 },
      ],
      others: [{ host: 'd', port: 4 }],
    })
  })

  it.each(['s_down,master', 'master,o_down', 'master,failover_in_progress'])(
    'takes a primary with the flags %s for down',
    (flags) => {
      expect(readSentinelAnswers([fields({ ...MASTER, flags }), [], []])?.view.isDown).toBe(true)
    },
  )

  it('names the promoted replica as soon as that says that it is primary', () => {
    const during = fields({ ...MASTER, flags: 'master,failover_in_progress', 'config-epoch': '8' })
    const promoted = { ip: 'b', port: '2', flags: 'slave,promoted' }
    const before = fields({ ...promoted, 'role-reported': 'slave' })
    const after = fields({ ...promoted, 'role-reported': 'master' })
    expect(readSentinelAnswers([during, [before], []])?.view.primaryId).toBe('a:1')
    expect(readSentinelAnswers([during, [after], []])?.view.primaryId).toBe('b:2')
  })

  it('leaves out nodes without an address', () => {
    const nameless = [fields({ ip: '', port: '2' }), fields({ ip: 'c', port: '0' }), 'x']
    expect(readSentinelAnswers([fields(MASTER), nameless, null])).toMatchObject({
      replicas: [],
      others: [],
    })
  })

  it.each([[[]], [['OK']], [[null, [], []]], [[fields({ ip: 'a' })]]])(
    'is undefined for %j',
    (replies) => {
      expect(readSentinelAnswers(replies)).toBeUndefined()
    },
  )
})
