/** Reading replies of Redis, whoever wrote what they say: what isn't there is absent, and nothing throws. */
import type { RedisReply } from '../../../core/protocols/redis-transport.ts'

/** The elements of a list; none if the reply is none. */
export function wordsOf(reply: RedisReply | undefined): readonly RedisReply[] {
  // Bytes are iterable too, and no list.
  return Array.isArray(reply) ? reply : []
}

/** The text of a string; empty if the reply is none. */
export function wordText(reply: RedisReply | undefined): string {
  if (typeof reply === 'string') return reply
  if (!(reply instanceof Uint8Array)) return ''
  return Buffer.from(reply.buffer, reply.byteOffset, reply.byteLength).toString('utf8')
}

/** A whole number from 0, whether it came as a number or as text; `undefined` if the reply is none. */
export function wordCount(reply: RedisReply | undefined): number | undefined {
  const text = wordText(reply)
  const count = typeof reply === 'number' ? reply : Number(text === '' ? Number.NaN : text)
  return Number.isSafeInteger(count) && count >= 0 ? count : undefined
}
