import { type FaultProxy, startFaultProxy } from './fault-proxy.ts'
import { dial, type PlainPeer, type PlainServer, startPlainServer } from './plain-peers.ts'

/** Both ends of one connection through the proxy. */
export interface Pair {
  readonly client: PlainPeer
  /** The server's end. */
  readonly remote: PlainPeer
}

/** A proxy in front of a server, and the connections of a test. */
export class ProxyStage {
  readonly server: PlainServer
  readonly proxy: FaultProxy

  constructor(server: PlainServer, proxy: FaultProxy) {
    this.server = server
    this.proxy = proxy
  }

  async pair(): Promise<Pair> {
    const index = this.server.peers.length
    const client = await dial(this.proxy.port)
    return { client, remote: await this.server.peer(index) }
  }

  /** A new connection without faults, whatever the others suffer. */
  freshPair(): Promise<Pair> {
    this.proxy.flow({ toServer: 'pass', toClient: 'pass' }, 'new')
    return this.pair()
  }

  async close(): Promise<void> {
    await this.proxy.close()
    await this.server.close()
  }
}

export async function startProxyStage(): Promise<ProxyStage> {
  const server = await startPlainServer()
  return new ProxyStage(server, await startFaultProxy(server.port))
}

/** On a connection without faults: what could get through elsewhere by mistake has done so after it. */
export async function roundTrip({ client, remote }: Pair): Promise<void> {
  const [heardThere, heardHere] = [remote.text, client.text]
  client.send('?')
  await remote.hears(`${heardThere}?`)
  remote.send('!')
  await client.hears(`${heardHere}!`)
}
