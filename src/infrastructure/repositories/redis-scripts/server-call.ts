import type {
  RedisReply,
  RedisScript,
  RedisScriptCall,
} from '../../../core/protocols/redis-transport.ts'
import type { LogNames } from '../redis/key-names.ts'
import { logLua } from './log-lua.ts'
import { wordsOf, wordText } from './words-of.ts'

/** Who holds the log. */
export interface ServerFacts {
  readonly runId: string
  /** Where its replicas are that have all of its data, `host:port`. */
  readonly replicas: readonly string[]
}

/**
 * KEYS head. A script, since `INFO` names no key: in a cluster whoever it came to would speak of itself, whether it
 * holds the log or not.
 */
const SERVER: RedisScript = {
  name: 'SERVER',
  text: logLua(`
return {redis.call('INFO', 'server'), redis.call('INFO', 'replication')}
`),
}

export function serverCall(names: LogNames): RedisScriptCall {
  return { script: SERVER, keys: [names.head], args: [] }
}

/** `undefined`: the server doesn't say who it is. */
export function readServerReply(reply: RedisReply): ServerFacts | undefined {
  const [server, replication] = wordsOf(reply)
  const runId = /^run_id:(\w+)/m.exec(wordText(server))?.[1]
  if (runId === undefined) return undefined
  // slave0:ip=10.0.0.7,port=6379,state=online,offset=420,lag=0
  const lines = wordText(replication).matchAll(/^slave\d+:ip=([^,]+),port=(\d+),state=online,/gm)
  return { runId, replicas: [...lines].map(([, host, port]) => `${host}:${port}`) }
}
