import { expect, it } from 'vitest'
import {
  speaksPlainText,
  speaksTls,
} from '../../../../src/infrastructure/redis/connection/speaks-tls.ts'
import { describeWithRedis } from '../../../servers/describe-with-redis.ts'
import { startRedisServer } from '../../../servers/redis-server.ts'
import { endpointOf } from '../transport-stage.ts'

type Options = Parameters<typeof startRedisServer>[0]

async function probe(options: Options): Promise<readonly [tls: boolean, plain: boolean]> {
  const server = await startRedisServer(options)
  try {
    const endpoint = endpointOf(server.port)
    return [await speaksTls(endpoint), await speaksPlainText(endpoint)]
  } finally {
    await server.stop()
  }
}

describeWithRedis('speaksTls() and speaksPlainText()', () => {
  it('know a server that speaks TLS, whether it wants a certificate or not', async () => {
    expect(await probe({ tls: 'server' })).toEqual([true, false])
    expect(await probe({ tls: 'mutual' })).toEqual([true, false])
  })

  it('know a server that speaks none, whether it wants a password or not', async () => {
    expect(await probe({})).toEqual([false, true])
    expect(await probe({ password: 'word' })).toEqual([false, true])
  })

  it('say no where nobody listens', async () => {
    expect(await speaksTls(endpointOf(1))).toBe(false)
    expect(await speaksPlainText(endpointOf(1))).toBe(false)
  })

  it('say no of a server that answers nothing', async () => {
    const server = await startRedisServer()
    server.freeze()
    expect(await speaksPlainText(endpointOf(server.port))).toBe(false)
    await server.stop()
  })
})
