import type { Socket } from 'node:net'

/**
 * What becomes of the bytes of one direction, and of the end of the connection, which travels like bytes.
 *
 * - `pass`: they go on.
 * - `hold`: nobody reads them. They wait, with what the sender's kernel still takes, and go on, late, when the
 *   direction passes again: so does a network that was interrupted.
 * - `lose`: they are read and thrown away. A connection that lost bytes is reset when its direction should pass
 *   again, since TCP never delivers a stream with a hole.
 * - `delayMs`: they go on after that time, in their order.
 */
export type Flow = 'pass' | 'hold' | 'lose' | { readonly delayMs: number }

/** The end of a stream, orderly or not, behind the bytes before it. */
type Parcel = Buffer | 'end' | 'reset'

interface Waiting {
  readonly parcel: Parcel
  readonly dueAtMs: number
}

/** True if what is sent arrives some time. */
export function delivers(flow: Flow): boolean {
  return flow !== 'hold' && flow !== 'lose'
}

/** One direction of a connection. */
export class FaultyStream {
  readonly #source: Socket
  readonly #sink: Socket
  /** Called when the stream should pass again, and has a hole. */
  readonly #onHole: () => void
  readonly #queue: Waiting[] = []
  #flow: Flow = 'pass'
  #hasHole = false
  #timer: NodeJS.Timeout | undefined

  constructor(source: Socket, sink: Socket, onHole: () => void) {
    this.#source = source
    this.#sink = sink
    this.#onHole = onHole
    source.on('data', (chunk: Buffer) => this.#take(chunk))
    source.on('end', () => this.#take('end'))
    source.on('close', (hadError) => {
      if (hadError) this.#take('reset')
    })
    // Without a listener the process would end; `close` follows, and says all that matters.
    source.on('error', () => undefined)
    sink.on('drain', () => this.#listen())
    sink.on('close', () => this.#listen())
  }

  set(flow: Flow): void {
    this.#flow = flow
    if (this.#hasHole && flow !== 'lose') {
      this.#onHole()
      return
    }
    if (flow === 'lose' && this.#queue.length > 0) {
      this.#queue.length = 0
      this.#hasHole = true
    }
    this.#listen()
    this.#flush()
  }

  /** Nothing moves any more, and never will: what waits is forgotten. */
  breakOff(): void {
    clearTimeout(this.#timer)
    this.#queue.length = 0
    this.#flow = 'lose'
    this.#hasHole = true
    this.#listen()
  }

  /** Reads from the source, unless it is held, or the sink is full. */
  #listen(): void {
    const isFull = this.#sink.writableNeedDrain && !this.#sink.destroyed
    if (this.#flow === 'hold' || isFull) this.#source.pause()
    else this.#source.resume()
  }

  #take(parcel: Parcel): void {
    if (this.#flow === 'lose') {
      this.#hasHole = true
      // Both sides have hung up: nobody is left to be deceived.
      if (parcel === 'end' && this.#sink.destroyed) this.#source.destroy()
      return
    }
    const delayMs = typeof this.#flow === 'object' ? this.#flow.delayMs : 0
    this.#queue.push({ parcel, dueAtMs: performance.now() + delayMs })
    this.#flush()
  }

  /** Delivers what is due, and comes back for the rest. */
  #flush(): void {
    clearTimeout(this.#timer)
    if (this.#flow === 'hold') return
    const isDelayed = typeof this.#flow === 'object'
    for (let next = this.#queue[0]; next !== undefined; next = this.#queue[0]) {
      const waitMs = next.dueAtMs - performance.now()
      if (isDelayed && waitMs > 0) {
        this.#timer = setTimeout(() => this.#flush(), waitMs)
        return
      }
      this.#queue.shift()
      this.#deliver(next.parcel)
    }
  }

  #deliver(parcel: Parcel): void {
    if (this.#sink.destroyed) {
      // The other side is gone: whoever says goodbye to it is answered in its place.
      if (parcel === 'end') this.#source.destroy()
      return
    }
    if (parcel === 'reset') this.#sink.resetAndDestroy()
    else if (parcel === 'end') this.#sink.end()
    else if (!this.#sink.write(parcel)) this.#listen()
  }
}
