import { readFileSync } from 'node:fs'
import { deflateRawSync, inflateRawSync } from 'node:zlib'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { CacheEntry } from '../../../../src/core/entities/cache-entry.ts'
import {
  parseCacheTags,
  parseDependencyNames,
} from '../../../../src/core/value-objects/cache-tag.ts'
import { crc32c } from '../../../../src/infrastructure/repositories/redis-frames/crc32c.ts'
import {
  entryFrame,
  setBirth,
  unbornFrame,
} from '../../../../src/infrastructure/repositories/redis-frames/entry-frame.ts'
import { entryFixture } from '../../../../src/testing/entry-fixture.ts'
import {
  anyEntry,
  durationMs,
  FRAME_NAME,
  FRAME_READER,
  FRAME_WRITER,
  frameOf,
  readFrame,
} from '../../../fakes/frame-fixture.ts'

/** Frames that were released. The files never change; a new format gets new ones. */
const GOLDEN: readonly [string, CacheEntry][] = [
  ['plain', entryFixture({ value: { name: 'Ada', n: [1, 2.5, null] } })],
  [
    'full',
    entryFixture({
      value: { when: new Date(0), big: 12n, list: new Set(['é']) },
      ttl: { kind: 'span', ms: durationMs(300_000) },
      priority: 'critical',
      createdAtMs: 1_700_000_000_123,
      accessedAtMs: 1_700_000_000_456,
      accessCount: 7,
      sizeBytes: 4096,
      tags: parseCacheTags(['org:7', 'größe'], 'tags'),
      dependsOn: parseDependencyNames(['team:9'], 'dependsOn'),
      birth: { generation: 'k3J9-_x', seq: 9_007_199_254_740_991 },
      expiresAtMs: 1_700_000_300_123,
      staleUntilMs: 1_700_003_600_123,
      slidingTtlMs: durationMs(60_000),
      isSoftInvalidated: true,
    }),
  ],
  [
    'absence',
    entryFixture({
      value: undefined,
      ttl: { kind: 'until', atMs: 1_800_000_000_000 },
      priority: 'low',
      expiresAtMs: 1_800_000_000_000,
    }),
  ],
]

const golden = (name: string): Buffer =>
  readFileSync(new URL(`../../../golden/frames/1-${name}.frame`, import.meta.url))

describe('entryFrame()', () => {
  it.each(GOLDEN)('writes the frame of version 1 called %s byte for byte', (name, entry) => {
    expect(frameOf(entry).toString('hex')).toBe(golden(name).toString('hex'))
  })

  it.each(GOLDEN)('is read from the frame of version 1 called %s', (name, entry) => {
    expect(readFrame(golden(name))).toStrictEqual(entry)
  })

  it('makes what gives back the entry exactly', () => {
    fc.assert(
      fc.property(anyEntry, (entry) => {
        expect(readFrame(frameOf(entry))).toStrictEqual(entry)
      }),
    )
  })

  it('costs a hundred bytes beside the value and the names', () => {
    const frame = frameOf(entryFixture({ value: 'x'.repeat(1024) }))
    expect(frame.length - 1026 - 'fixture'.length).toBe(81)
  })

  it('takes a value of the most bytes, and says of one more that it is too long', () => {
    const writer = { ...FRAME_WRITER, maxValueBytes: 12 }
    expect(readFrame(frameOf(entryFixture({ value: 'x'.repeat(10) }), writer))).toHaveProperty(
      'value',
    )
    expect(entryFrame(entryFixture({ value: 'x'.repeat(11) }), FRAME_NAME, writer)).toEqual({
      fault: 'its value has 13 bytes, and 12 are the most',
      cause: undefined,
    })
  })

  it('says of a value that has no form in bytes why, with the error', () => {
    const faulty = entryFrame(entryFixture({ value: { f: () => 1 } }), FRAME_NAME, FRAME_WRITER)
    expect(faulty).toMatchObject({
      fault: expect.stringContaining('got a function at f'),
      cause: { code: 'CACHE_VALUE_INVALID' },
    })
  })

  const many = Array.from({ length: 256 }, (_, index) => `${index}`)
  it.each<[string, Partial<Record<keyof CacheEntry, unknown>>, RegExp]>([
    ['too many tags', { tags: many }, /more than 255 tags/],
    ['too many dependencies', { dependsOn: many }, /more than 255 tags/],
    ['a long tag', { tags: ['é'.repeat(128)] }, /name of more than 255 bytes/],
    ['a long generation', { birth: { generation: 'x'.repeat(256), seq: 1 } }, /name of more/],
    [
      'tags too long together',
      { tags: many.slice(1).map((tag) => tag.padEnd(255)), dependsOn: [' '.repeat(255), 'x'] },
      /tags are too long/,
    ],
    ['a size beyond 32 bits', { sizeBytes: 0x100000000 }, /larger than 4294967295 bytes/],
  ])('says what does not fit of %s', (_, fields, fault) => {
    const entry = { ...entryFixture(), ...fields } as CacheEntry
    expect(entryFrame(entry, FRAME_NAME, FRAME_WRITER)).toMatchObject({
      fault: expect.stringMatching(fault),
    })
  })

  it('takes what compresses and what encrypts, each with its id and by look-up', () => {
    const compression = {
      id: 9,
      compress: (bytes: Uint8Array) => (bytes.length < 20 ? undefined : deflateRawSync(bytes)),
      decompress: (bytes: Uint8Array, maxOutputLength: number) =>
        inflateRawSync(bytes, { maxOutputLength }),
    }
    const flipped = (bytes: Uint8Array): Uint8Array => bytes.map((byte) => byte ^ 0xa5)
    const cipher = { keyId: 77_000, encrypt: flipped, decrypt: flipped }
    const writer = { ...FRAME_WRITER, compression, cipher }
    const reader = {
      ...FRAME_READER,
      compressions: new Map([[9, compression]]),
      ciphers: new Map([[77_000, cipher]]),
    }
    for (const value of ['short', 'long '.repeat(100)]) {
      const frame = frameOf(entryFixture({ value }), writer)
      expect(frame.includes(value)).toBe(false)
      expect(readFrame(frame, reader)).toStrictEqual(entryFixture({ value }))
    }
    const frame = frameOf(entryFixture({ value: 'long '.repeat(100) }), writer)
    expect(frame.length).toBeLessThan(150)
    expect(readFrame(frame)).toMatchObject({
      fault: 'it is encrypted with the key 77000, which is not known here',
    })
    expect(readFrame(frame, { ...reader, compressions: new Map() })).toMatchObject({
      fault: 'its compression 9 is not known here',
    })
  })
})

describe('unbornFrame()', () => {
  it('is what stands around the birth and its check', () => {
    const frame = frameOf(entryFixture({ value: 'v', birth: { generation: 'g', seq: 5 } }))
    const { head, headCheck, payload } = unbornFrame(frame)
    const birth = Buffer.alloc(12)
    birth.writeDoubleLE(6, 0)
    birth.writeUInt32LE(crc32c(birth, 0, 8, headCheck), 8)
    const born = readFrame(Buffer.concat([head, birth, payload]))
    expect(born).toStrictEqual(entryFixture({ value: 'v', birth: { generation: 'g', seq: 6 } }))
  })
})

describe('setBirth()', () => {
  it('makes the frame that the entry would have with that birth', () => {
    fc.assert(
      fc.property(anyEntry, fc.maxSafeNat(), (entry, seq) => {
        const frame = frameOf(entry)
        setBirth(frame, seq)
        const born = { ...entry, birth: { ...entry.birth, seq } }
        expect(frame.equals(frameOf(born))).toBe(true)
      }),
    )
  })
})
