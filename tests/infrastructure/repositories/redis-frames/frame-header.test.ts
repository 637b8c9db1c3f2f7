import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import {
  parseCacheTags,
  parseDependencyNames,
} from '../../../../src/core/value-objects/cache-tag.ts'
import { crc32c } from '../../../../src/infrastructure/repositories/redis-frames/crc32c.ts'
import { isFault } from '../../../../src/infrastructure/repositories/redis-frames/frame-fault.ts'
import {
  type FrameHeader,
  frameHeader,
  frameNames,
  isOfGeneration,
} from '../../../../src/infrastructure/repositories/redis-frames/frame-header.ts'
import { entryFixture } from '../../../../src/testing/entry-fixture.ts'
import { anyEntry, FRAME_NAME, frameOf } from '../../../fakes/frame-fixture.ts'

const entry = entryFixture({
  tags: parseCacheTags(['org:7', 'größe'], 'tags'),
  dependsOn: parseDependencyNames(['team:9'], 'dependsOn'),
  birth: { generation: 'k3J9-_x', seq: 41 },
})
const frame = frameOf(entry)

function headerOf(bytes: Uint8Array): FrameHeader {
  const header = frameHeader(bytes, FRAME_NAME)
  if (isFault(header)) throw new Error(header.fault)
  return header
}

function faultOf(bytes: Uint8Array): string | undefined {
  const header = frameHeader(bytes, FRAME_NAME)
  return isFault(header) ? header.fault : undefined
}

/** A frame that says something else, with the check that goes with it: nobody's accident, but somebody's doing. */
function forged(change: (bytes: Buffer) => void, from: Buffer = frame): Buffer {
  const bytes = Buffer.from(from)
  change(bytes)
  const checkAt = bytes.readUInt16LE(4) - 4
  bytes.writeUInt32LE(crc32c(bytes, 0, checkAt), checkAt)
  return bytes
}

describe('frameHeader()', () => {
  it('needs no byte of the payload, and each byte of the header', () => {
    const { headerBytes } = headerOf(frame)
    expect(headerOf(frame.subarray(0, headerBytes))).toMatchObject({ birthSeq: 41, tagCount: 2 })
    expect(faultOf(frame.subarray(0, headerBytes - 1))).toBe('it is cut short')
  })

  it('reads a frame in the middle of a larger buffer', () => {
    const around = Buffer.concat([Buffer.alloc(3), frame, Buffer.alloc(3)])
    expect(headerOf(around.subarray(3, 3 + frame.length))).toEqual(headerOf(frame))
    expect(headerOf(new Uint8Array(frame))).toEqual(headerOf(frame))
  })

  it.each<[string, Buffer, string]>([
    ['nothing', Buffer.alloc(0), 'it is none of ours'],
    ['text', Buffer.from('{"a":1}'), 'it is none of ours'],
    ['three bytes', frame.subarray(0, 3), 'it has format none, which never was'],
    [
      'the version before the first',
      forged((bytes) => bytes.fill(0, 3, 4)),
      'it has format 0, which never was',
    ],
    [
      'a later version',
      forged((bytes) => bytes.fill(2, 3, 4)),
      'it has format 2, and 1 is the newest that is known here',
    ],
    ['what is shorter than any header', frame.subarray(0, 79), 'it is cut short'],
    [
      'a header shorter than any',
      Buffer.concat([frame.subarray(0, 4), Buffer.from([79, 0]), frame.subarray(6)]),
      'it is damaged',
    ],
  ])('says of %s what it is', (_, bytes, fault) => {
    expect(faultOf(bytes)).toBe(fault)
  })

  it('says of a frame under another key that it was written for another one', () => {
    expect(frameHeader(frame, 'cache:other:fixtures:key')).toMatchObject({
      fault: 'it was written for another key',
    })
  })

  const strange = 'it says what nobody wrote'
  it.each<[string, (bytes: Buffer) => void]>([
    ['a flag that is unknown', (bytes) => bytes.writeUInt8(8, 6)],
    ['a kind that is unknown', (bytes) => bytes.writeUInt8(16, 7)],
    ['more tags than there are', (bytes) => bytes.writeUInt8(3, 10)],
    ['fewer tags than there are', (bytes) => bytes.writeUInt8(1, 10)],
    ['255 dependencies', (bytes) => bytes.writeUInt8(255, 11)],
    ['a name longer than the header', (bytes) => bytes.writeUInt8(255, 68)],
    ['accesses that are not there', (bytes) => bytes.writeUInt8(6, 6)],
    ['an entry of no bytes', (bytes) => bytes.writeUInt32LE(0, 32)],
    ['no time of creation', (bytes) => bytes.writeDoubleLE(Number.NaN, 36)],
    ['a creation at the end of time', (bytes) => bytes.writeDoubleLE(Number.POSITIVE_INFINITY, 36)],
    ['no end of freshness', (bytes) => bytes.writeDoubleLE(Number.NaN, 44)],
    ['staleness that ends before freshness', (bytes) => bytes.writeDoubleLE(5, 52)],
    ['a birth between two places', (bytes) => bytes.writeDoubleLE(1.5, bytes.readUInt16LE(4) - 12)],
    ['a birth before the log', (bytes) => bytes.writeDoubleLE(-1, bytes.readUInt16LE(4) - 12)],
    [
      'half a millisecond of TTL',
      (bytes) => {
        bytes.writeUInt8(8, 7)
        bytes.writeDoubleLE(0.5, 60)
      },
    ],
    [
      'a TTL until never',
      (bytes) => {
        bytes.writeUInt8(12, 7)
        bytes.writeDoubleLE(Number.NaN, 60)
      },
    ],
  ])('refuses %s, also if the check is right', (_, change) => {
    expect(faultOf(forged(change))).toBe(strange)
  })

  it('refuses flags for which a short header has no room', () => {
    const short = frameOf(entryFixture({ birth: { generation: '', seq: 0 } }))
    expect(faultOf(forged((bytes) => bytes.writeUInt8(6, 6), short))).toBe(strange)
    expect(faultOf(forged((bytes) => bytes.writeUInt8(2, 6), short))).toBe(strange)
  })

  it('refuses random bytes, whatever they are', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), fc.boolean(), (bytes, hasMagic) => {
        const begun = hasMagic ? Buffer.concat([frame.subarray(0, 4), bytes]) : bytes
        expect(faultOf(begun)).toEqual(expect.any(String))
      }),
      { numRuns: 2000 },
    )
  })

  it('never throws on what somebody made with a right check, and says only what fits together', () => {
    const edits = fc.array(fc.tuple(fc.nat(), fc.nat({ max: 255 })), { minLength: 1, maxLength: 6 })
    fc.assert(
      fc.property(edits, (changes) => {
        const bytes = forged((copy) => {
          for (const [place, byte] of changes) {
            const offset = place % copy.readUInt16LE(4)
            if (offset !== 4 && offset !== 5) copy[offset] = byte
          }
        })
        const header = frameHeader(bytes, FRAME_NAME)
        if (isFault(header)) return
        expect(header.expiresAtMs).toBeLessThanOrEqual(header.staleUntilMs)
        expect(frameNames(bytes, header).tags).toHaveLength(header.tagCount)
      }),
      { numRuns: 3000 },
    )
  })
})

describe('isOfGeneration()', () => {
  it.each<[string, boolean]>([
    ['k3J9-_x', true],
    ['k3J9-_y', false],
    ['k3J9-_', false],
    ['k3J9-_xx', false],
    ['', false],
  ])('of %j is %s', (generation, isTrue) => {
    expect(isOfGeneration(frame, headerOf(frame), generation)).toBe(isTrue)
  })
})

describe('frameNames()', () => {
  it('are generation, tags and dependencies', () => {
    const { birth, tags, dependsOn } = entry
    expect(frameNames(frame, headerOf(frame))).toEqual({
      generation: birth.generation,
      tags,
      dependsOn,
    })
  })

  it('are those of any entry', () => {
    fc.assert(
      fc.property(anyEntry, (any) => {
        const bytes = frameOf(any)
        expect(frameNames(bytes, headerOf(bytes)).dependsOn).toEqual(any.dependsOn)
      }),
    )
  })
})
