import { describe } from 'vitest'
import { findRedisServer } from '../../scripts/redis/find-redis-server.ts'

/** `describe` for tests that need a real server: skipped, with the reason printed, where there is none. */
export function describeWithRedis(name: string, tests: () => void): void {
  const { path, reason = '' } = { reason: undefined, ...findRedisServer(process.env) }
  if (path === undefined) process.stderr.write(`Skipped ${name}: no redis-server, ${reason}\n`)
  describe.skipIf(path === undefined)(name, tests)
}
