import type { RedisTransport } from '../../../../src/core/protocols/redis-transport.ts'
import type {
  LogAnswer,
  LogFounding,
  LogHorizon,
  LogRead,
  PendingMark,
  SharedLogListener,
} from '../../../../src/core/protocols/shared-log.ts'
import { type CacheKey, parseCacheKey } from '../../../../src/core/value-objects/cache-key.ts'
import type { LogPosition } from '../../../../src/core/value-objects/log-position.ts'
import { RedisSharedGraph } from '../../../../src/infrastructure/repositories/redis/redis-shared-graph.ts'
import {
  DEFAULT_LOG_LIMITS,
  RedisSharedLog,
} from '../../../../src/infrastructure/repositories/redis/redis-shared-log.ts'
import {
  RedisSharedStore,
  type RedisSharedStorePorts,
} from '../../../../src/infrastructure/repositories/redis/redis-shared-store.ts'
import { SystemClock } from '../../../../src/infrastructure/runtime/system-clock.ts'
import { SystemRandom } from '../../../../src/infrastructure/runtime/system-random.ts'
import { SystemScheduler } from '../../../../src/infrastructure/runtime/system-scheduler.ts'
import { FRAME_READER, FRAME_WRITER } from '../../../fakes/frame-fixture.ts'
import { markFixture } from '../../../fakes/mark-fixture.ts'
import { eventually } from '../../../servers/eventually.ts'
import { untilReady } from '../../redis/transport-stage.ts'

export const CACHE = { prefix: 'cache', tenant: 'acme' }
const scheduler = new SystemScheduler((error) => {
  throw error
})

/** A fault that was told: of which key, what was done about it, and its code and message. */
export type ToldFault = readonly [key: CacheKey | undefined, did: string, message: string]

/** One node over a transport: its log, and its store of the namespace `fixtures`. */
export class SharedStage {
  readonly transport: RedisTransport
  readonly log: RedisSharedLog
  readonly store: RedisSharedStore
  readonly graph: RedisSharedGraph
  readonly faults: ToldFault[] = []
  /** What the log told: `connected`, `disconnected`, `doorbell g-1`, `doorbell`, `replaced`. */
  readonly told: string[] = []
  servers: string[] = []
  readonly #end: () => Promise<void>

  constructor(transport: RedisTransport, node: string) {
    this.transport = transport
    const common = { transport, cache: CACHE, limits: DEFAULT_LOG_LIMITS }
    this.log = new RedisSharedLog({
      ...common,
      node,
      scheduler,
      random: new SystemRandom(),
      report: (did, error) => this.faults.push([undefined, did, String(error)]),
    })
    this.store = this.open()
    this.graph = new RedisSharedGraph(transport, CACHE)
    this.#end = this.log.listen(this.#listener())
  }

  /** Another store: of another namespace, or with other frames. */
  open(overrides: Partial<RedisSharedStorePorts> = {}): RedisSharedStore {
    return new RedisSharedStore({
      transport: this.transport,
      clock: new SystemClock(),
      cache: CACHE,
      namespace: 'fixtures',
      limits: DEFAULT_LOG_LIMITS,
      writer: FRAME_WRITER,
      reader: FRAME_READER,
      onFault: (key, did, error) => this.faults.push([key, did, String(error)]),
      ...overrides,
    })
  }

  /** Waits until the log can be spoken to, and founds it if there is none. Answers its generation. */
  async ready(): Promise<string> {
    await untilReady(this.transport)
    await eventually('know who has the log', () => this.servers.length > 0)
    const answer = await this.log.read(readFrom(undefined))
    if (answer.generation !== undefined) return answer.generation
    await this.log.found(FIRST)
    return (await this.log.read(readFrom(undefined))).generation ?? ''
  }

  read(horizon?: LogHorizon, vouches = true): Promise<LogAnswer> {
    return this.log.read(readFrom(horizon, vouches))
  }

  async head(): Promise<LogPosition> {
    const { generation = '', tail } = await this.read(undefined, false)
    return { generation, seq: tail.seq }
  }

  async close(): Promise<void> {
    await this.#end()
    await this.transport.close()
  }

  #listener(): SharedLogListener {
    return {
      onConnected: (server) => {
        this.servers.push(server)
        this.told.push('connected')
      },
      onDisconnected: () => this.told.push('disconnected'),
      onDoorbell: (position) => {
        this.told.push(
          position === undefined ? 'doorbell' : `doorbell ${position.generation}-${position.seq}`,
        )
      },
      onValuesReplaced: () => this.told.push('replaced'),
    }
  }
}

export const FIRST: LogFounding = { expected: undefined, ancestors: [] }

function readFrom(horizon: LogHorizon | undefined, vouches = true): LogRead {
  return { horizon, vouches, limit: 100 }
}

export function keys(...names: string[]): CacheKey[] {
  return names.map((name) => parseCacheKey(name))
}

/** A mark of one key of the namespace `fixtures`, with the id `id-…`. */
export function pendingOf(key: string, overrides: Partial<PendingMark['mark']> = {}): PendingMark {
  const scope = { kind: 'key', key: parseCacheKey(key) } as const
  return {
    id: `id-${key}`,
    mark: markFixture(scope, { namespace: 'fixtures', ...overrides }),
    isAwaited: false,
  }
}
