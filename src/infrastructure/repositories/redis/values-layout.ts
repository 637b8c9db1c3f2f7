import type { RedisTransport } from '../../../core/protocols/redis-transport.ts'

/**
 * Answers whether values may lie on other servers than the log: in a cluster, whoever speaks to it. One that a
 * user's client hasn't found out about yet counts as one.
 */
export function valuesLayout(transport: Pick<RedisTransport, 'status'>): () => boolean {
  const { topology } = transport.status()
  if (topology !== 'client') return () => topology === 'cluster'
  return () => {
    const { nodes } = transport.status()
    return nodes.length !== 1 || nodes[0]?.id !== 'client'
  }
}
