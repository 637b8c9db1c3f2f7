import { connect, type Socket } from 'node:net'
import { connect as connectTls } from 'node:tls'

/** What a server answers in RESP2; an error among them rejects. */
export type RedisReply = string | number | null | readonly RedisReply[]

/** Whom to ask, and as whom. */
export interface RedisAddress {
  readonly port: number
  readonly username?: string | undefined
  readonly password?: string | undefined
  /** PEM texts; the server's own certificate is asked for only where it wants one. */
  readonly tls?: { readonly ca: string; readonly cert?: string; readonly key?: string } | undefined
}

interface Parsed {
  readonly reply: RedisReply | Error
  readonly next: number
}

/**
 * Sends commands on a connection of their own, and answers the reply of the last one. With it the test
 * servers can be watched whatever becomes of the client under test. Binary values don't survive: UTF-8 only.
 */
export function askRedis(
  address: RedisAddress,
  commands: readonly (readonly (string | number)[])[],
  deadlineMs = 2_000,
): Promise<RedisReply> {
  const { port, username, password, tls } = address
  const login = [['AUTH', ...(username === undefined ? [] : [username]), password ?? '']]
  const all = password === undefined ? commands : [...login, ...commands]
  return new Promise((resolve, reject) => {
    const host = '127.0.0.1'
    const socket: Socket =
      tls === undefined ? connect(port, host) : connectTls({ port, host, ...tls })
    const end = (settle: () => void): void => {
      clearTimeout(timer)
      socket.destroy()
      settle()
    }
    const fail = (why: string, cause?: unknown): void =>
      end(() => reject(new Error(`Cannot ask Redis on port ${port}: ${why}`, { cause })))
    const timer = setTimeout(() => fail(`no answer within ${deadlineMs} ms`), deadlineMs)
    let received = Buffer.alloc(0)
    socket.on('error', (error) => fail(error.message, error))
    socket.on('close', () => fail('the connection was closed'))
    socket.on('data', (chunk) => {
      received = Buffer.concat([received, chunk])
      const replies = parseAll(received)
      const error = replies.find((reply) => reply instanceof Error)
      const last = replies.at(-1)
      if (error !== undefined) end(() => reject(error))
      else if (replies.length === all.length && last !== undefined && !(last instanceof Error))
        end(() => resolve(last))
    })
    socket.write(all.map(encode).join(''))
  })
}

function encode(words: readonly (string | number)[]): string {
  const bulk = words.map(String).map((word) => `$${Buffer.byteLength(word)}\r\n${word}\r\n`)
  return `*${words.length}\r\n${bulk.join('')}`
}

function parseAll(bytes: Buffer): (RedisReply | Error)[] {
  const replies: (RedisReply | Error)[] = []
  for (let parsed = parse(bytes, 0); parsed !== undefined; parsed = parse(bytes, parsed.next))
    replies.push(parsed.reply)
  return replies
}

/** The reply at `offset`, or undefined if it is not all there yet. */
function parse(bytes: Buffer, offset: number): Parsed | undefined {
  const lineEnd = bytes.indexOf('\r\n', offset)
  if (lineEnd < 0) return undefined
  const line = bytes.toString('utf8', offset + 1, lineEnd)
  const next = lineEnd + 2
  const kind = String.fromCharCode(bytes[offset] ?? 0)
  if (kind === '+') return { reply: line, next }
  if (kind === '-') return { reply: new Error(line), next }
  if (kind === ':') return { reply: Number(line), next }
  if (kind === '$') return parseBulk(bytes, next, Number(line))
  if (kind === '*') return parseArray(bytes, next, Number(line))
  return { reply: new Error(`Cannot read a reply that begins with ${JSON.stringify(kind)}`), next }
}

function parseBulk(bytes: Buffer, offset: number, length: number): Parsed | undefined {
  if (length < 0) return { reply: null, next: offset }
  if (bytes.length < offset + length + 2) return undefined
  return { reply: bytes.toString('utf8', offset, offset + length), next: offset + length + 2 }
}

function parseArray(bytes: Buffer, offset: number, length: number): Parsed | undefined {
  if (length < 0) return { reply: null, next: offset }
  const items: RedisReply[] = []
  let next = offset
  for (let index = 0; index < length; index += 1) {
    const item = parse(bytes, next)
    if (item === undefined) return undefined
    // An error inside an array is data, as in EXEC: its text says enough.
    items.push(item.reply instanceof Error ? item.reply.message : item.reply)
    next = item.next
  }
  return { reply: items, next }
}
