import { describe, expect, it } from 'vitest'
import {
  type ErrorReplyAction,
  errorReplyCode,
  errorReplyRule,
  parseRedirection,
} from '../../../../src/infrastructure/redis/batch/error-reply-rule.ts'

type Row = readonly [
  code: string,
  action: ErrorReplyAction,
  problem: string | undefined,
  blamesNode: boolean,
]

const TABLE: readonly Row[] = [
  ['OOM', 'answer', 'CACHE_REDIS_WRITES_REFUSED', false],
  ['MISCONF', 'answer', 'CACHE_REDIS_WRITES_REFUSED', false],
  ['NOREPLICAS', 'answer', 'CACHE_REDIS_WRITES_REFUSED', false],
  ['NOAUTH', 'answer', 'CACHE_REDIS_AUTH_FAILED', false],
  ['WRONGPASS', 'answer', 'CACHE_REDIS_AUTH_FAILED', false],
  ['NOPERM', 'answer', 'CACHE_REDIS_NOT_PERMITTED', false],
  ['BUSY', 'answer', 'CACHE_REDIS_BUSY', true],
  ['LOADING', 'elsewhere', undefined, true],
  ['MASTERDOWN', 'elsewhere', undefined, true],
  ['CLUSTERDOWN', 'elsewhere', 'CACHE_REDIS_CLUSTER_DOWN', false],
  ['READONLY', 'find-primary', undefined, false],
  ['UNBLOCKED', 'find-primary', undefined, false],
  ['MOVED', 'follow', undefined, false],
  ['ASK', 'ask', undefined, false],
  ['TRYAGAIN', 'again', undefined, false],
  ['NOSCRIPT', 'text', undefined, false],
  ['WRONGTYPE', 'answer', undefined, false],
  ['ERR', 'answer', undefined, false],
  ['', 'answer', undefined, false],
]

describe('errorReplyRule()', () => {
  it.each(TABLE)('answers %s by %s', (code, action, problem, blamesNode) => {
    expect(errorReplyRule(code)).toEqual({ action, problem, blamesNode })
  })
})

describe('errorReplyCode()', () => {
  it.each([
    ['OOM command not allowed when used memory > maxmemory.', 'OOM'],
    ['MOVED 3999 127.0.0.1:6381', 'MOVED'],
    ['NOAUTH', 'NOAUTH'],
    ['ERR unknown command', 'ERR'],
    ['-READONLY You can not write', 'READONLY'],
    ['Something went wrong', 'ERR'],
    ['', 'ERR'],
  ])('of %j is %s', (message, code) => {
    expect(errorReplyCode(message)).toBe(code)
  })
})

describe('parseRedirection()', () => {
  it.each([
    ['MOVED 3999 127.0.0.1:6381', { slot: 3999, hasMoved: true, host: '127.0.0.1', port: 6381 }],
    ['ASK 0 host.example:7000', { slot: 0, hasMoved: false, host: 'host.example', port: 7000 }],
    [
      'MOVED 16383 2001:db8::1:6379',
      { slot: 16383, hasMoved: true, host: '2001:db8::1', port: 6379 },
    ],
    ['MOVED 1 :6381', { slot: 1, hasMoved: true, host: undefined, port: 6381 }],
    ['MOVED 1 ?:6381', { slot: 1, hasMoved: true, host: undefined, port: 6381 }],
    ['MOVED 1', undefined],
    ['MOVED x 127.0.0.1:1', undefined],
    ['CLUSTERDOWN Hash slot not served', undefined],
  ])('of %j is %j', (message, redirection) => {
    expect(parseRedirection(message)).toEqual(redirection)
  })
})
