import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { isFault } from '../../../../src/infrastructure/repositories/redis-frames/frame-fault.ts'
import { frameHeader } from '../../../../src/infrastructure/repositories/redis-frames/frame-header.ts'
import { framedValue } from '../../../../src/infrastructure/repositories/redis-frames/framed-entry.ts'
import { entryFixture } from '../../../../src/testing/entry-fixture.ts'
import {
  anyEntry,
  FRAME_NAME,
  FRAME_READER,
  FRAME_WRITER,
  frameOf,
  readFrame,
} from '../../../fakes/frame-fixture.ts'

const frame = frameOf(entryFixture({ value: { fault: 'no', list: [1] } }))

describe('framedEntry()', () => {
  it('gives a value that itself looks like a fault', () => {
    expect(readFrame(frame)).toMatchObject({ value: { fault: 'no' } })
  })

  it.each<[string, Buffer, string]>([
    ['cut by a byte', frame.subarray(0, -1), 'it is cut short'],
    ['with a byte more', Buffer.concat([frame, Buffer.alloc(1)]), 'it has more bytes than it says'],
    [
      'with another last byte',
      Buffer.concat([frame.subarray(0, -1), Buffer.alloc(1)]),
      'its value is damaged',
    ],
  ])('says of a frame %s what is wrong', (_, bytes, fault) => {
    expect(readFrame(bytes)).toMatchObject({ fault })
  })

  it('looks at the length that a value says it has before it makes anything of it', () => {
    const decompress = (): never => {
      throw new Error('must not be called')
    }
    const compression = { id: 1, compress: () => Buffer.from('bomb'), decompress }
    const bomb = frameOf(entryFixture({ value: 'x'.repeat(500) }), { ...FRAME_WRITER, compression })
    const reader = { ...FRAME_READER, compressions: new Map([[1, compression]]) }
    expect(readFrame(bomb, { ...reader, maxValueBytes: 501 })).toMatchObject({
      fault: 'its value has 502 bytes, and 501 are the most',
    })
    expect(readFrame(bomb, { ...reader, maxValueBytes: 502 })).toMatchObject({
      fault: 'its value cannot be read: Error: must not be called',
      cause: { message: 'must not be called' },
    })
  })

  it('refuses a value that comes out longer than it says', () => {
    const compression = {
      id: 1,
      compress: () => Buffer.from('short'),
      decompress: () => Buffer.from('"much longer than it says"'),
    }
    const bytes = frameOf(entryFixture(), { ...FRAME_WRITER, compression })
    expect(
      readFrame(bytes, { ...FRAME_READER, compressions: new Map([[1, compression]]) }),
    ).toMatchObject({
      fault: 'its value is not as long as it says',
    })
  })

  it('hands the cipher the place that the payload belongs to', () => {
    const places: unknown[] = []
    const note = (bytes: Uint8Array, place: unknown): Uint8Array => {
      places.push(place)
      return bytes
    }
    const cipher = { keyId: 5, encrypt: note, decrypt: note }
    const bytes = frameOf(entryFixture(), { ...FRAME_WRITER, cipher })
    readFrame(bytes, { ...FRAME_READER, ciphers: new Map([[5, cipher]]) })
    const place = { name: FRAME_NAME, serializerId: 1, compressionId: 0, valueBytes: 7 }
    expect(places).toEqual([place, place])
  })

  it('says that a serializer is not known, and that a value cannot be read by one that is', () => {
    expect(readFrame(frame, { ...FRAME_READER, serializers: new Map() })).toMatchObject({
      fault: 'its serializer 1 is not known here',
    })
    const raw = { id: 1, name: 'raw', serialize: () => Buffer.from('{'), deserialize: () => 0 }
    const odd = frameOf(entryFixture(), { ...FRAME_WRITER, serializer: raw })
    expect(readFrame(odd)).toMatchObject({
      fault: expect.stringMatching(/^its value cannot be read: CacheError: .+JSON/),
      cause: { code: 'CACHE_VALUE_INVALID' },
    })
  })

  it('never gives anything for a frame that was cut or had bits flipped', () => {
    const flips = fc.array(fc.nat(), { minLength: 1, maxLength: 3 })
    fc.assert(
      fc.property(anyEntry, fc.nat(), flips, (entry, cutAt, bits) => {
        const bytes = frameOf(entry)
        expect(readFrame(bytes.subarray(0, cutAt % bytes.length))).toHaveProperty('fault')
        const flipped = Buffer.from(bytes)
        for (const bit of bits) {
          const place = (bit >> 3) % bytes.length
          flipped.writeUInt8(flipped.readUInt8(place) ^ (1 << (bit & 7)), place)
        }
        if (flipped.equals(bytes)) return
        expect(readFrame(flipped)).toHaveProperty('fault')
      }),
      { numRuns: 1000 },
    )
  })
})

describe('framedValue()', () => {
  it('is the value in a record', () => {
    const header = frameHeader(frame, FRAME_NAME)
    expect(isFault(header)).toBe(false)
    if (isFault(header)) return
    expect(framedValue(frame, header, FRAME_NAME, FRAME_READER)).toEqual({
      value: { fault: 'no', list: [1] },
    })
  })
})
