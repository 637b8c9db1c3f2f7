import { spawnSync } from 'node:child_process'
import { delimiter } from 'node:path'
import { findOnPath } from './find-on-path.ts'

/** A server program of Redis, or of Valkey, that the tests can start. */
export interface RedisBinary {
  readonly path: string
  /** Major and minor: `[7, 0]`. */
  readonly version: readonly [number, number]
}

/** Why there is none, as the end of a sentence that begins with `Cannot find a redis-server`. */
export interface RedisMissing {
  readonly path: undefined
  readonly reason: string
}

/** What is installed under these names is looked for on the PATH, in this order. */
const NAMES = ['redis-server', 'valkey-server']
const OLDEST: RedisBinary['version'] = [6, 2]
/** `Redis server v=7.0.15 sha=…`, `Valkey server v=8.0.1 sha=…`. */
const VERSION = /\bv=(\d+)\.(\d+)/

/** Looks where REDIS_SERVER says, and only there if it is set; then on the PATH. Installs nothing. */
export function findRedisServer(env: NodeJS.ProcessEnv): RedisBinary | RedisMissing {
  const named = env['REDIS_SERVER']
  if (named !== undefined && named !== '') return examine(named, `REDIS_SERVER (${named})`)
  const folders = (env['PATH'] ?? '').split(delimiter).filter((folder) => folder !== '')
  for (const name of NAMES) {
    const path = findOnPath(name, folders)
    if (path !== undefined) return examine(path, path)
  }
  return { path: undefined, reason: `no ${NAMES.join(' or ')} on the PATH` }
}

function examine(path: string, name: string): RedisBinary | RedisMissing {
  const { stdout, error } = spawnSync(path, ['--version'], { encoding: 'utf8' })
  if (error !== undefined)
    return { path: undefined, reason: `${name} does not run (${error.message})` }
  const [, major, minor] = VERSION.exec(stdout) ?? []
  if (major === undefined || minor === undefined)
    return { path: undefined, reason: `${name} does not say which Redis it is` }
  const version = [Number(major), Number(minor)] as const
  if (version[0] < OLDEST[0] || (version[0] === OLDEST[0] && version[1] < OLDEST[1]))
    return {
      path: undefined,
      reason: `${name} is ${version.join('.')}; expected ${OLDEST.join('.')} or later`,
    }
  return { path, version }
}
