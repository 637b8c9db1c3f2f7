import { copyFileSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { findRedisServer, type RedisBinary } from '../../scripts/redis/find-redis-server.ts'
import { askRedis, type RedisAddress, type RedisReply } from './ask-redis.ts'
import { eventually } from './eventually.ts'
import { freePort } from './free-port.ts'
import { type Certificates, makeCertificates } from './make-certificates.ts'
import { serversFolder } from './reaper.ts'
import {
  harnessLogin,
  type RedisConfigInput,
  type RedisLogin,
  type RedisServerOptions,
  redisConfig,
} from './redis-config.ts'
import { RedisProcess } from './redis-process.ts'

export const CONFIG = 'redis.conf'
const SNAPSHOT = 'dump.rdb'
/** How often another port is tried if somebody was quicker. */
const PORT_ATTEMPTS = 5
/** A frozen server must not hold up who asks several. */
const ANSWER_DEADLINE_MS = 1_000
const HELD_REPLICATION_SECONDS = 3_600

/**
 * A real server of its own for a test, on a free loopback port, with its files in a temporary folder.
 *
 * ```ts
 * describeWithRedis('the thing', () => {        // from describe-with-redis.ts: skipped where there is no Redis
 *   let server: RedisServer
 *   beforeAll(async () => { server = await startRedisServer({ maxMemory: '10mb' }) })
 *   afterAll(() => server.stop())
 *
 *   it('…', async () => {
 *     const client = createClient({ url: server.url })
 *     await server.ask('SET', 'key', 'value')    // by a connection of the helper's own
 *     await server.kill()                        // kill -9
 *     await server.restart()                     // same port, empty
 *   })
 * })
 * ```
 *
 * `stop()` ends the process and removes its files. A server that nobody stops ends with the process that
 * started it, also when that is killed.
 */
export class RedisServer {
  readonly host = '127.0.0.1'
  readonly port: number
  readonly folder: string
  readonly options: RedisServerOptions
  /** Undefined without TLS. `certificates.ca` is what a client has to trust. */
  readonly certificates: Certificates | undefined
  readonly #binary: RedisBinary
  /** Of the user whom `ask()` speaks as, who may do everything. */
  readonly login: RedisLogin
  readonly #args: readonly string[]
  #process: RedisProcess | undefined
  #snapshots = 0

  constructor(start: RedisServerStart) {
    this.port = start.port
    this.folder = start.folder
    this.options = start.options
    this.certificates = start.certificates
    this.#binary = start.binary
    this.login = start.login
    this.#args = start.args
  }

  /** Of the default user: `redis://127.0.0.1:6379`, `rediss://:password@127.0.0.1:6379`. */
  get url(): string {
    const scheme = this.certificates === undefined ? 'redis' : 'rediss'
    const { password } = this.options
    return `${scheme}://${password === undefined ? '' : `:${password}@`}${this.host}:${this.port}`
  }

  /** @throws Error if the server does not run. */
  get pid(): number {
    return this.#running().pid
  }

  get isRunning(): boolean {
    return this.#process?.isRunning ?? false
  }

  /** All that the server has printed, over all its runs. */
  log(): string {
    return this.#process?.log() ?? ''
  }

  /** Sends one command as a user who may do everything, on a connection of its own. */
  ask(...command: (string | number)[]): Promise<RedisReply> {
    return this.askAll([command])
  }

  /** Sends several commands on one connection; answers the last reply. Rejects if one of them fails. */
  askAll(commands: readonly (readonly (string | number)[])[]): Promise<RedisReply> {
    return askRedis(this.#address(), commands, ANSWER_DEADLINE_MS)
  }

  /** The fields of a section of INFO: `(await server.info('replication'))['role']`. */
  async info(section: string): Promise<Readonly<Record<string, string>>> {
    const lines = String(await this.ask('INFO', section)).split('\r\n')
    const pairs = lines.map((line) => /^([^#:]+):(.*)$/.exec(line)).filter((pair) => pair !== null)
    return Object.fromEntries(pairs.map(([, name, value]) => [name, value]))
  }

  /** kill -9. Clients see a reset; the port is free until `restart()`. */
  async kill(): Promise<void> {
    await this.#running().kill()
  }

  /** SIGSTOP: the kernel still accepts connections and bytes, and nobody answers. */
  freeze(): void {
    this.#running().signal('SIGSTOP')
  }

  /** SIGCONT: all that arrived while frozen is executed now. */
  thaw(): void {
    this.#running().signal('SIGCONT')
  }

  /**
   * On a primary: its replicas stop following, and keep what they have. They cannot catch up before
   * `resumeReplication()`, since the primary denies that it ever knew them and puts off sending a copy.
   */
  async holdReplication(): Promise<void> {
    await this.askAll([
      ['CONFIG', 'SET', 'repl-diskless-sync-delay', HELD_REPLICATION_SECONDS],
      ['DEBUG', 'CHANGE-REPL-ID'],
      ['CLIENT', 'KILL', 'TYPE', 'replica'],
    ])
  }

  async resumeReplication(): Promise<void> {
    await this.ask('CONFIG', 'SET', 'repl-diskless-sync-delay', 0)
  }

  /** Writes what the server holds now to a file that `restart()` takes, and answers its path. */
  async takeSnapshot(): Promise<string> {
    await this.ask('SAVE')
    this.#snapshots += 1
    const path = join(this.folder, `snapshot-${this.#snapshots}.rdb`)
    copyFileSync(join(this.folder, SNAPSHOT), path)
    return path
  }

  /**
   * Starts again on the same port: empty, or with an older snapshot. Kills the server first if it runs. What a
   * node knows of its cluster, or a Sentinel of its primary, is in other files, and survives.
   */
  async restart({ snapshot }: { readonly snapshot?: string } = {}): Promise<void> {
    if (this.isRunning) await this.kill()
    if (snapshot === undefined) rmSync(join(this.folder, SNAPSHOT), { force: true })
    else copyFileSync(snapshot, join(this.folder, SNAPSHOT))
    if (!(await this.launch()))
      throw new Error(`Cannot restart the Redis on port ${this.port}: somebody else has taken it`)
  }

  /** Ends the server, whatever state it is in, and removes its files. May be called twice. */
  async stop(): Promise<void> {
    await this.#process?.kill()
    rmSync(this.folder, { recursive: true, force: true })
  }

  /** For `startRedisServer()`: false if somebody else has the port. */
  async launch(): Promise<boolean> {
    const started = new RedisProcess(this.#binary.path, this.#args, this.folder)
    this.#process = started
    const outcome = await eventually(`start a Redis on port ${this.port}`, async () => {
      if (!started.isRunning) return 'ended'
      return (await this.ask('PING')) === 'PONG' ? 'up' : undefined
    })
    if (outcome === 'up' || started.isPortTaken) return outcome === 'up'
    throw new Error(`Cannot start a Redis: it ended at once\n${started.log()}`)
  }

  #running(): RedisProcess {
    if (this.#process === undefined || !this.#process.isRunning)
      throw new Error(`Cannot reach the Redis on port ${this.port}: it does not run`)
    return this.#process
  }

  #address(): RedisAddress {
    const { certificates } = this
    const tls = certificates && { ca: certificates.ca, ...certificates.client }
    return { port: this.port, ...this.login, tls }
  }
}

interface RedisServerStart extends RedisConfigInput {
  /** Of the server program. */
  readonly args: readonly string[]
}

/** How a kind of server differs from others. */
interface Kind {
  readonly options: RedisServerOptions
  readonly login: RedisLogin
  readonly args: readonly string[]
  config(input: RedisConfigInput): string | Promise<string>
}

/** Starts a server, and resolves when it answers. */
export function startRedisServer(options: RedisServerOptions = {}): Promise<RedisServer> {
  return startOnFreePort({
    options,
    login: harnessLogin(options),
    args: [CONFIG],
    config: redisConfig,
  })
}

/** For servers of a set, which share a login, and for Sentinels, which have a configuration of their own. */
export async function startOnFreePort({
  options,
  login,
  args,
  config,
}: Kind): Promise<RedisServer> {
  const binary = findRedisServer(process.env)
  if (binary.path === undefined) throw new Error(`Cannot find a redis-server: ${binary.reason}`)
  for (let attempt = 0; attempt < PORT_ATTEMPTS; attempt += 1) {
    const folder = mkdtempSync(join(serversFolder(), 'redis-'))
    const certificates = await certificatesFor(options, folder)
    const port = await freePort()
    const input = { options, login, binary, folder, port, certificates }
    writeFileSync(join(folder, CONFIG), await config(input))
    const server = new RedisServer({ ...input, args })
    if (await server.launch()) return server
    await server.stop()
  }
  throw new Error(`Cannot start a Redis: ${PORT_ATTEMPTS} free ports were taken before it came`)
}

async function certificatesFor(
  { tls, certificates }: RedisServerOptions,
  folder: string,
): Promise<Certificates | undefined> {
  return tls === undefined ? undefined : (certificates ?? makeCertificates(join(folder, 'tls')))
}
