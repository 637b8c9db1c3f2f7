import { deserialize, serialize } from 'node:v8'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { CacheEntry } from '../../../src/core/entities/cache-entry.ts'
import type { SnapshotRecord } from '../../../src/core/protocols/cache-snapshot.ts'
import { CACHE_PRIORITIES } from '../../../src/core/value-objects/cache-priority.ts'
import { parseCacheTags, parseDependencyNames } from '../../../src/core/value-objects/cache-tag.ts'
import type { CacheTtl } from '../../../src/core/value-objects/cache-ttl.ts'
import { parseDuration } from '../../../src/core/value-objects/duration.ts'
import {
  FRAME_HEAD_BYTES,
  FrameBuffer,
} from '../../../src/infrastructure/snapshots/snapshot-frame.ts'
import {
  snapshotRecord,
  writeSnapshotRecord,
} from '../../../src/infrastructure/snapshots/snapshot-record.ts'
import { entryFixture } from '../../../src/testing/entry-fixture.ts'

function payloadOf(entry: CacheEntry): Buffer {
  const frames = new FrameBuffer()
  writeSnapshotRecord(frames, entry, serialize(entry.value))
  return Buffer.from(frames.take().subarray(FRAME_HEAD_BYTES))
}

const read = (payload: Buffer): SnapshotRecord => snapshotRecord(payload, deserialize)

/** What of an entry a record keeps. */
function kept(entry: CacheEntry): object {
  const { namespace: _, accessedAtMs: __, sizeBytes: ___, birth, ...rest } = entry
  return { ...rest, birthSeq: birth.seq }
}

const instantMs = fc.oneof(
  fc.integer({ min: 0, max: 4_000_000_000_000 }),
  fc.constant(Number.POSITIVE_INFINITY),
)
const spanMs = fc.integer({ min: 0, max: 3_000_000_000 }).map((ms) => parseDuration(ms, 'ttl'))
const ttl: fc.Arbitrary<CacheTtl> = fc.oneof(
  fc.constant<CacheTtl>({ kind: 'never' }),
  fc.constant<CacheTtl>({ kind: 'instant' }),
  spanMs.map((ms): CacheTtl => ({ kind: 'span', ms })),
  fc.nat().map((atMs): CacheTtl => ({ kind: 'until', atMs })),
)
const nameList = fc.uniqueArray(fc.stringMatching(/^[a-zé🔑:]{1,20}$/u), { maxLength: 64 })
const anyEntry = fc
  .record({
    key: fc.stringMatching(/^[a-zé🔑]{1,40}$/u),
    value: fc.jsonValue(),
    priority: fc.constantFrom(...CACHE_PRIORITIES),
    ttl,
    tags: nameList.map((names) => parseCacheTags(names, 'tags')),
    dependsOn: nameList.map((names) => parseDependencyNames(names, 'dependsOn')),
    createdAtMs: fc.nat({ max: 4_000_000_000_000 }),
    expiresAtMs: instantMs,
    staleUntilMs: instantMs,
    slidingTtlMs: fc.option(spanMs, { nil: undefined }),
    isSoftInvalidated: fc.boolean(),
    accessCount: fc.nat(),
    birth: fc.record({ generation: fc.constant('g'), seq: fc.maxSafeNat() }),
  })
  .map((fields) => entryFixture(fields))

describe('snapshotRecord()', () => {
  it('reads what writeSnapshotRecord() wrote, every field of it', () => {
    fc.assert(
      fc.property(anyEntry, (entry) => {
        const record = read(payloadOf(entry))
        expect({ ...record, value: record.value() }).toStrictEqual(kept(entry))
      }),
    )
  })

  it('counts accesses up to 2^32 - 1', () => {
    expect(read(payloadOf(entryFixture({ accessCount: 2 ** 33 }))).accessCount).toBe(2 ** 32 - 1)
  })

  it('throws a plain error for what nobody wrote, and never hands out a record that breaks the rules', () => {
    const whole = payloadOf(entryFixture({ tags: parseCacheTags(['t'], 'tags') }))
    const changes = fc.array(fc.tuple(fc.nat({ max: whole.length - 1 }), fc.nat({ max: 255 })), {
      minLength: 1,
      maxLength: 6,
    })
    fc.assert(
      fc.property(changes, fc.nat({ max: whole.length }), (bytes, length) => {
        const payload = Buffer.from(whole)
        for (const [at, byte] of bytes) payload[at] = byte
        try {
          const record = read(payload.subarray(0, length))
          expect(record.key.length).toBeGreaterThan(0)
          expect(Number.isSafeInteger(record.birthSeq)).toBe(true)
          expect(record.expiresAtMs).not.toBeNaN()
        } catch (error) {
          expect(error).toBeInstanceOf(Error)
        }
      }),
      { numRuns: 1000 },
    )
  })

  it.each([
    ['an instant', 9],
    ['a birth', 41],
  ])('refuses %s that is no number', (what, at) => {
    const payload = payloadOf(entryFixture())
    payload.writeDoubleLE(Number.NaN, at)
    expect(() => read(payload)).toThrow(`it has ${what} that nobody wrote`)
  })

  it('refuses a text that is longer than the payload', () => {
    const payload = payloadOf(entryFixture())
    payload.writeUInt16LE(0xffff, 53)
    expect(() => read(payload)).toThrow('it has a text that nobody wrote')
  })
})
