import { describe, expect, it } from 'vitest'
import { RedisFailure } from '../../../src/core/protocols/redis-transport.ts'

describe('RedisFailure', () => {
  it('has no code and has not run unless that is said', () => {
    expect(new RedisFailure('offline', 'there is no connection')).toMatchObject({
      kind: 'offline',
      code: '',
      message: 'there is no connection',
      mayHaveRun: false,
    })
  })

  it('carries the code of an error reply and whether it may have run', () => {
    const failure = new RedisFailure('reply', 'OOM command not allowed', { code: 'OOM' })
    expect(failure.code).toBe('OOM')
    expect(new RedisFailure('lost', 'cut', { mayHaveRun: true }).mayHaveRun).toBe(true)
  })

  it('is a value and no error: an outage makes no stack traces', () => {
    expect(new RedisFailure('lost', 'cut')).not.toBeInstanceOf(Error)
  })
})
