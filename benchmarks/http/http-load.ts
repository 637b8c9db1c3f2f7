import { connect } from 'node:net'

/** What a load is made of. */
export interface Load {
  readonly url: URL
  readonly path: string
  /** Size of the body that each answer is to have. */
  readonly bodyBytes: number
  readonly connections: number
  readonly durationMs: number
}

const END_OF_HEADERS = '\r\n\r\n'
const NOTHING = Buffer.alloc(0)
const OK = Buffer.from('HTTP/1.1 200 ')

/**
 * Asks for one path over and over on each connection, the next time when the answer is complete, and
 * counts the answers. It reads of an answer what it must, so that it costs less than any server and the
 * server is what is measured.
 *
 * @returns answers, and how long they took
 */
export async function httpLoad(load: Load): Promise<{ answers: number; elapsedMs: number }> {
  const startedAtMs = performance.now()
  const endsAtMs = startedAtMs + load.durationMs
  const counts = await Promise.all(
    Array.from({ length: load.connections }, () => askUntil(load, endsAtMs)),
  )
  const answers = counts.reduce((sum, count) => sum + count, 0)
  return { answers, elapsedMs: performance.now() - startedAtMs }
}

function askUntil(load: Load, endsAtMs: number): Promise<number> {
  const { url, path, bodyBytes } = load
  const request = `GET ${path} HTTP/1.1\r\nHost: ${url.host}\r\n\r\n`
  return new Promise((resolve, reject) => {
    const socket = connect({ host: url.hostname, port: Number(url.port), noDelay: true })
    let received: Buffer = NOTHING
    let answers = 0
    socket.once('connect', () => socket.write(request))
    socket.once('error', reject)
    socket.once('close', () => resolve(answers))
    const onAnswer = (): void => {
      answers += 1
      received = NOTHING
      if (performance.now() < endsAtMs) socket.write(request)
      else socket.destroy()
    }
    socket.on('data', (chunk: Buffer) => {
      received = received.length === 0 ? chunk : Buffer.concat([received, chunk])
      const state = stateOf(received, bodyBytes)
      if (state === 'complete') onAnswer()
      else if (state === 'wrong') socket.destroy(unexpected(received))
    })
  })
}

function stateOf(received: Buffer, bodyBytes: number): 'complete' | 'partial' | 'wrong' {
  const headersEnd = received.indexOf(END_OF_HEADERS)
  if (headersEnd < 0) return 'partial'
  if (received.compare(OK, 0, OK.length, 0, OK.length) !== 0) return 'wrong'
  const missing = headersEnd + END_OF_HEADERS.length + bodyBytes - received.length
  if (missing === 0) return 'complete'
  return missing > 0 ? 'partial' : 'wrong'
}

function unexpected(answer: Buffer): Error {
  return new Error(`Cannot measure: expected another answer than ${answer.toString('latin1')}`)
}
