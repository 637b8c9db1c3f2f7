import { describe, expect, it } from 'vitest'
import {
  parseRedisAddress,
  parseRedisUrl,
} from '../../../src/core/value-objects/parse-redis-url.ts'
import { endpointOf } from '../../infrastructure/redis/transport-stage.ts'

const PLAIN = endpointOf(6379, { host: 'localhost' })

describe('parseRedisUrl()', () => {
  it.each([
    ['redis://localhost', {}],
    ['redis://', {}],
    ['redis://host:7000/', { host: 'host', port: 7000 }],
    ['redis://host/3', { host: 'host', database: 3 }],
    ['rediss://host', { host: 'host', tls: {} }],
    ['redis://:word@host', { host: 'host', password: 'word' }],
    ['redis://user:p%40ss@host', { host: 'host', username: 'user', password: 'p@ss' }],
    ['redis://[::1]:7000', { host: '::1', port: 7000 }],
    ['unix:///run/redis%20one.sock', { path: '/run/redis one.sock' }],
  ])('reads %s', (url, fields) => {
    expect(parseRedisUrl(url)).toEqual({ ...PLAIN, ...fields })
  })

  it.each([
    'http://secret@host',
    'redis://user:secret@host/db',
    'redis://user:secret@host?db=1',
    'redis://user:secret@host#1',
    'redis://user:secret%@host',
    'redis://user:secret@host:99999',
    'secret',
    undefined,
    7,
  ])('refuses %s with CACHE_OPTION_INVALID and does not repeat it', (url) => {
    expect(() => parseRedisUrl(url)).toThrow(
      expect.objectContaining({
        code: 'CACHE_OPTION_INVALID',
        message: expect.not.stringContaining('secret'),
      }),
    )
  })
})

describe('parseRedisAddress()', () => {
  it.each([
    ['host', 'host', 26_379],
    ['host:1', 'host', 1],
    ['host:65535', 'host', 65_535],
    ['host:', 'host', 26_379],
    ['::1', '::1', 26_379],
    ['[::1]', '::1', 26_379],
    ['[::1]:7000', '::1', 7000],
    [{ host: 'host' }, 'host', 26_379],
    [{ host: 'host', port: 7000 }, 'host', 7000],
  ])('reads %j', (input, host, port) => {
    expect(parseRedisAddress(input, 'redis.sentinels', 26_379)).toEqual({ host, port })
  })

  it.each([
    '',
    'host:0',
    'host:65536',
    'host:x',
    'redis://host',
    'a b',
    'user@host',
    {},
    { host: 1 },
    null,
    7,
  ])('refuses %j', (input) => {
    expect(() => parseRedisAddress(input, 'redis.sentinels', 26_379)).toThrow(
      /^Cannot use redis\.sentinels: expected host:port/,
    )
  })
})
