import fc from 'fast-check'
import type { CacheEntry } from '../../../../src/core/entities/cache-entry.ts'
import { CACHE_PRIORITIES } from '../../../../src/core/value-objects/cache-priority.ts'
import {
  parseCacheTags,
  parseDependencyNames,
} from '../../../../src/core/value-objects/cache-tag.ts'
import { parseDuration } from '../../../../src/core/value-objects/duration.ts'
import {
  MAX_UNITS,
  UNIT_MS,
} from '../../../../src/infrastructure/repositories/memory/slot-layout.ts'
import { entryFixture } from '../../../../src/testing/entry-fixture.ts'
import { FAKE_START_MS } from '../../../../src/testing/fake-clock.ts'

const COLUMN_MS = MAX_UNITS * UNIT_MS
const START_MS = FAKE_START_MS
const NEVER = Number.POSITIVE_INFINITY

/** Instants about which the columns and the profiles could disagree. */
const instant = fc.oneof(
  fc.integer({ min: 0, max: 200 }).map((ms) => START_MS + ms),
  fc.integer({ min: 0, max: 2 ** 40 }).map((ms) => START_MS + ms),
  fc.integer({ min: 0, max: 2 * START_MS }),
  fc.double({ min: START_MS - 1000, max: START_MS + 1000, noNaN: true }),
  fc.constantFrom(
    -1,
    0,
    START_MS - 1,
    START_MS,
    START_MS + 0.5,
    START_MS + COLUMN_MS - 1,
    START_MS + COLUMN_MS,
    2 ** 32 - 1,
    2 ** 32,
    Number.MAX_SAFE_INTEGER,
  ),
)
const duration = fc.integer({ min: 1, max: 100_000 }).map((ms) => parseDuration(ms, 'ttl'))

/** Any entry that a store which began at `FAKE_START_MS` may be given. */
export const anyEntry: fc.Arbitrary<CacheEntry> = fc
  .record({
    createdAtMs: instant,
    accessedAtMs: fc.option(instant, { nil: undefined }),
    expiresAtMs: fc.oneof(instant, fc.constant(NEVER)),
    staleMs: fc.constantFrom(0, 1, 100, 0.5, NEVER),
    priority: fc.constantFrom(...CACHE_PRIORITIES),
    sizeBytes: fc.integer({ min: 1, max: 2 ** 31 }),
    tags: fc.subarray(['a', 'b', 'c']),
    dependsOn: fc.subarray(['x', 'y']),
    birth: fc.record({
      generation: fc.constantFrom('g', 'h'),
      seq: fc.oneof(fc.nat(), fc.maxSafeNat()),
    }),
    ttl: fc.oneof(
      fc.constant({ kind: 'never' as const }),
      duration.map((ms) => ({ kind: 'span' as const, ms })),
      instant.map((atMs) => ({ kind: 'until' as const, atMs })),
    ),
    slidingTtlMs: fc.option(duration, { nil: undefined }),
    isSoftInvalidated: fc.boolean(),
  })
  .map(({ staleMs, accessedAtMs, tags, dependsOn, ...fields }) =>
    entryFixture({
      ...fields,
      ...(accessedAtMs === undefined ? {} : { accessedAtMs }),
      tags: parseCacheTags(tags, 'tags'),
      dependsOn: parseDependencyNames(dependsOn, 'dependsOn'),
      staleUntilMs: fields.expiresAtMs + staleMs,
    }),
  )
