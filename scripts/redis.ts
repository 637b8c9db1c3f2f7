/**
 * Makes sure that the tests have a redis-server: `tsx scripts/redis.ts`. Looks at REDIS_SERVER and the PATH,
 * and installs the Debian packages if it must. Prints the path; exits 1 with the reason if there is none.
 */
import { provideRedisServer } from './redis/provide-redis-server.ts'

const redis = provideRedisServer(process.env)
if (redis.path === undefined) {
  process.stderr.write(`Cannot find a redis-server: ${redis.reason}\n`)
  process.exitCode = 1
} else {
  process.stdout.write(`${redis.path} (${redis.version.join('.')})\n`)
}
