import { describe, expect, it } from 'vitest'
import { logNames } from '../../../../src/infrastructure/repositories/redis/key-names.ts'
import {
  logHeadCommand,
  positionOf,
  readLogHeadReply,
} from '../../../../src/infrastructure/repositories/redis-scripts/log-head-command.ts'

describe('logHeadCommand()', () => {
  it('is a read that a replica may answer', () => {
    const names = logNames({ prefix: 'c', tenant: 't' })
    expect(logHeadCommand(names)).toEqual({
      args: ['HMGET', 'c:{c:t}:head', 'g', 's'],
      key: 'c:{c:t}:head',
      isRead: true,
    })
  })
})

describe('readLogHeadReply()', () => {
  it('is the position, or undefined where there is no log', () => {
    expect(readLogHeadReply([Buffer.from('g'), Buffer.from('12')])).toEqual({
      generation: 'g',
      seq: 12,
    })
    for (const reply of [[null, null], ['g', 'x'], [], null]) {
      expect(readLogHeadReply(reply)).toBeUndefined()
    }
  })
})

describe('positionOf()', () => {
  it('is undefined without a generation', () => {
    expect(positionOf('g', 0)).toEqual({ generation: 'g', seq: 0 })
    expect(positionOf('', 0)).toBeUndefined()
  })
})
