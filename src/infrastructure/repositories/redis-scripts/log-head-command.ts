import type { RedisCommand, RedisReply } from '../../../core/protocols/redis-transport.ts'
import type { LogPosition } from '../../../core/value-objects/log-position.ts'
import type { LogNames } from '../redis/key-names.ts'
import { wordCount, wordsOf, wordText } from './words-of.ts'

/** Where the log stands: what a read of a replica is judged by. */
export function logHeadCommand(names: LogNames): RedisCommand {
  return { args: ['HMGET', names.head, 'g', 's'], key: names.head, isRead: true }
}

/** `undefined`: there is no log. */
export function readLogHeadReply(reply: RedisReply): LogPosition | undefined {
  const [generation, seq] = wordsOf(reply)
  return positionOf(generation, seq)
}

/** The place in the log of two words; `undefined` if they are none. */
export function positionOf(
  generation: RedisReply | undefined,
  seq: RedisReply | undefined,
): LogPosition | undefined {
  const name = wordText(generation)
  const count = wordCount(seq)
  return name === '' || count === undefined ? undefined : { generation: name, seq: count }
}
