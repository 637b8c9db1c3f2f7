import { CacheError } from '../../../core/exceptions/cache-error.ts'
import { RedisFailure, type RedisReply } from '../../../core/protocols/redis-transport.ts'
import type { RedisConnection } from '../connection/redis-connection.ts'

/** What a server must be for the topology that it is in. */
export type ServerExpectation = 'primary' | 'data-node' | 'cluster-node'

/** What was seen of a server. */
export interface ServerLook {
  readonly version: string | undefined
  readonly runId: string | undefined
  readonly role: 'primary' | 'replica' | 'unknown'
  /** Doubts that don't keep it from being used. */
  readonly warnings: readonly CacheError[]
}

/** Streams with `MAXLEN ~`, `GETDEL`, `COPY` and the rest of what is used here: Redis 6.2. */
const MIN_VERSION: readonly [major: number, minor: number] = [6, 2]

/** What the library sends itself. Scripts use more of them, which NOPERM names when they run. */
const NEEDED_COMMANDS: readonly string[] = [
  'get',
  'set',
  'del',
  'unlink',
  'incr',
  'pexpire',
  'time',
  'scan',
  'eval',
  'evalsha',
  'xadd',
  'xrange',
  'publish',
  'subscribe',
]

/** What to ask a server before its first use. */
export const LOOK_COMMANDS: readonly (readonly string[])[] = [
  ['INFO'],
  ['COMMAND', 'INFO', ...NEEDED_COMMANDS],
]

/**
 * Looks at a server before its first use: version, role, eviction policy, missing commands.
 *
 * @param address for messages
 * @throws CacheError CACHE_REDIS_UNSUPPORTED, CACHE_REDIS_UNREACHABLE while it loads its data
 */
export async function lookAtServer(
  connection: RedisConnection,
  address: string,
  expectation: ServerExpectation,
): Promise<ServerLook> {
  return judgeServer(await ask(connection, LOOK_COMMANDS), address, expectation)
}

/**
 * What the answers to `LOOK_COMMANDS` say of a server.
 *
 * @throws CacheError CACHE_REDIS_UNSUPPORTED, CACHE_REDIS_UNREACHABLE while it loads its data
 */
export function judgeServer(
  replies: readonly RedisReply[],
  address: string,
  expectation: ServerExpectation,
): ServerLook {
  const [info, commands] = replies
  const facts = parseInfo(info)
  const refusal = findRefusal(facts, expectation) ?? findMissingCommand(commands)
  if (refusal !== undefined)
    throw new CacheError(refusal[0], `Cannot use Redis at ${address}: ${refusal[1]}`)
  const denied = replies.filter((reply) => reply instanceof RedisFailure)
  return {
    version: facts.get('redis_version'),
    runId: facts.get('run_id'),
    role: parseRole(facts),
    warnings: [
      ...denied.map((failure) => deniedWarning(address, failure)),
      ...policyWarnings(address, facts),
    ],
  }
}

function ask(
  connection: RedisConnection,
  commands: readonly (readonly string[])[],
): Promise<readonly RedisReply[]> {
  return new Promise((resolve, reject) => {
    const replies: RedisReply[] = []
    connection.write(commands, {
      onReply: (position, reply) => {
        replies[position] = reply
        if (reply instanceof RedisFailure && reply.kind !== 'reply')
          reject(new Error(reply.message))
        else if (position === commands.length - 1) resolve(replies)
      },
    })
  })
}

/** The lines `name:value` of `INFO`; empty if it was denied. */
export function parseInfo(reply: RedisReply | undefined): ReadonlyMap<string, string> {
  const facts = new Map<string, string>()
  if (!(reply instanceof Uint8Array)) return facts
  for (const line of new TextDecoder().decode(reply).split('\r\n')) {
    const colon = line.indexOf(':')
    if (colon > 0 && !line.startsWith('#')) facts.set(line.slice(0, colon), line.slice(colon + 1))
  }
  return facts
}

/** Why a server can't be used, and what kind of reason that is. */
export type Refusal = readonly [
  code: 'CACHE_REDIS_UNSUPPORTED' | 'CACHE_REDIS_UNREACHABLE',
  why: string,
]

/** Why a server with these facts can't be used; `undefined` if it can. */
export function findRefusal(
  facts: ReadonlyMap<string, string>,
  expectation: ServerExpectation,
): Refusal | undefined {
  const version = facts.get('redis_version')
  if (version !== undefined && !isNewEnough(version))
    return [
      'CACHE_REDIS_UNSUPPORTED',
      `expected version ${MIN_VERSION.join('.')} or later, got ${version}`,
    ]
  if (facts.get('redis_mode') === 'sentinel')
    return [
      'CACHE_REDIS_UNSUPPORTED',
      'expected a server that holds data, got a Sentinel; name it in redis.sentinels',
    ]
  const isClusterNode = facts.get('cluster_enabled') === '1'
  if (isClusterNode && expectation !== 'cluster-node')
    return [
      'CACHE_REDIS_UNSUPPORTED',
      'expected a single server, got a node of a cluster; name it in redis.cluster',
    ]
  if (facts.has('redis_mode') && !isClusterNode && expectation === 'cluster-node')
    return [
      'CACHE_REDIS_UNSUPPORTED',
      'expected a node of a cluster, got a single server; name it in redis.url',
    ]
  if (facts.get('loading') === '1') return ['CACHE_REDIS_UNREACHABLE', 'it still loads its data']
  if (facts.get('role') === 'slave' && expectation === 'primary')
    return ['CACHE_REDIS_UNSUPPORTED', 'expected a primary, got a replica, which takes no writes']
  return undefined
}

function isNewEnough(version: string): boolean {
  const [major = 0, minor = 0] = version.split('.').map(Number)
  return major > MIN_VERSION[0] || (major === MIN_VERSION[0] && minor >= MIN_VERSION[1])
}

/** One entry per name that was asked for, nil where there is no such command: renamed away, mostly. */
function findMissingCommand(reply: RedisReply | undefined): Refusal | undefined {
  if (!Array.isArray(reply)) return undefined
  const missing = NEEDED_COMMANDS.filter((_, at) => reply[at] === null)
  if (missing.length === 0) return undefined
  return ['CACHE_REDIS_UNSUPPORTED', `it lacks ${missing.join(', ')}; were they renamed?`]
}

function parseRole(facts: ReadonlyMap<string, string>): ServerLook['role'] {
  const role = facts.get('role')
  if (role === undefined) return 'unknown'
  return role === 'master' ? 'primary' : 'replica'
}

function deniedWarning(address: string, failure: RedisFailure): CacheError {
  return new CacheError(
    'CACHE_REDIS_NOT_PERMITTED',
    `Cannot look at Redis at ${address}: ${failure.message}; it is used unseen`,
  )
}

function policyWarnings(
  address: string,
  facts: ReadonlyMap<string, string>,
): readonly CacheError[] {
  const policy = facts.get('maxmemory_policy') ?? ''
  if (!policy.startsWith('allkeys-')) return []
  return [
    new CacheError(
      'CACHE_REDIS_EVICTS_LOG',
      `Cannot rely on the log of invalidations in Redis at ${address}: expected a maxmemory-policy of volatile-* or noeviction, got ${policy}`,
    ),
  ]
}
