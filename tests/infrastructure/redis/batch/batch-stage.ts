import {
  type RedisArgument,
  RedisFailure,
  type RedisReplies,
  type RedisReply,
  type RedisRequest,
  type RedisSendOptions,
} from '../../../../src/core/protocols/redis-transport.ts'
import { LargeKeys } from '../../../../src/infrastructure/redis/batch/large-keys.ts'
import {
  RedisBatch,
  type RedisBatchPorts,
} from '../../../../src/infrastructure/redis/batch/redis-batch.ts'
import { DeadlineWatch } from '../../../../src/infrastructure/redis/connection/deadline-watch.ts'
import type { ReplySink } from '../../../../src/infrastructure/redis/connection/redis-connection.ts'
import type { Admission } from '../../../../src/infrastructure/redis/server/circuit-breaker.ts'
import type {
  DataServer,
  RedisTopology,
} from '../../../../src/infrastructure/redis/topology/redis-topology.ts'
import { createFakeClock, type FakeClock } from '../../../../src/testing/fake-clock.ts'
import { endpointOf } from '../transport-stage.ts'

/** A server whose answers the test gives, in any order and at any time. */
export class HandServer implements DataServer {
  readonly id: string
  readonly endpoint: DataServer['endpoint'] = endpointOf(6379)
  isConnected = true
  admission: Admission = 'pass'
  /** Every command that came, as text. */
  readonly commands: string[] = []
  readonly lanes: boolean[] = []
  readonly reports: string[] = []
  readonly #waiting: { readonly sink: ReplySink; readonly position: number }[] = []

  constructor(id: string) {
    this.id = id
  }

  node(): ReturnType<DataServer['node']> {
    const { id, isConnected } = this
    return { id, role: 'unknown', isConnected, breaker: 'closed', runId: 'run', version: '7.0.0' }
  }

  admit(): Admission {
    return this.admission
  }

  report(outcome: 'success' | 'failure', admission: Admission): void {
    this.reports.push(`${admission} ${outcome}`)
  }

  write(commands: readonly (readonly RedisArgument[])[], isBulk: boolean, sink: ReplySink): void {
    this.lanes.push(isBulk)
    for (const [position, words] of commands.entries()) {
      this.commands.push(words.join(' '))
      this.#waiting.push({ sink, position })
    }
  }

  /** Answers what came first. */
  answer(...replies: RedisReply[]): void {
    for (const reply of replies) {
      const next = this.#waiting.shift()
      if (next === undefined) throw new Error('nobody waits for an answer')
      next.sink.onReply(next.position, reply)
    }
  }

  /** Answers everything that is unanswered in the same way. */
  answerAll(reply: RedisReply): void {
    while (this.#waiting.length > 0) this.answer(reply)
  }
}

export function errorReply(message: string): RedisFailure {
  return new RedisFailure('reply', message, { code: message.split(' ')[0] ?? '' })
}

export interface BatchStage {
  readonly time: FakeClock
  /** By the first letter of the key, or `*` for all. Absent: nobody. */
  readonly primaries: Map<string, HandServer>
  readonly replicas: HandServer[]
  /** Where redirections lead, by `host:port`. */
  readonly others: Map<string, HandServer>
  readonly refreshes: string[]
  readonly errorReplies: string[]
  send(requests: readonly RedisRequest[], options?: RedisSendOptions): Promise<RedisReplies>
}

/** A batch among servers that the test plays, in a time that it moves. */
export function batchStage(): BatchStage {
  const time = createFakeClock()
  const primaries = new Map<string, HandServer>()
  const replicas: HandServer[] = []
  const others = new Map<string, HandServer>()
  const refreshes: string[] = []
  const errorReplies: string[] = []
  const topology: RedisTopology = {
    kind: 'cluster',
    servers: () => [...primaries.values(), ...replicas],
    isReady: () => true,
    primaryFor: (key) => primaries.get(String(key ?? '').charAt(0)) ?? primaries.get('*'),
    replicasFor: () => replicas.filter(({ isConnected }) => isConnected),
    redirected: ({ host, port }) => others.get(`${host}:${port}`),
    refresh: (from) => refreshes.push(from?.id ?? ''),
    start: () => undefined,
    close: () => undefined,
  }
  const ports: RedisBatchPorts = {
    topology,
    watch: new DeadlineWatch(time.clock, time.scheduler),
    largeKeys: new LargeKeys(),
    deadlineMs: 250,
    onErrorReply: (server, failure) => errorReplies.push(`${server.id} ${failure.code}`),
  }
  return {
    time,
    primaries,
    replicas,
    others,
    refreshes,
    errorReplies,
    send: (requests, options) =>
      new Promise((resolve) => new RedisBatch(ports, requests, options, resolve).start()),
  }
}

/** A stage with one primary, and a replica that isn't known yet. */
export interface SingleStage extends BatchStage {
  readonly primary: HandServer
  readonly replica: HandServer
}

export function singleStage(): SingleStage {
  const stage = batchStage()
  const primary = new HandServer('primary')
  const replica = new HandServer('replica')
  stage.primaries.set('*', primary)
  return { ...stage, primary, replica }
}

/** Whether a promise has settled, after all that is due now. */
export async function isSettled(
  stage: BatchStage,
  promise: Promise<RedisReplies>,
): Promise<boolean> {
  let hasSettled = false
  promise
    .finally(() => {
      hasSettled = true
    })
    .catch(() => undefined)
  await stage.time.advance(0)
  return hasSettled
}
