import { Socket } from 'node:net'
import { delivers, FaultyStream, type Flow } from './faulty-stream.ts'

/** Flows of both directions. */
export interface Flows {
  readonly toServer: Flow
  readonly toClient: Flow
}

const HOST = '127.0.0.1'

/** A client's connection and the one that was made to the server for it. */
export class FaultyConnection {
  readonly closed: Promise<void>
  readonly #client: Socket
  readonly #server: Socket = new Socket({ allowHalfOpen: true })
  readonly #targetPort: number
  readonly #toServer: FaultyStream
  readonly #toClient: FaultyStream

  constructor(client: Socket, targetPort: number, flows: Flows) {
    this.#client = client
    this.#targetPort = targetPort
    client.setNoDelay()
    this.#server.setNoDelay()
    const reset = (): void => this.reset()
    this.#toServer = new FaultyStream(client, this.#server, reset)
    this.#toClient = new FaultyStream(this.#server, client, reset)
    this.closed = Promise.all([closeOf(client), closeOf(this.#server)]).then(() => undefined)
    this.set(flows)
  }

  set({ toServer, toClient }: Partial<Flows>): void {
    // As long as nothing gets through, not even the request for a connection does.
    if (
      toServer !== undefined &&
      delivers(toServer) &&
      this.#server.pending &&
      !this.#server.connecting
    )
      this.#server.connect(this.#targetPort, HOST)
    if (toClient !== undefined) this.#toClient.set(toClient)
    if (toServer !== undefined) this.#toServer.set(toServer)
  }

  /** Both sides see the connection end, whatever was under way is gone. */
  cut(): void {
    this.#breakOff()
    this.#client.destroy()
    this.#server.destroy()
  }

  /** Both sides see a reset. */
  reset(): void {
    this.#breakOff()
    this.#client.resetAndDestroy()
    if (this.#server.pending) this.#server.destroy()
    else this.#server.resetAndDestroy()
  }

  /** One side sees the connection end; for the other it stays open, and nobody answers. */
  keepOnly(alive: 'client' | 'server'): void {
    this.#breakOff()
    if (alive === 'client') this.#server.destroy()
    else this.#client.destroy()
  }

  #breakOff(): void {
    this.#toServer.breakOff()
    this.#toClient.breakOff()
  }
}

function closeOf(socket: Socket): Promise<void> {
  return new Promise((resolve) => {
    socket.once('close', () => resolve())
  })
}
