import { once } from 'node:events'
import { connect, createServer, type Server, type Socket } from 'node:net'
import { eventually } from '../../servers/eventually.ts'
import { freePort } from '../../servers/free-port.ts'

/** A TCP connection that notes what it is told. */
export class PlainPeer {
  readonly socket: Socket
  text = ''
  /** `ECONNRESET` and the like. */
  errorCode: string | undefined
  hasEnded = false
  isClosed = false

  constructor(socket: Socket) {
    this.socket = socket
    socket.on('data', (chunk: Buffer) => {
      this.text += chunk.toString('latin1')
    })
    socket.on('end', () => {
      this.hasEnded = true
    })
    socket.on('error', (error: NodeJS.ErrnoException) => {
      this.errorCode = error.code
    })
    socket.on('close', () => {
      this.isClosed = true
    })
  }

  send(text: string): void {
    this.socket.write(text)
  }

  /** Waits until exactly this has arrived, in all. */
  async hears(text: string): Promise<void> {
    await eventually(`hear ${JSON.stringify(text)}`, () => this.text === text, 5_000)
  }

  async closes(): Promise<void> {
    await eventually('see the connection close', () => this.isClosed, 5_000)
  }
}

/** A client, connected. */
export async function dial(port: number): Promise<PlainPeer> {
  const peer = new PlainPeer(connect(port, '127.0.0.1'))
  await once(peer.socket, 'connect')
  return peer
}

/** A server that says nothing of its own, and keeps its peers in the order in which they came. */
export class PlainServer {
  readonly port: number
  readonly peers: PlainPeer[] = []
  readonly #server: Server

  constructor(port: number) {
    this.port = port
    this.#server = createServer((socket) => this.peers.push(new PlainPeer(socket)))
  }

  async listen(): Promise<void> {
    this.#server.listen(this.port, '127.0.0.1')
    await once(this.#server, 'listening')
  }

  /** The peer that came as number `index`, as soon as it is there. */
  peer(index: number): Promise<PlainPeer> {
    return eventually(`accept connection ${index}`, () => this.peers[index], 5_000)
  }

  async close(): Promise<void> {
    for (const { socket } of this.peers) socket.destroy()
    this.#server.close()
    await once(this.#server, 'close')
  }
}

export async function startPlainServer(): Promise<PlainServer> {
  const server = new PlainServer(await freePort())
  await server.listen()
  return server
}
