import { describe, expect, it } from 'vitest'
import {
  FRAME_HEAD_BYTES,
  FrameBuffer,
  frameBytesOf,
  jsonOf,
  MAGIC,
  preamble,
  readFrame,
  SNAPSHOT_FRAME,
} from '../../../src/infrastructure/snapshots/snapshot-frame.ts'

describe('preamble()', () => {
  it('is the magic and the version 1', () => {
    expect(preamble().toString('hex')).toBe('895043534e41500a01000000')
    expect(MAGIC).toHaveLength(8)
  })
})

describe('FrameBuffer', () => {
  it('makes frames of CRC, length, kind and payload', () => {
    const frames = new FrameBuffer()
    frames.begin(SNAPSHOT_FRAME.namespace)
    frames.putBytes(Buffer.from('users'))
    frames.end()
    // crc32 of the nine bytes that follow it, by another implementation (Python's zlib).
    expect(frames.take().toString('hex')).toBe('cd50ca9a05000000027573657273')
  })

  it('puts numbers as little-endian and texts with their length in bytes', () => {
    const frames = new FrameBuffer()
    frames.begin(SNAPSHOT_FRAME.entry)
    frames.putByte(255)
    frames.putUint32(1)
    frames.putDouble(1)
    frames.putText('é')
    frames.end()
    const payload = frames.take().subarray(FRAME_HEAD_BYTES)
    expect(payload.toString('hex')).toBe(`ff01000000${'000000000000f03f'}0200c3a9`)
  })

  it('holds frame after frame until they are taken, and begins anew then', () => {
    const frames = new FrameBuffer()
    for (const content of [1, { a: 2 }]) frames.putJson(SNAPSHOT_FRAME.mark, content)
    const bytes = frames.take()
    const first = readFrame(bytes.subarray(0, frameBytesOf(bytes)), 100)
    const rest = bytes.subarray(frameBytesOf(bytes))
    const second = readFrame(rest, 110)
    expect([jsonOf(first.payload), first.kind, first.offset]).toEqual([1, SNAPSHOT_FRAME.mark, 100])
    expect(jsonOf(second.payload)).toEqual({ a: 2 })
    expect(frames.length).toBe(0)
    expect(frames.take()).toHaveLength(0)
  })

  it('cancel() takes back the frame that was begun, and none before it', () => {
    const frames = new FrameBuffer()
    frames.putJson(SNAPSHOT_FRAME.mark, 'kept')
    const { length } = frames
    frames.begin(SNAPSHOT_FRAME.entry)
    frames.putText('half')
    frames.cancel()
    expect(frames.length).toBe(length)
    expect(jsonOf(readFrame(frames.take(), 0).payload)).toBe('kept')
  })

  it('grows with what it holds', () => {
    const frames = new FrameBuffer()
    const large = Buffer.alloc(3_000_000, 7)
    frames.begin(SNAPSHOT_FRAME.entry)
    frames.putBytes(large)
    frames.end()
    expect(readFrame(frames.take(), 0).payload.equals(large)).toBe(true)
    frames.putJson(SNAPSHOT_FRAME.mark, 1)
    expect(jsonOf(readFrame(frames.take(), 0).payload)).toBe(1)
  })
})

describe('readFrame()', () => {
  const frames = new FrameBuffer()
  frames.putJson(SNAPSHOT_FRAME.mark, 'content')
  const bytes = Buffer.from(frames.take())

  it('throws for a bit that is wrong, wherever it is', () => {
    for (let at = 0; at < bytes.length * 8; at += 1) {
      const changed = Buffer.from(bytes)
      changed[at >> 3] = (changed[at >> 3] ?? 0) ^ (1 << (at & 7))
      expect(() => readFrame(changed, 5)).toThrow('it is corrupted at byte 5')
    }
  })
})

describe('jsonOf()', () => {
  it('answers undefined for what is no JSON', () => {
    expect(jsonOf(Buffer.from('{"a":1}'))).toEqual({ a: 1 })
    expect(jsonOf(Buffer.from('{"a":'))).toBeUndefined()
  })
})
