import { createServer, type Server, type Socket } from 'node:net'
import { freePort } from '../../servers/free-port.ts'
import { FaultyConnection, type Flows } from './faulty-connection.ts'

/** Which connections a change is for: those that are open, those that will be, or both. */
export type Scope = 'all' | 'existing' | 'new'

/** How a connection goes down, and how long it stays down and up. */
export interface Flapping {
  readonly upMs: number
  readonly downMs: number
  /** `cut` and `reset` also refuse new connections; `hold` is a black hole. `cut` if undefined. */
  readonly by?: 'cut' | 'reset' | 'hold'
}

const PORT_ATTEMPTS = 5
const HOST = '127.0.0.1'
const PASS: Flows = { toServer: 'pass', toClient: 'pass' }
const HOLD: Flows = { toServer: 'hold', toClient: 'hold' }

/**
 * A TCP proxy on loopback that can be made to fail, at run time and for each direction.
 *
 * ```ts
 * const proxy = await startFaultProxy(server.port)
 * client.connect(proxy.port)
 * proxy.flow({ toClient: 'hold' })          // commands arrive and are executed, replies wait
 * proxy.flow({ toServer: 'lose' }, 'new')   // new connections only
 * proxy.flow({ toServer: { delayMs: 300 } })
 * proxy.blackHole()                         // both directions held, nobody is told; all goes on, late, after heal()
 * proxy.cut()                               // open connections end (FIN); new ones are welcome
 * proxy.reset()                             // the same by RST
 * proxy.halfOpen('client')                  // ended for the server, open and silent for the client
 * await proxy.accept('refuse')              // new ones: ECONNREFUSED, or 'reset' as soon as accepted
 * await proxy.down()                        // cut and refuse
 * proxy.flap({ upMs: 50, downMs: 50 })      // until heal()
 * await proxy.heal()                        // everything passes again
 * await proxy.close()
 * ```
 *
 * The ends of connections travel like their bytes: who hangs up in a black hole is heard after it. The proxy
 * connects to the server when it accepts a client; if that fails, the client is reset. It needs no test runner;
 * in another process it works the same.
 */
export class FaultProxy {
  readonly host: string = HOST
  readonly port: number
  readonly #targetPort: number
  readonly #connections = new Set<FaultyConnection>()
  #flows: Flows = PASS
  #accepts: 'accept' | 'refuse' | 'reset' = 'accept'
  #listener: Server | undefined
  /** The last change of the listener; the next one waits for it. */
  #settled: Promise<void> = Promise.resolve()
  #flapping: NodeJS.Timeout | undefined

  constructor(port: number, targetPort: number) {
    this.port = port
    this.#targetPort = targetPort
  }

  /** Connections of which at least one side is open. */
  get connectionCount(): number {
    return this.#connections.size
  }

  /** Sets one direction or both. */
  flow(flows: Partial<Flows>, scope: Scope = 'all'): void {
    if (scope !== 'existing') this.#flows = { ...this.#flows, ...flows }
    if (scope === 'new') return
    for (const connection of this.#connections) connection.set(flows)
  }

  /** Nothing gets through, and nobody is told. New connections are accepted, by the kernel, and not served. */
  blackHole(scope: Scope = 'all'): void {
    this.flow(HOLD, scope)
  }

  /** Ends the open connections. */
  cut(): void {
    for (const connection of this.#connections) connection.cut()
  }

  /** Resets the open connections. */
  reset(): void {
    for (const connection of this.#connections) connection.reset()
  }

  /** The open connections end for the other side only; what `alive` sends is lost. `heal()` resets them. */
  halfOpen(alive: 'client' | 'server'): void {
    for (const connection of this.#connections) connection.keepOnly(alive)
  }

  /** What happens to new connections from now on. */
  accept(mode: 'accept' | 'refuse' | 'reset'): Promise<void> {
    this.#accepts = mode
    this.#settled = this.#settled.catch(() => undefined).then(() => this.#adjust())
    return this.#settled
  }

  /** As if the server were gone. */
  async down(by: 'cut' | 'reset' = 'cut'): Promise<void> {
    const refused = this.accept('refuse')
    this[by]()
    await refused
  }

  /** Goes down at once, then up and down by turns, until `heal()`. */
  flap(flapping: Flapping): void {
    clearTimeout(this.#flapping)
    const { upMs, downMs, by = 'cut' } = flapping
    const turn = async (isDown: boolean): Promise<void> => {
      if (!isDown) await this.#pass()
      else if (by === 'hold') this.blackHole()
      else await this.down(by)
    }
    const next = (isDown: boolean): void => {
      void turn(isDown)
      this.#flapping = setTimeout(() => next(!isDown), isDown ? downMs : upMs)
    }
    next(true)
  }

  /** Ends all faults. Connections that lost bytes are reset. */
  async heal(): Promise<void> {
    clearTimeout(this.#flapping)
    await this.#pass()
  }

  /** Ends all connections, and listens no more. */
  async close(): Promise<void> {
    clearTimeout(this.#flapping)
    await this.down()
    await Promise.all([...this.#connections].map((connection) => connection.closed))
  }

  async #pass(): Promise<void> {
    this.flow(PASS)
    await this.accept('accept')
  }

  /** Makes the listener what `#accepts` says now, which may have changed while this waited. */
  async #adjust(): Promise<void> {
    if (this.#accepts === 'refuse') {
      this.#listener?.close()
      this.#listener = undefined
      return
    }
    if (this.#listener !== undefined) return
    const listener = createServer({ allowHalfOpen: true, pauseOnConnect: true }, (client) =>
      this.#admit(client),
    )
    await new Promise<void>((resolve, reject) => {
      listener.once('error', reject)
      listener.listen(this.port, HOST, resolve)
    })
    this.#listener = listener
  }

  #admit(client: Socket): void {
    if (this.#accepts !== 'accept') {
      client.resetAndDestroy()
      return
    }
    const connection = new FaultyConnection(client, this.#targetPort, this.#flows)
    this.#connections.add(connection)
    void connection.closed.then(() => this.#connections.delete(connection))
  }
}

/** Listens on a free loopback port, and forwards to `targetPort` on loopback. */
export async function startFaultProxy(targetPort: number): Promise<FaultProxy> {
  for (let attempt = 1; ; attempt += 1) {
    const proxy = new FaultProxy(await freePort(), targetPort)
    try {
      await proxy.accept('accept')
      return proxy
    } catch (error) {
      // Somebody else was quicker to take the port.
      if (attempt === PORT_ATTEMPTS) throw error
    }
  }
}
