import type { RedisReply } from '../../../core/protocols/redis-transport.ts'
import type { SentinelView } from './choose-primary.ts'
import type { NodeAddress } from './slot-map.ts'

/** Everything that a Sentinel says about the nodes that it watches. */
export interface SentinelAnswers {
  readonly view: SentinelView
  readonly primary: NodeAddress
  readonly replicas: readonly NodeAddress[]
  /** The other Sentinels. */
  readonly others: readonly NodeAddress[]
}

/** What to ask a Sentinel. */
export function sentinelQuestions(name: string): readonly (readonly string[])[] {
  return [
    ['SENTINEL', 'MASTER', name],
    ['SENTINEL', 'REPLICAS', name],
    ['SENTINEL', 'SENTINELS', name],
  ]
}

const DOWN = /s_down|o_down|failover_in_progress/

/** Reads the answers to those questions; `undefined` if they are something else. */
export function readSentinelAnswers(replies: readonly RedisReply[]): SentinelAnswers | undefined {
  const [master = null, replicas = null, sentinels = null] = replies
  const fields = fieldsOf(master)
  const primary = promotedOf(replicas) ?? addressOf(fields)
  if (primary === undefined) return undefined
  return {
    primary,
    view: {
      primaryId: `${primary.host}:${primary.port}`,
      epoch: Number(fields.get('config-epoch') ?? 0),
      isDown: DOWN.test(fields.get('flags') ?? ''),
    },
    replicas: addressesOf(replicas),
    others: addressesOf(sentinels),
  }
}

/**
 * Who takes over: as soon as it says that it is primary, the Sentinel counts it as such, and has raised the epoch; but
 * until all others follow it, it goes on naming the old one, which must not be believed with that epoch.
 */
function promotedOf(replicas: RedisReply): NodeAddress | undefined {
  if (!Array.isArray(replicas)) return undefined
  const promoted = (replicas as readonly RedisReply[])
    .map(fieldsOf)
    .find(
      (fields) =>
        /promoted/.test(fields.get('flags') ?? '') && fields.get('role-reported') === 'master',
    )
  return promoted && addressOf(promoted)
}

function addressesOf(reply: RedisReply): readonly NodeAddress[] {
  if (!Array.isArray(reply)) return []
  return (reply as readonly RedisReply[])
    .map((item) => addressOf(fieldsOf(item)))
    .filter((address) => address !== undefined)
}

function addressOf(fields: ReadonlyMap<string, string>): NodeAddress | undefined {
  const [host = '', port] = [fields.get('ip'), Number(fields.get('port'))]
  // A replica that a Sentinel has just lost sight of is listed without a name for a moment.
  return host === '' || !Number.isInteger(port) || port <= 0 ? undefined : { host, port }
}

function fieldsOf(reply: RedisReply): ReadonlyMap<string, string> {
  const fields = new Map<string, string>()
  if (!Array.isArray(reply)) return fields
  const words = (reply as readonly RedisReply[]).map((word) =>
    word instanceof Uint8Array ? new TextDecoder().decode(word) : String(word),
  )
  for (let at = 0; at + 1 < words.length; at += 2) fields.set(words[at] ?? '', words[at + 1] ?? '')
  return fields
}
