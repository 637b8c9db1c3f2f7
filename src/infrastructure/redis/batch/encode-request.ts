import { createHash } from 'node:crypto'
import type {
  RedisArgument,
  RedisRequest,
  RedisScript,
} from '../../../core/protocols/redis-transport.ts'

const hashes = new WeakMap<RedisScript, string>()

/** The hash that a server knows a script by: SHA-1 of its text, in hexadecimal. */
export function scriptHash(script: RedisScript): string {
  const known = hashes.get(script)
  if (known !== undefined) return known
  const hash = createHash('sha1').update(script.text).digest('hex')
  hashes.set(script, hash)
  return hash
}

/** The words of a request as they go to the server. */
export function encodeRequest(request: RedisRequest, withText: boolean): readonly RedisArgument[] {
  if (!('script' in request)) return request.args
  const { script, keys, args } = request
  const head = withText ? ['EVAL', script.text] : ['EVALSHA', scriptHash(script)]
  return [...head, String(keys.length), ...keys, ...args]
}

/** The key that routes a request. */
export function requestKey(request: RedisRequest): RedisArgument | undefined {
  return 'script' in request ? request.keys[0] : request.key
}

/** True if the request may be sent twice, or to a replica. */
export function isRead(request: RedisRequest): boolean {
  return !('script' in request) && request.isRead
}
