import { connect, type Socket } from 'node:net'

/** A connection over which a test says exactly what it wants to say. */
export interface RawConnection {
  send(text: string): void
  /** Resolves with all that was received once it contains `text`; rejects if the other side ends before. */
  until(text: string): Promise<string>
  /** Resolves when the other side has ended the connection. */
  readonly ended: Promise<void>
  close(): void
}

/** Connects to the port of a URL. */
export async function openRaw(url: string): Promise<RawConnection> {
  const { hostname, port } = new URL(url)
  const socket: Socket = connect(Number(port), hostname)
  await new Promise((resolve, reject) => {
    socket.once('connect', resolve)
    socket.once('error', reject)
  })
  let received = ''
  socket.on('data', (chunk) => {
    received += chunk.toString('latin1')
  })
  const ended = new Promise<void>((resolve) => {
    socket.once('close', () => resolve())
    socket.on('error', () => resolve())
  })
  const until = async (text: string): Promise<string> => {
    while (!received.includes(text)) {
      if (socket.closed) throw new Error(`the connection ended with: ${received}`)
      await new Promise((resolve) => {
        socket.once('data', resolve)
        socket.once('close', resolve)
      })
    }
    return received
  }
  return { send: (text) => void socket.write(text), until, ended, close: () => socket.destroy() }
}
