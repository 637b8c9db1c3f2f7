import { randomBytes } from 'node:crypto'
import type { RedisBinary } from '../../scripts/redis/find-redis-server.ts'
import type { Certificates } from './make-certificates.ts'

/** Lines of redis.conf by their directive; a list stands for the directive as often. */
export type RedisConfig = Readonly<Record<string, string | number | readonly string[]>>

/** How a test server differs from the plain one. */
export interface RedisServerOptions {
  /** Of the default user (`requirepass`). */
  readonly password?: string
  /** ACL lines: `app on >secret ~cache:* &cache:* +@all`. `default off` is fine: the helpers have their own user. */
  readonly users?: readonly string[]
  /** The only listener is a TLS one, with certificates made on the spot; `mutual` asks the client for one, too. */
  readonly tls?: 'server' | 'mutual'
  /** For TLS, rather than new ones: servers that share them share their authority. */
  readonly certificates?: Certificates
  /** `maxmemory`: `3mb`. None if undefined. */
  readonly maxMemory?: string
  /** `maxmemory-policy`. `volatile-lfu` if undefined. */
  readonly policy?: string
  /** Anything else, and the last word on the above; may depend on the port, which is chosen at the start. */
  readonly config?: RedisConfig | ((port: number) => RedisConfig | Promise<RedisConfig>)
}

/** What the helpers log in with. */
export interface RedisLogin {
  readonly username?: string
  readonly password?: string
}

const HARNESS_USER = 'test-harness'

export function harnessLogin({ password, users }: RedisServerOptions): RedisLogin {
  // With ACL users the default user may be off, or able to do nothing.
  if (users !== undefined)
    return { username: HARNESS_USER, password: randomBytes(12).toString('hex') }
  return password === undefined ? {} : { password }
}

/** What a server is started with, besides its options. */
export interface RedisConfigInput {
  readonly options: RedisServerOptions
  readonly login: RedisLogin
  readonly binary: RedisBinary
  readonly folder: string
  readonly port: number
  readonly certificates: Certificates | undefined
}

/** The text of redis.conf. */
export async function redisConfig(input: RedisConfigInput): Promise<string> {
  const { options, login, binary } = input
  const all: RedisConfig = {
    ...listenerConfig(input),
    // A cache keeps nothing on disk: what comes back after a crash is empty.
    save: '""',
    appendonly: 'no',
    'maxmemory-policy': options.policy ?? 'volatile-lfu',
    'lazyfree-lazy-eviction': 'yes',
    'lazyfree-lazy-expire': 'yes',
    'lazyfree-lazy-user-del': 'yes',
    'repl-diskless-sync': 'yes',
    'repl-diskless-sync-delay': 0,
    'repl-ping-replica-period': 1,
    'repl-backlog-size': '16mb',
    'client-output-buffer-limit': 'pubsub 64mb 16mb 30',
    'tcp-keepalive': 30,
    // Tests make servers slow and crash them with DEBUG.
    ...(binary.version[0] >= 7 ? { 'enable-debug-command': 'local' } : {}),
    ...(options.maxMemory === undefined ? {} : { maxmemory: options.maxMemory }),
    ...(options.password === undefined ? {} : { requirepass: options.password }),
    ...(options.users === undefined ? {} : { user: [...options.users, harnessUser(login)] }),
    // A primary may become a replica, and must log in at another primary then.
    ...(login.username === undefined ? {} : { masteruser: login.username }),
    ...(login.password === undefined ? {} : { masterauth: login.password }),
    ...(typeof options.config === 'function' ? await options.config(input.port) : options.config),
  }
  return renderConfig(all)
}

function harnessUser({ username, password }: RedisLogin): string {
  return `${username} on >${password} ~* &* +@all`
}

export function renderConfig(config: RedisConfig): string {
  return Object.entries(config)
    .map(([name, value]) => line(name, value))
    .join('')
}

function line(name: string, value: string | number | readonly string[]): string {
  if (typeof value === 'object') return value.map((each) => `${name} ${each}\n`).join('')
  return `${name} ${value}\n`
}

/** Where to listen, how, and where to keep files: the same for a server and for a Sentinel. */
export function listenerConfig({
  port,
  folder,
  certificates,
  options,
}: Omit<RedisConfigInput, 'binary' | 'login'>): RedisConfig {
  const common = { bind: '127.0.0.1', dir: `"${folder}"`, daemonize: 'no' }
  if (certificates === undefined) return { ...common, port }
  return {
    ...common,
    port: 0,
    'tls-port': port,
    'tls-cert-file': `${certificates.folder}/server.crt`,
    'tls-key-file': `${certificates.folder}/server.key`,
    'tls-ca-cert-file': `${certificates.folder}/ca.crt`,
    'tls-auth-clients': options.tls === 'mutual' ? 'yes' : 'no',
    'tls-replication': 'yes',
  }
}
