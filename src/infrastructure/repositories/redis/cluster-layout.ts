import {
  type RedisArgument,
  RedisFailure,
  type RedisTransport,
} from '../../../core/protocols/redis-transport.ts'
import { wordText } from '../redis-scripts/words-of.ts'

/** Most pages that are looked through for any key of a server. */
const MAX_PAGES = 20

/**
 * Which servers of a cluster hold which slots, each with its run id. `undefined` if that can't be told, or slots are
 * on their way: a listing may then miss what has moved behind its back.
 *
 * Each server is asked itself, since only the two that a slot moves between know of it before it has moved.
 * Who holds no key can have none moved away unseen.
 */
export async function clusterLayout(
  transport: Pick<RedisTransport, 'status' | 'scan' | 'send'>,
): Promise<string | undefined> {
  const primaries = transport.status().nodes.filter(({ role }) => role !== 'replica')
  if (primaries.some(({ runId }) => runId === undefined)) return undefined
  const parts = primaries.map(({ id, runId }) => `${id}@${runId}`).sort()
  const keys = await Promise.all(primaries.map(({ id }) => anyKeyOf(transport, id)))
  const asked = keys.flatMap((key) => {
    return key === undefined ? [] : [{ args: ['CLUSTER', 'NODES'], key, isRead: true }]
  })
  const { replies } = await transport.send(asked)
  for (const reply of replies) {
    const slots = reply instanceof RedisFailure ? undefined : slotsIn(wordText(reply))
    if (slots === undefined) return undefined
    parts.push(slots)
  }
  return parts.join(' ')
}

async function anyKeyOf(
  transport: Pick<RedisTransport, 'scan'>,
  node: string,
): Promise<RedisArgument | undefined> {
  let cursor: string | undefined
  for (let pages = 0; pages < MAX_PAGES; pages += 1) {
    const page = await transport.scan(node, cursor, { match: '*', count: 100 })
    if (page instanceof RedisFailure) return undefined
    const [key] = page.keys
    if (key !== undefined || page.cursor === undefined) return key
    cursor = page.cursor
  }
  return undefined
}

/**
 * The slots of each primary in the answer of CLUSTER NODES, whose lines are
 * `id host:port@bus flags primary ping pong epoch link slots…`. A slot on its way stands in brackets.
 */
function slotsIn(text: string): string | undefined {
  if (text === '' || text.includes('[')) return undefined
  const primaries = text.split('\n').flatMap((line) => {
    const [id, , flags, , , , , , ...slots] = line.trim().split(' ')
    return flags?.includes('master') ? [`${id}=${slots.join(',')}`] : []
  })
  return primaries.sort().join(' ')
}
