import { connect as connectPlainly, type Socket } from 'node:net'
import { connect } from 'node:tls'
import type { RedisEndpoint } from '../../../core/protocols/redis-options.ts'

/** How long a question may take, in milliseconds. */
const PROBE_MS = 500
/** `+PONG`, or an error in its place. */
const REDIS_REPLY = /^[+-]/

/**
 * Whether a server that hung up on us without a word speaks TLS. Redis closes a connection that doesn't,
 * and says nothing, so that nobody could tell it from a crash. Nothing is sent over the connection.
 */
export function speaksTls(endpoint: RedisEndpoint): Promise<boolean> {
  // Only asked whether it answers: no data follows, and a certificate of its own is an answer.
  const socket = connect({ ...placeOf(endpoint), rejectUnauthorized: false })
  return answerOf(socket, (settle) => {
    socket.once('secureConnect', () => settle(true))
    // A server that wants a certificate of ours speaks TLS as well, and says so in an alert.
    socket.once('error', (error) => settle(/alert/i.test(error.message)))
  })
}

/**
 * Whether a server with which TLS led nowhere speaks none. Redis takes the first words of TLS for the
 * beginning of a command, and waits for the rest of it.
 */
export function speaksPlainText(endpoint: RedisEndpoint): Promise<boolean> {
  const socket = connectPlainly(placeOf(endpoint))
  return answerOf(socket, (settle) => {
    socket.once('connect', () => socket.write('PING\r\n'))
    socket.once('data', (data) => settle(REDIS_REPLY.test(data.toString('latin1'))))
    socket.once('error', () => settle(false))
  })
}

function placeOf({
  host,
  port,
  path,
}: RedisEndpoint): { host: string; port: number } | { path: string } {
  return path === undefined ? { host, port } : { path }
}

function answerOf(
  socket: Socket,
  listen: (settle: (answer: boolean) => void) => void,
): Promise<boolean> {
  return new Promise((resolve) => {
    socket.setTimeout(PROBE_MS)
    socket.unref()
    const settle = (answer: boolean): void => {
      socket.destroy()
      resolve(answer)
    }
    listen(settle)
    socket.once('timeout', () => settle(false))
    socket.once('close', () => settle(false))
  })
}
