import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { eventually } from '../../servers/eventually.ts'
import { dial } from './plain-peers.ts'
import { type ProxyStage, roundTrip, startProxyStage } from './proxy-stage.ts'

let stage: ProxyStage

beforeEach(async () => {
  stage = await startProxyStage()
})
afterEach(() => stage.close())

describe('A FaultProxy without faults', () => {
  it('passes bytes both ways, whole and in order', async () => {
    const { client, remote } = await stage.pair()
    const long = Array.from({ length: 500_000 }, (_, index) => `${index} `).join('')
    client.send(long)
    await remote.hears(long)
    remote.send(long)
    await client.hears(long)
  })

  it('passes the end of each direction by itself', async () => {
    const { client, remote } = await stage.pair()
    remote.socket.allowHalfOpen = true
    client.socket.end('last words')
    await remote.hears('last words')
    await eventually('hear the end', () => remote.hasEnded)
    remote.socket.end('answer')
    await client.hears('answer')
    await client.closes()
    expect([client.errorCode, remote.errorCode]).toEqual([undefined, undefined])
    await eventually('forget the connection', () => stage.proxy.connectionCount === 0)
  })

  it('passes a reset in both directions', async () => {
    const [one, other] = [await stage.pair(), await stage.pair()]
    one.client.socket.resetAndDestroy()
    await one.remote.closes()
    expect(one.remote.errorCode).toBe('ECONNRESET')
    other.remote.socket.resetAndDestroy()
    await other.client.closes()
    expect(other.client.errorCode).toBe('ECONNRESET')
  })

  it('resets the client if nobody listens at the server', async () => {
    await stage.server.close()
    const client = await dial(stage.proxy.port)
    await client.closes()
    expect(client.errorCode).toBe('ECONNRESET')
    await stage.server.listen()
    await roundTrip(await stage.pair())
  })
})

describe('FaultProxy.cut() and reset()', () => {
  it.each([
    ['cut', undefined],
    ['reset', 'ECONNRESET'],
  ] as const)(
    '%s ends open connections for both sides, and welcomes new ones',
    async (fault, code) => {
      const { client, remote } = await stage.pair()
      stage.proxy[fault]()
      await Promise.all([client.closes(), remote.closes()])
      expect([client.errorCode, remote.errorCode]).toEqual([code, code])
      await roundTrip(await stage.pair())
    },
  )

  it('resets a client that was never connected to the server', async () => {
    stage.proxy.blackHole()
    const client = await dial(stage.proxy.port)
    await eventually('admit the client', () => stage.proxy.connectionCount === 1)
    stage.proxy.reset()
    await client.closes()
    expect(client.errorCode).toBe('ECONNRESET')
    expect(stage.server.peers).toHaveLength(0)
  })
})

describe('FaultProxy.accept()', () => {
  it('refuses new connections, leaves the others, and listens on the same port again', async () => {
    const open = await stage.pair()
    await stage.proxy.accept('refuse')
    await expect(dial(stage.proxy.port)).rejects.toThrow('ECONNREFUSED')
    await roundTrip(open)
    await stage.proxy.accept('accept')
    await roundTrip(await stage.pair())
  })

  it('resets new connections as soon as they are accepted', async () => {
    const open = await stage.pair()
    await stage.proxy.accept('reset')
    // The reset may be there before the client has noticed that it is connected.
    const seen = await dial(stage.proxy.port)
      .then(async (client) => {
        await client.closes()
        return client.errorCode
      })
      .catch((error: NodeJS.ErrnoException) => error.code)
    expect(seen).toBe('ECONNRESET')
    await roundTrip(open)
    expect(stage.server.peers).toHaveLength(1)
  })

  it('holds what was said last, however quickly it changes', async () => {
    void stage.proxy.accept('refuse')
    void stage.proxy.accept('accept')
    void stage.proxy.accept('refuse')
    await stage.proxy.accept('accept')
    await roundTrip(await stage.pair())
    void stage.proxy.accept('accept')
    await stage.proxy.down()
    await expect(dial(stage.proxy.port)).rejects.toThrow('ECONNREFUSED')
  })
})

describe('FaultProxy.halfOpen()', () => {
  it('ends the connection for the server; the client goes on talking to nobody', async () => {
    const { client, remote } = await stage.pair()
    stage.proxy.halfOpen('client')
    await remote.closes()
    client.send('anybody?')
    await roundTrip(await stage.pair())
    expect([client.text, client.isClosed, remote.text]).toEqual(['', false, ''])
    await stage.proxy.heal()
    await client.closes()
    expect(client.errorCode).toBe('ECONNRESET')
  })

  it('ends the connection for the client; the server keeps a connection of nobody', async () => {
    const { client, remote } = await stage.pair()
    stage.proxy.halfOpen('server')
    await client.closes()
    remote.send('anybody?')
    await roundTrip(await stage.pair())
    expect(remote.isClosed).toBe(false)
    await stage.proxy.heal()
    await remote.closes()
    expect(remote.errorCode).toBe('ECONNRESET')
  })

  it('lets the side that was left hang up', async () => {
    const { client, remote } = await stage.pair()
    stage.proxy.halfOpen('client')
    await remote.closes()
    client.socket.end()
    await client.closes()
    await eventually('forget the connection', () => stage.proxy.connectionCount === 0)
  })
})

describe('FaultProxy.flap()', () => {
  it.each([
    ['cut', undefined],
    ['reset', 'ECONNRESET'],
  ] as const)('goes down by %s and up again, until it is healed', async (by, code) => {
    const { client } = await stage.pair()
    stage.proxy.flap({ upMs: 5, downMs: 5, by })
    await client.closes()
    expect(client.errorCode).toBe(code)
    let [refused, closed] = [0, 0]
    while (refused < 3 || closed < 3) {
      try {
        const peer = await dial(stage.proxy.port)
        await peer.closes()
        closed += 1
      } catch {
        refused += 1
      }
    }
    await stage.proxy.heal()
    const open = await stage.pair()
    await roundTrip(open)
  })

  it('is a black hole by turns', async () => {
    const { client, remote } = await stage.pair()
    stage.proxy.flap({ upMs: 1, downMs: 3_600_000, by: 'hold' })
    client.send('held')
    await dial(stage.proxy.port)
    expect(stage.server.peers).toHaveLength(1)
    await roundTrip(await stage.freshPair())
    expect([remote.text, remote.isClosed]).toEqual(['', false])
    stage.proxy.flap({ upMs: 3_600_000, downMs: 1, by: 'hold' })
    await remote.hears('held')
    await stage.server.peer(2)
  })
})

describe('FaultProxy.close()', () => {
  it('ends everything, whatever faults there are', async () => {
    const peers = [await stage.pair(), await stage.pair()]
    stage.proxy.flap({ upMs: 1, downMs: 1, by: 'hold' })
    stage.proxy.halfOpen('client')
    stage.proxy.blackHole()
    peers.push({ client: await dial(stage.proxy.port), remote: peers[0]?.remote ?? expect.fail() })
    await stage.proxy.close()
    await Promise.all(peers.map(({ client }) => client.closes()))
    expect(stage.proxy.connectionCount).toBe(0)
    const refused = await dial(stage.proxy.port).catch((error: unknown) => String(error))
    expect(refused).toContain('ECONNREFUSED')
  })
})
