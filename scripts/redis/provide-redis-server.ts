import { spawnSync } from 'node:child_process'
import { delimiter } from 'node:path'
import { findOnPath } from './find-on-path.ts'
import { findRedisServer, type RedisBinary, type RedisMissing } from './find-redis-server.ts'
import { type InstallHost, installRedisServer } from './install-redis-server.ts'

/** The redis-server of this machine, installed if it is missing and can be; else the reason, with a way out. */
export function provideRedisServer(
  env: NodeJS.ProcessEnv,
  host: InstallHost = thisHost(env),
): RedisBinary | RedisMissing {
  const found = findRedisServer(env)
  // Who names a server means that one: another would hide the mistake.
  if (found.path !== undefined || env['REDIS_SERVER']) return found
  const failure = installRedisServer(host)
  if (failure === undefined) return findRedisServer(env)
  return {
    path: undefined,
    reason: `${found.reason}, and ${failure}. Install Redis 6.2 or later, or set REDIS_SERVER to the path of its redis-server`,
  }
}

function thisHost(env: NodeJS.ProcessEnv): InstallHost {
  // Debian keeps some of what is needed in sbin, which is not on the PATH of everybody.
  const folders = [...(env['PATH'] ?? '').split(delimiter), '/usr/sbin', '/sbin']
  const childEnv = { ...env, PATH: folders.join(delimiter), DEBIAN_FRONTEND: 'noninteractive' }
  return {
    isRoot: process.getuid?.() === 0,
    has: (command) => findOnPath(command, folders) !== undefined,
    run: (command, args) => {
      const { status, stdout, stderr, error } = spawnSync(command, args, {
        env: childEnv,
        encoding: 'utf8',
        stdio: ['ignore', 'pipe', 'pipe'],
      })
      return { code: status ?? -1, output: `${stdout}${stderr}${error?.message ?? ''}` }
    },
  }
}
