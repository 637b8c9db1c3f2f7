import { describe, expect, it } from 'vitest'
import {
  clientOptions,
  loadRedisVendor,
  toVendorArguments,
} from '../../../../src/infrastructure/redis/connection/redis-vendor.ts'
import { endpointOf } from '../transport-stage.ts'

describe('loadRedisVendor()', () => {
  it('brings what is used of @redis/client', async () => {
    const vendor = await loadRedisVendor()
    expect(vendor.createClient).toBeTypeOf('function')
    expect(new vendor.ErrorReply('ERR')).toBeInstanceOf(Error)
    for (const name of ['BLOB_STRING', 'VERBATIM_STRING', 'MAP', 'SET', 'BIG_NUMBER'])
      expect(vendor.RESP_TYPES[name]).toBeTypeOf('number')
  })
})

describe('toVendorArguments()', () => {
  it('makes buffers of bytes without a copy, and leaves text and buffers', () => {
    const bytes = new Uint8Array([1, 2, 3, 4])
    const buffer = Buffer.from([5])
    const [text, view, same] = toVendorArguments(['GET', bytes.subarray(1, 3), buffer])
    expect([text, same]).toEqual(['GET', buffer])
    expect(same).toBe(buffer)
    expect(view).toEqual(Buffer.from([2, 3]))
    expect((view as Buffer).buffer).toBe(bytes.buffer)
  })
})

describe('clientOptions()', () => {
  it('switches off all that the client does over time', async () => {
    const options = clientOptions(endpointOf(6379), await loadRedisVendor(), 300)
    expect(options).toMatchObject({
      RESP: 3,
      disableOfflineQueue: true,
      socket: { host: '127.0.0.1', port: 6379, connectTimeout: 300, reconnectStrategy: false },
      commandOptions: { timeout: undefined },
    })
    expect(options).not.toHaveProperty('username')
    expect(options).not.toHaveProperty('socket.tls')
  })

  it('passes on TLS options, a socket and who we are', async () => {
    const vendor = await loadRedisVendor()
    const secure = endpointOf(6379, {
      tls: { ca: 'pem' },
      username: 'u',
      password: 'p',
      database: 4,
    })
    expect(clientOptions(secure, vendor, 300)).toMatchObject({
      username: 'u',
      password: 'p',
      database: 4,
      socket: { tls: true, ca: 'pem' },
    })
    const local = clientOptions(endpointOf(0, { path: '/run/redis.sock' }), vendor, 300)
    expect(local).toMatchObject({ socket: { path: '/run/redis.sock' } })
    expect(local).not.toHaveProperty('socket.port')
  })
})
