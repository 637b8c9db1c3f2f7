import {
  RedisFailure,
  type RedisReply,
  type RedisScanPage,
} from '../../../core/protocols/redis-transport.ts'

import type { DataServer } from '../topology/redis-topology.ts'

/** What is asked of a server to list its keys. */
export type ScannedServer = Pick<DataServer, 'node' | 'admit' | 'report' | 'write'>

/**
 * One page of `SCAN`. A cursor carries the run id of its server: one that was started anew has another
 * table, in which the cursor would skip keys without a word.
 */
export async function scanServer(
  server: ScannedServer,
  cursor: string | undefined,
  options: { readonly match: string; readonly count: number },
): Promise<RedisScanPage | RedisFailure> {
  const runId = server.node().runId ?? ''
  const [cursorRunId, place] = cursor === undefined ? [runId, '0'] : splitCursor(cursor)
  if (cursorRunId !== runId)
    return new RedisFailure('offline', 'the server was started anew since the listing began')
  const reply = await ask(server, [
    'SCAN',
    place,
    'MATCH',
    options.match,
    'COUNT',
    String(options.count),
  ])
  if (reply instanceof RedisFailure) return reply
  const [next, keys] = Array.isArray(reply) ? (reply as readonly RedisReply[]) : []
  if (!(next instanceof Uint8Array) || !Array.isArray(keys))
    return new RedisFailure('reply', 'SCAN answered something else than a page', { code: 'ERR' })
  const nextPlace = new TextDecoder().decode(next)
  return {
    keys: keys.filter((key) => key instanceof Uint8Array),
    cursor: nextPlace === '0' ? undefined : `${runId}/${nextPlace}`,
  }
}

function splitCursor(cursor: string): readonly [runId: string, place: string] {
  const at = cursor.lastIndexOf('/')
  return [cursor.slice(0, at), cursor.slice(at + 1)]
}

function ask(server: ScannedServer, command: readonly string[]): Promise<RedisReply> {
  const admission = server.admit()
  if (admission === 'refuse')
    return Promise.resolve(new RedisFailure('refused', 'the server failed too often lately'))
  return new Promise((resolve) => {
    server.write([command], false, {
      onReply: (_, reply) => {
        const isFailure = reply instanceof RedisFailure && reply.kind !== 'reply'
        server.report(isFailure ? 'failure' : 'success', admission)
        resolve(reply)
      },
    })
  })
}
