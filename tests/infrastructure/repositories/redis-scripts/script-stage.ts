import { createClient, RESP_TYPES } from '@redis/client'
import type { RedisReply, RedisScriptCall } from '../../../../src/core/protocols/redis-transport.ts'
import { parseCacheKey } from '../../../../src/core/value-objects/cache-key.ts'
import {
  keyNames,
  type LogNames,
  leaseName,
  logNames,
} from '../../../../src/infrastructure/repositories/redis/key-names.ts'
import { foundLogCall } from '../../../../src/infrastructure/repositories/redis-scripts/found-log-call.ts'
import type { LogRecord } from '../../../../src/infrastructure/repositories/redis-scripts/log-record.ts'
import {
  type LogReading,
  type ReadLogInput,
  readLogCall,
  readLogReply,
} from '../../../../src/infrastructure/repositories/redis-scripts/read-log-call.ts'
import { markFixture } from '../../../fakes/mark-fixture.ts'
import type { RedisServerOptions } from '../../../servers/redis-config.ts'
import { type RedisServer, startRedisServer } from '../../../servers/redis-server.ts'

const CACHE = { prefix: 'cache', tenant: 'acme' }
export const LOG: LogNames = logNames(CACHE)
export const GENERATION = 'first'

/** Value and lease of a key. */
export function namesOf(key: string): { readonly valueName: string; readonly leaseName: string } {
  const valueName = keyNames(CACHE, 'fixtures').value(parseCacheKey(key))
  return { valueName, leaseName: leaseName(CACHE, valueName) }
}

/** The record of a mark that reaches one key, with this id. */
export function keyRecord(key: string, id = `id-${key}`): LogRecord {
  const mark = markFixture({ kind: 'key', key: parseCacheKey(key) }, { namespace: 'fixtures' })
  return { id, mark, isAwaited: false }
}

/** A real server, and a client that runs scripts on it. */
export class ScriptStage {
  readonly server: RedisServer
  readonly send: (...args: (string | Buffer)[]) => Promise<RedisReply>
  readonly close: () => Promise<void>

  constructor(
    server: RedisServer,
    send: (...args: (string | Buffer)[]) => Promise<RedisReply>,
    close: () => Promise<void>,
  ) {
    this.server = server
    this.send = send
    this.close = close
  }

  run({ script, keys, args }: RedisScriptCall): Promise<RedisReply> {
    const words = [...keys, ...args].map((word) => {
      return typeof word === 'string' ? word : Buffer.from(word)
    })
    return this.send('EVAL', script.text, String(keys.length), ...words)
  }

  /** An empty server, but for a log without marks if there is to be one. */
  async reset(hasLog = true): Promise<void> {
    await this.send('CONFIG', 'SET', 'maxmemory', '0')
    await this.send('FLUSHALL')
    if (hasLog) await this.found(GENERATION, undefined)
  }

  found(generation: string, expected: string | undefined): Promise<RedisReply> {
    const ancestors = expected === undefined ? [] : [expected]
    const input = {
      expected,
      generation,
      ancestors,
      servers: ['s1'],
      server: 's1',
      unlessKnown: undefined,
    }
    return this.run(foundLogCall(LOG, input))
  }

  async read(overrides: Partial<ReadLogInput> = {}): Promise<LogReading> {
    const input: ReadLogInput = {
      node: 'n1',
      server: 's1',
      servers: ['s1'],
      from: undefined,
      vouches: true,
      limit: 100,
      forgetNodeMs: 10_000,
      recentMs: 0,
      isVerified: false,
      ...overrides,
    }
    const reading = readLogReply(await this.run(readLogCall(LOG, input)))
    if ('fault' in reading) throw new Error(reading.fault)
    return reading
  }

  /** From here on nothing that needs memory is taken, and nothing is evicted. */
  async fillMemory(): Promise<void> {
    await this.send('CONFIG', 'SET', 'maxmemory-policy', 'noeviction')
    await this.send('CONFIG', 'SET', 'maxmemory', '1')
  }

  async serverMs(): Promise<number> {
    return (await this.read({ vouches: false })).serverMs
  }
}

export async function scriptStage(options: RedisServerOptions = {}): Promise<ScriptStage> {
  const server = await startRedisServer(options)
  const client = createClient({ url: server.url })
  client.on('error', () => undefined) // What fails is told by the command that fails.
  await client.connect()
  const typeMapping = { [RESP_TYPES.BLOB_STRING]: Buffer }
  const send = async (...args: (string | Buffer)[]): Promise<RedisReply> => {
    return client.sendCommand<RedisReply>(args, { typeMapping })
  }
  return new ScriptStage(server, send, async () => {
    client.destroy()
    await server.stop()
  })
}
