import { describe, expect, it } from 'vitest'
import type { RedisOptions } from '../../../src/core/protocols/redis-options.ts'
import {
  DEFAULT_REDIS_TIMEOUTS,
  resolveRedisOptions,
} from '../../../src/core/value-objects/resolve-redis-options.ts'
import { endpointOf } from '../../infrastructure/redis/transport-stage.ts'

const PLAIN = endpointOf(6379, { host: 'localhost' })

describe('resolveRedisOptions()', () => {
  it('reads a URL as a single server, with a quarter of a second for a command and a second to connect', () => {
    expect(resolveRedisOptions('redis://host:7000')).toEqual({
      kind: 'standalone',
      deadlineMs: 250,
      connectTimeoutMs: 1000,
      endpoint: { ...PLAIN, host: 'host', port: 7000 },
    })
    expect(DEFAULT_REDIS_TIMEOUTS).toEqual({ deadlineMs: 250, connectTimeoutMs: 1000 })
  })

  it.each([
    [
      { url: 'redis://a:b@host/2', password: 'c' },
      { host: 'host', username: 'a', password: 'c', database: 2 },
    ],
    [
      { url: 'rediss://host', tls: { ca: 'pem' } },
      { host: 'host', tls: { ca: 'pem' } },
    ],
    [
      { url: 'rediss://host', tls: true },
      { host: 'host', tls: {} },
    ],
    [
      { host: 'host', tls: true, database: 1 },
      { host: 'host', tls: {}, database: 1 },
    ],
    [{ port: 7000 }, { port: 7000 }],
    [{ path: '/run/redis.sock' }, { path: '/run/redis.sock' }],
  ])('reads %j as a single server', (options, fields) => {
    expect(resolveRedisOptions(options)).toMatchObject({
      kind: 'standalone',
      endpoint: { ...PLAIN, ...fields },
    })
  })

  it('reads Sentinels, which share TLS with the data nodes and have a password of their own', () => {
    const settings = resolveRedisOptions({
      sentinels: ['one', { host: 'two', port: 7 }],
      name: 'mymaster',
      password: 'data',
      database: 3,
      sentinelPassword: 'guard',
      tls: true,
    })
    expect(settings).toMatchObject({
      kind: 'sentinel',
      name: 'mymaster',
      login: { password: 'data', database: 3, tls: {} },
      sentinels: [
        { host: 'one', port: 26_379, password: 'guard', database: 0, tls: {} },
        { host: 'two', port: 7, password: 'guard' },
      ],
    })
  })

  it('reads nodes of a cluster', () => {
    const options = { cluster: ['one:1', 'two'], username: 'u', password: 'p' }
    expect(resolveRedisOptions(options)).toMatchObject({
      kind: 'cluster',
      seeds: [
        { ...PLAIN, host: 'one', port: 1, username: 'u', password: 'p' },
        { host: 'two', port: 6379 },
      ],
    })
  })

  it('takes a client as it is', () => {
    const client = { any: 'client' }
    expect(resolveRedisOptions({ client, timeout: '1s' })).toEqual({
      kind: 'client',
      client,
      deadlineMs: 1000,
      connectTimeoutMs: 1000,
    })
  })

  it.each<[unknown, RegExp]>([
    [undefined, /^Cannot use redis: expected a URL or an object/],
    [7, /expected a URL or an object, got 7/],
    [{}, /expected url, host, path, sentinels, cluster or client/],
    [{ sentinels: ['a'], cluster: ['b'] }, /redis\.sentinels with redis\.cluster/],
    [{ url: 'redis://a', host: 'b' }, /redis\.url with redis\.host/],
    [{ url: 'redis://a', port: 1 }, /redis\.port with redis\.url/],
    [{ path: '/a', host: 'b' }, /redis\.path with redis\.host/],
    [{ path: '/a', port: 1 }, /redis\.port with redis\.path/],
    [{ url: 'rediss://a', tls: false }, /redis\.tls with rediss/],
    [
      { url: 'redis://a', sentinels: ['b'], name: 'c' },
      /the redis option url: expected one of sentinels/,
    ],
    [{ host: 'a', retries: 3 }, /the redis option retries: expected one of url/],
    [{ sentinels: ['a'] }, /redis\.name: expected a text/],
    [
      { sentinels: [], name: 'a' },
      /redis\.sentinels: expected a list of addresses, got an array of 0/,
    ],
    [{ cluster: 'a' }, /redis\.cluster: expected a list/],
    [{ cluster: ['a'], database: 1 }, /a cluster has only the database 0/],
    [{ host: 'a', database: -1 }, /redis\.database: expected a whole number/],
    [{ host: 'a', database: '1' }, /redis\.database/],
    [{ host: 'a', tls: 'yes' }, /redis\.tls: expected true, false or an object/],
    [{ host: 'a', username: '' }, /redis\.username: expected a text that isn't empty/],
    [{ host: 'a', timeout: 0 }, /redis\.timeout: expected at least one millisecond/],
    [{ host: 'a', connectTimeout: 'soon' }, /redis\.connectTimeout/],
    [{ client: undefined }, /redis\.client: expected a client/],
  ])('refuses %j', (options, message) => {
    // What a caller without a compiler may write.
    expect(() => resolveRedisOptions(options as RedisOptions)).toThrow(
      expect.objectContaining({
        code: 'CACHE_OPTION_INVALID',
        message: expect.stringMatching(message),
      }),
    )
  })

  it('does not repeat a password that is no text', () => {
    expect(() =>
      resolveRedisOptions({ host: 'a', password: ['hunter2'] } as unknown as RedisOptions),
    ).toThrow(expect.objectContaining({ message: expect.not.stringContaining('hunter2') }))
  })
})
