import { RECENT_MARKS_MS } from '../application/services/coherence/recent-marks.ts'
import type { RedisSettings } from '../core/value-objects/resolve-redis-options.ts'
import { createRedisTransport } from '../infrastructure/redis/create-redis-transport.ts'
import { RedisSharedGraph } from '../infrastructure/repositories/redis/redis-shared-graph.ts'
import {
  DEFAULT_LOG_LIMITS,
  RedisSharedLog,
} from '../infrastructure/repositories/redis/redis-shared-log.ts'
import { RedisSharedStore } from '../infrastructure/repositories/redis/redis-shared-store.ts'
import { RedisSweepStore } from '../infrastructure/repositories/redis/redis-sweep-store.ts'
import { JsonSerializer } from '../infrastructure/serializers/json-serializer.ts'
import type { SharedServers, SharedServersParts } from './shared-servers.ts'

/** Longest value that is shared, in bytes: what is larger holds up all that comes behind it. */
const MAX_VALUE_BYTES = 16 * 2 ** 20

/**
 * Where a value and the log lie on one server, a mark deletes the value before anybody hears of it: then it only
 * has to outlive the reads that are under way, which end within a second.
 */
const MARKS_BESIDE_VALUES_MS = 5000

/** The log and the values of a cache in Redis. Answers at once and connects behind. */
export function redisServers(settings: RedisSettings, parts: SharedServersParts): SharedServers {
  const { clock, scheduler, random, report, node } = parts
  const transport = createRedisTransport(settings, { clock, scheduler, random })
  const cache = { prefix: parts.cache, tenant: '' }
  const limits = DEFAULT_LOG_LIMITS
  const serializer = new JsonSerializer()
  const frames = {
    writer: {
      serializer,
      compression: undefined,
      cipher: undefined,
      maxValueBytes: MAX_VALUE_BYTES,
    },
    reader: {
      serializers: new Map([[serializer.id, serializer]]),
      compressions: new Map<number, never>(),
      ciphers: new Map<number, never>(),
      maxValueBytes: MAX_VALUE_BYTES,
    },
  }
  const isOneServer = settings.kind === 'standalone' || settings.kind === 'sentinel'
  return {
    ...(isOneServer ? { recentMarksMs: MARKS_BESIDE_VALUES_MS } : {}),
    log: new RedisSharedLog({ transport, scheduler, random, cache, node, limits, report }),
    openStore: (namespace, { onFault }) =>
      new RedisSharedStore({ transport, clock, limits, cache, namespace, onFault, ...frames }),
    graph: new RedisSharedGraph(transport, cache),
    sweepStore: new RedisSweepStore({ transport, cache, limits, settleMs: RECENT_MARKS_MS }),
    close: () => transport.close(),
  }
}
