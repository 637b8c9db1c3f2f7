import { describe, expect, it } from 'vitest'
import { RedisFailure } from '../../../../src/core/protocols/redis-transport.ts'
import {
  answered,
  unavailable,
} from '../../../../src/infrastructure/repositories/redis/unavailable.ts'

describe('unavailable()', () => {
  it('says what was asked, why it was not done, and keeps the failure', () => {
    const failure = new RedisFailure('timeout', 'no answer in time', { mayHaveRun: true })
    expect(unavailable('read it', failure)).toMatchObject({
      code: 'CACHE_REPOSITORY_UNAVAILABLE',
      message: 'Cannot read it: no answer in time',
      cause: failure,
    })
    expect(unavailable('read it', 'there is none').cause).toBeUndefined()
  })
})

describe('answered()', () => {
  it('hands replies on, nil too, and throws for what is none', () => {
    expect(answered('read it', null)).toBeNull()
    expect(answered('read it', 0)).toBe(0)
    expect(() => answered('read it', undefined)).toThrow('Cannot read it: there was no answer')
    expect(() => answered('read it', new RedisFailure('lost', 'gone'))).toThrow('read it: gone')
  })
})
