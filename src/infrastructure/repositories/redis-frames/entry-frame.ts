import { crc32 } from 'node:zlib'
import type { CacheEntry } from '../../../core/entities/cache-entry.ts'
import { errorText } from '../../../core/exceptions/error-text.ts'
import type { CacheTtl } from '../../../core/value-objects/cache-ttl.ts'
import { crc32c, crc32cOfText } from './crc32c.ts'
import { type FrameFault, type FrameWriter, frameFault, isFault } from './frame-fault.ts'
import * as at from './frame-layout.ts'

/** A value in bytes, with the ids of what made them. */
interface Payload {
  readonly bytes: Uint8Array
  readonly valueBytes: number
  readonly compressionId: number
  readonly keyId: number
}

/**
 * The entry as the bytes that lie in Redis under `name` (frame-layout.ts), or why there are none.
 * All of them lie in one buffer of their own.
 */
export function entryFrame(
  entry: CacheEntry,
  name: string,
  writer: FrameWriter,
): Buffer | FrameFault {
  const names = [entry.birth.generation, ...entry.tags, ...entry.dependsOn]
  const lengths = names.map((each) => Buffer.byteLength(each))
  const misfit = misfitOf(entry, lengths)
  if (misfit !== undefined) return frameFault(misfit)
  const payload = payloadOf(entry, name, writer)
  if (isFault(payload)) return payload
  const namesBytes = lengths.reduce((sum, bytes) => sum + 1 + bytes, 0)
  const headerBytes = at.FIXED_BYTES + optionalBytes(entry) + namesBytes + at.TAIL_BYTES
  if (headerBytes > at.MAX_HEADER_BYTES) return frameFault('its tags are too long')
  const frame = Buffer.allocUnsafe(headerBytes + payload.bytes.length)
  frame.set(payload.bytes, headerBytes)
  writeFixed(frame, headerBytes, entry)
  writePayloadFields(frame, payload, writer.serializer.id)
  frame.writeUInt32LE(crc32cOfText(name), at.NAME_CHECK_AT)
  const namesAt = writeOptional(frame, entry)
  writeNames(frame, namesAt, names, lengths)
  frame.writeDoubleLE(entry.birth.seq, headerBytes - at.TAIL_BYTES)
  frame.writeUInt32LE(crc32c(frame, 0, headerBytes - 4), headerBytes - 4)
  return frame
}

/** A frame without its birth, for a script that knows the birth and puts it in. */
export interface UnbornFrame {
  /** The header up to the birth. */
  readonly head: Buffer
  /** CRC-32C of it, from which the script goes on. */
  readonly headCheck: number
  readonly payload: Buffer
}

/** What stands before and after the birth in a frame that `entryFrame` made. */
export function unbornFrame(frame: Buffer): UnbornFrame {
  const headerBytes = frame.readUInt16LE(at.HEADER_BYTES_AT)
  const head = frame.subarray(0, headerBytes - at.TAIL_BYTES)
  return { head, headCheck: crc32c(head, 0, head.length), payload: frame.subarray(headerBytes) }
}

/** Puts another birth, of the same generation, into a frame that `entryFrame` made. */
export function setBirth(frame: Buffer, seq: number): void {
  const headerBytes = frame.readUInt16LE(at.HEADER_BYTES_AT)
  frame.writeDoubleLE(seq, headerBytes - at.TAIL_BYTES)
  frame.writeUInt32LE(crc32c(frame, 0, headerBytes - 4), headerBytes - 4)
}

/** Everything within these limits was parsed at the edge; a frame must also hold what a caller made by hand. */
function misfitOf(entry: CacheEntry, lengths: readonly number[]): string | undefined {
  if (entry.tags.length > at.MAX_BYTE || entry.dependsOn.length > at.MAX_BYTE) {
    return `it has more than ${at.MAX_BYTE} tags or dependencies`
  }
  if (lengths.some((bytes) => bytes > at.MAX_BYTE)) {
    return `it has a name of more than ${at.MAX_BYTE} bytes`
  }
  return entry.sizeBytes > at.MAX_UINT32 ? `it is larger than ${at.MAX_UINT32} bytes` : undefined
}

function payloadOf(entry: CacheEntry, name: string, writer: FrameWriter): Payload | FrameFault {
  const { serializer, compression, cipher, maxValueBytes } = writer
  try {
    const value = serializer.serialize(entry.value)
    const valueBytes = value.length
    if (valueBytes > maxValueBytes) {
      return frameFault(`its value has ${valueBytes} bytes, and ${maxValueBytes} are the most`)
    }
    const compressed = compression?.compress(value)
    const compressionId = compressed === undefined ? 0 : (compression?.id ?? 0)
    const plain = compressed ?? value
    const place = { name, serializerId: serializer.id, compressionId, valueBytes }
    const bytes = cipher?.encrypt(plain, place) ?? plain
    return { bytes, valueBytes, compressionId, keyId: cipher?.keyId ?? 0 }
  } catch (cause) {
    return frameFault(`its value has no form in bytes: ${errorText(cause)}`, cause)
  }
}

function optionalBytes(entry: CacheEntry): number {
  return (entry.slidingTtlMs === undefined ? 0 : 8) + (wasAccessed(entry) ? 16 : 0)
}

function wasAccessed(entry: CacheEntry): boolean {
  return entry.accessCount !== 0 || entry.accessedAtMs !== entry.createdAtMs
}

function writeFixed(frame: Buffer, headerBytes: number, entry: CacheEntry): void {
  frame.set(at.FRAME_MAGIC, 0)
  frame[at.VERSION_AT] = at.FRAME_VERSION
  frame.writeUInt16LE(headerBytes, at.HEADER_BYTES_AT)
  frame[at.FLAGS_AT] =
    (entry.isSoftInvalidated ? at.SOFT_FLAG : 0) |
    (entry.slidingTtlMs === undefined ? 0 : at.SLIDING_FLAG) |
    (wasAccessed(entry) ? at.ACCESS_FLAG : 0)
  frame[at.KINDS_AT] =
    at.PRIORITIES.indexOf(entry.priority) | (at.TTL_KINDS.indexOf(entry.ttl.kind) << at.TTL_SHIFT)
  frame[at.TAGS_AT] = entry.tags.length
  frame[at.DEPENDENCIES_AT] = entry.dependsOn.length
  frame.writeUInt32LE(entry.sizeBytes, at.SIZE_AT)
  frame.writeDoubleLE(entry.createdAtMs, at.CREATED_AT)
  frame.writeDoubleLE(entry.expiresAtMs, at.EXPIRES_AT)
  frame.writeDoubleLE(entry.staleUntilMs, at.STALE_UNTIL_AT)
  frame.writeDoubleLE(ttlNumber(entry.ttl), at.TTL_AT)
}

function writePayloadFields(frame: Buffer, payload: Payload, serializerId: number): void {
  frame[at.SERIALIZER_AT] = serializerId
  frame[at.COMPRESSION_AT] = payload.compressionId
  frame.writeUInt32LE(payload.keyId, at.KEY_ID_AT)
  frame.writeUInt32LE(payload.bytes.length, at.PAYLOAD_BYTES_AT)
  frame.writeUInt32LE(payload.valueBytes, at.VALUE_BYTES_AT)
  frame.writeUInt32LE(crc32(payload.bytes), at.PAYLOAD_CHECK_AT)
}

/** Answers where it ended. */
function writeOptional(frame: Buffer, entry: CacheEntry): number {
  let end = at.FIXED_BYTES
  if (entry.slidingTtlMs !== undefined) end = frame.writeDoubleLE(entry.slidingTtlMs, end)
  if (!wasAccessed(entry)) return end
  end = frame.writeDoubleLE(entry.accessedAtMs, end)
  return frame.writeDoubleLE(entry.accessCount, end)
}

function writeNames(
  frame: Buffer,
  from: number,
  names: readonly string[],
  lengths: readonly number[],
): void {
  let end = from
  for (const [index, name] of names.entries()) {
    end = frame.writeUInt8(lengths[index] ?? 0, end)
    end += frame.write(name, end)
  }
}

function ttlNumber(ttl: CacheTtl): number {
  if (ttl.kind === 'span') return ttl.ms
  return ttl.kind === 'until' ? ttl.atMs : 0
}
