import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { eventually } from '../../servers/eventually.ts'
import { dial } from './plain-peers.ts'
import { type ProxyStage, roundTrip, startProxyStage } from './proxy-stage.ts'

let stage: ProxyStage

beforeEach(async () => {
  stage = await startProxyStage()
})
afterEach(() => stage.close())

describe('FaultProxy.flow() with hold', () => {
  it('keeps what is sent in one direction, and passes it on, late and whole', async () => {
    const { client, remote } = await stage.pair()
    stage.proxy.flow({ toServer: 'hold' }, 'existing')
    const open = await stage.pair()
    client.send('late')
    remote.send('back')
    await client.hears('back')
    await roundTrip(open)
    expect(remote.text).toBe('')
    stage.proxy.flow({ toServer: 'pass' })
    client.send(' words')
    await remote.hears('late words')
  })

  it('does the same for the other direction', async () => {
    const { client, remote } = await stage.pair()
    stage.proxy.flow({ toClient: 'hold' }, 'existing')
    const open = await stage.pair()
    client.send('request')
    await remote.hears('request')
    remote.send('reply')
    await roundTrip(open)
    expect(client.text).toBe('')
    await stage.proxy.heal()
    await client.hears('reply')
  })

  it.each(['end', 'reset'] as const)(
    'keeps an %s from the other side until it passes again',
    async (how) => {
      const { client, remote } = await stage.pair()
      stage.proxy.blackHole('existing')
      const open = await stage.pair()
      client.send('last words')
      if (how === 'end') client.socket.destroy()
      else client.socket.resetAndDestroy()
      await client.closes()
      await roundTrip(open)
      expect([remote.text, remote.isClosed]).toEqual(['', false])
      await stage.proxy.heal()
      await remote.closes()
      if (how === 'end') expect(remote.text).toBe('last words')
    },
  )

  it('makes a black hole of new connections only, which are served after it', async () => {
    const open = await stage.pair()
    stage.proxy.blackHole('new')
    const client = await dial(stage.proxy.port)
    client.send('hello')
    await roundTrip(open)
    expect(stage.server.peers).toHaveLength(1)
    await stage.proxy.heal()
    const remote = await stage.server.peer(1)
    await remote.hears('hello')
    remote.send('welcome')
    await client.hears('welcome')
  })

  it('makes the sender wait once the buffers of the kernel are full', async () => {
    const { client, remote } = await stage.pair()
    stage.proxy.flow({ toServer: 'hold' })
    const long = 'x'.repeat(32 * 1024 * 1024)
    let isSent = false
    client.socket.write(long, () => {
      isSent = true
    })
    await roundTrip(await stage.freshPair())
    expect(isSent).toBe(false)
    stage.proxy.flow({ toServer: 'pass' })
    await eventually('receive all', () => remote.text.length === long.length)
    expect(isSent).toBe(true)
  })
})

describe('FaultProxy.flow() with lose', () => {
  it('throws away what is sent, and resets the connection when it should pass again', async () => {
    const { client, remote } = await stage.pair()
    const untouched = await stage.pair()
    stage.proxy.flow({ toServer: 'lose' })
    client.send('lost')
    remote.send('back')
    await client.hears('back')
    await eventually('read what is lost', () => client.socket.writableLength === 0)
    const open = await stage.freshPair()
    await roundTrip(open)
    expect(remote.text).toBe('')
    await stage.proxy.heal()
    await Promise.all([client.closes(), remote.closes()])
    expect([client.errorCode, remote.errorCode]).toEqual(['ECONNRESET', 'ECONNRESET'])
    expect(remote.text).toBe('')
    // Nothing was lost here.
    await roundTrip(untouched)
  })

  it('loses replies: the request was carried out, and nobody hears of it', async () => {
    const { client, remote } = await stage.pair()
    stage.proxy.flow({ toClient: 'lose' })
    client.send('request')
    await remote.hears('request')
    remote.send('reply')
    await roundTrip(await stage.freshPair())
    expect([client.text, client.isClosed]).toEqual(['', false])
  })
})

describe('FaultProxy.flow() with a delay', () => {
  it('delivers by itself, in order, the end last', async () => {
    const { client, remote } = await stage.pair()
    stage.proxy.flow({ toServer: { delayMs: 30 } })
    client.send('one ')
    await eventually('read the first', () => client.socket.writableLength === 0)
    // Its own delay is over sooner, but not that of what was sent before it.
    stage.proxy.flow({ toServer: { delayMs: 1 } })
    client.send('two')
    client.socket.end()
    await remote.hears('one two')
    await eventually('hear the end', () => remote.hasEnded)
  })

  it('goes on at once with what waits, when the delay ends', async () => {
    const { client, remote } = await stage.pair()
    stage.proxy.flow({ toServer: { delayMs: 3_600_000 } }, 'existing')
    const open = await stage.pair()
    client.send('in an hour')
    await roundTrip(open)
    expect(remote.text).toBe('')
    stage.proxy.flow({ toServer: 'pass' })
    await remote.hears('in an hour')
  })
})
