import { RedisFailure, type RedisReply } from '../../../core/protocols/redis-transport.ts'
import { errorReplyCode } from '../batch/error-reply-rule.ts'

/** How the classes of error replies are called: node-redis and ioredis. */
const ERROR_REPLIES: readonly string[] = ['ErrorReply', 'ReplyError']

/** What a client hands out, as the transport's reply: maps and sets as flat lists, error replies as values. */
export function toReply(value: unknown): RedisReply {
  if (value === null || value === undefined) return null
  if (value instanceof Uint8Array) return value
  if (typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean')
    return value
  if (typeof value === 'bigint') return String(value)
  if (Array.isArray(value)) return value.map((item: unknown) => toReply(item))
  if (value instanceof Map) return [...value].flat().map((item: unknown) => toReply(item))
  if (value instanceof Set) return [...value].map((item: unknown) => toReply(item))
  if (value instanceof Error) return errorReply(value)
  return Object.entries(value)
    .flat()
    .map((item: unknown) => toReply(item))
}

/** The error reply that an error stands for; `undefined` if it stands for none. */
export function toErrorReply(error: unknown): RedisFailure | undefined {
  return error instanceof Error && isErrorReply(error) ? errorReply(error) : undefined
}

function errorReply(error: Error): RedisFailure {
  return new RedisFailure('reply', error.message, { code: errorReplyCode(error.message) })
}

/** By name: the user's package isn't ours to import. */
function isErrorReply(error: Error): boolean {
  for (let kind: object | null = error; kind !== null; kind = Object.getPrototypeOf(kind)) {
    if (ERROR_REPLIES.includes(kind.constructor.name)) return true
  }
  return ERROR_REPLIES.includes(error.name)
}
