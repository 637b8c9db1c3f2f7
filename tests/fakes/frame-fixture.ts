import fc from 'fast-check'
import type { CacheEntry } from '../../src/core/entities/cache-entry.ts'
import { CACHE_PRIORITIES } from '../../src/core/value-objects/cache-priority.ts'
import { parseCacheTags, parseDependencyNames } from '../../src/core/value-objects/cache-tag.ts'
import type { CacheTtl } from '../../src/core/value-objects/cache-ttl.ts'
import { type DurationMs, parseDuration } from '../../src/core/value-objects/duration.ts'
import { entryFrame } from '../../src/infrastructure/repositories/redis-frames/entry-frame.ts'
import {
  type FrameFault,
  type FrameReader,
  type FrameWriter,
  isFault,
} from '../../src/infrastructure/repositories/redis-frames/frame-fault.ts'
import { frameHeader } from '../../src/infrastructure/repositories/redis-frames/frame-header.ts'
import { framedEntry } from '../../src/infrastructure/repositories/redis-frames/framed-entry.ts'
import { JsonSerializer } from '../../src/infrastructure/serializers/json-serializer.ts'
import { entryFixture } from '../../src/testing/entry-fixture.ts'

export const FRAME_NAME = 'cache:acme:fixtures:key'
const json = new JsonSerializer()

export const FRAME_WRITER: FrameWriter = {
  serializer: json,
  compression: undefined,
  cipher: undefined,
  maxValueBytes: 1_000_000,
}

export const FRAME_READER: FrameReader = {
  serializers: new Map([[json.id, json]]),
  compressions: new Map(),
  ciphers: new Map(),
  maxValueBytes: 1_000_000,
}

/** The frame of an entry that has one. */
export function frameOf(entry: CacheEntry, writer: FrameWriter = FRAME_WRITER): Buffer {
  const frame = entryFrame(entry, FRAME_NAME, writer)
  if (isFault(frame)) throw new Error(frame.fault)
  return frame
}

/** What comes out of a frame, found as an entry with the key of `FRAME_NAME`. */
export function readFrame(
  bytes: Uint8Array,
  reader: FrameReader = FRAME_READER,
  name: string = FRAME_NAME,
): CacheEntry | FrameFault {
  const header = frameHeader(bytes, name)
  const { key, namespace } = entryFixture()
  return isFault(header) ? header : framedEntry(bytes, header, { name, namespace, key }, reader)
}

export function durationMs(ms: number): DurationMs {
  return parseDuration(ms, 'ms', 'CACHE_OPTION_INVALID')
}

const instant = fc.integer({ min: 0, max: 8_640_000_000_000_000 })
const names = fc.uniqueArray(
  fc.string({ unit: fc.constantFrom('a', 'é', ':', '😀'), minLength: 1, maxLength: 30 }),
  {
    maxLength: 64,
  },
)
const ttl: fc.Arbitrary<CacheTtl> = fc.oneof(
  fc.constant<CacheTtl>({ kind: 'never' }),
  fc.constant<CacheTtl>({ kind: 'instant' }),
  fc.nat().map((ms): CacheTtl => ({ kind: 'span', ms: durationMs(ms) })),
  instant.map((atMs): CacheTtl => ({ kind: 'until', atMs })),
)

/** Any entry that a cache could hold. */
export const anyEntry: fc.Arbitrary<CacheEntry> = fc
  .record({
    value: fc.oneof(fc.jsonValue(), fc.constant(undefined)),
    ttl,
    priority: fc.constantFrom(...CACHE_PRIORITIES),
    createdAtMs: instant,
    accessedAtMs: instant,
    accessCount: fc.oneof(fc.constant(0), fc.maxSafeNat()),
    sizeBytes: fc.integer({ min: 1, max: 0xffffffff }),
    tags: names.map((texts) => parseCacheTags(texts, 'tags')),
    dependsOn: names.map((texts) => parseDependencyNames(texts, 'dependsOn')),
    birth: fc.record(
      { generation: fc.stringMatching(/^[\w-]{1,64}$/), seq: fc.maxSafeNat() },
      { noNullPrototype: true },
    ),
    expiresAtMs: fc.oneof(instant, fc.constant(Number.POSITIVE_INFINITY)),
    staleMs: fc.nat(),
    slidingTtlMs: fc.oneof(fc.constant(undefined), fc.nat().map(durationMs)),
    isSoftInvalidated: fc.boolean(),
  })
  .filter(({ value }) => !JSON.stringify(value ?? null).includes('__proto__'))
  .map(({ staleMs, ...fields }) =>
    entryFixture({ ...fields, staleUntilMs: fields.expiresAtMs + staleMs }),
  )
