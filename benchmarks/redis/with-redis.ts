import { provideRedisServer } from '../../scripts/redis/provide-redis-server.ts'
import { type RedisServer, startRedisServer } from '../../tests/servers/redis-server.ts'

/** Runs a benchmark with a Redis of its own, empty, on a free port; installed if there is none. */
export async function withRedis<T>(measure: (server: RedisServer) => Promise<T>): Promise<T> {
  const provided = provideRedisServer(process.env)
  if (provided.path === undefined) throw new Error(`Cannot measure: ${provided.reason}`)
  const server = await startRedisServer()
  try {
    return await measure(server)
  } finally {
    await server.stop()
  }
}
