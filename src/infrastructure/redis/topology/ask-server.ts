import { RedisFailure, type RedisReply } from '../../../core/protocols/redis-transport.ts'
import type { DataServer } from './redis-topology.ts'

/**
 * Asks one server about itself, past its breaker: how else would be learned that it is well? Resolves to
 * `undefined` if it doesn't answer, or with an error.
 */
export function askServer(
  server: DataServer,
  commands: readonly (readonly string[])[],
): Promise<readonly RedisReply[] | undefined> {
  return new Promise((resolve) => {
    const replies: RedisReply[] = []
    let hasFailed = false
    server.write(commands, false, {
      onReply: (position, reply) => {
        replies[position] = reply
        hasFailed ||= reply instanceof RedisFailure
        if (position === commands.length - 1) resolve(hasFailed ? undefined : replies)
      },
    })
  })
}
