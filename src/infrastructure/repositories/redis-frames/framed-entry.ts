import { crc32 } from 'node:zlib'
import type { CacheEntry } from '../../../core/entities/cache-entry.ts'
import { errorText } from '../../../core/exceptions/error-text.ts'
import type { CacheKey } from '../../../core/value-objects/cache-key.ts'
import { type FrameFault, type FrameReader, frameFault, isFault } from './frame-fault.ts'
import { type FrameHeader, frameNames } from './frame-header.ts'

/** Where a frame was found. */
export interface FrameOrigin {
  /** The name of the Redis key. */
  readonly name: string
  readonly namespace: string
  readonly key: CacheKey
}

/** The entry of a frame whose header was read, or why there is none. Never throws. */
export function framedEntry(
  bytes: Uint8Array,
  header: FrameHeader,
  origin: FrameOrigin,
  reader: FrameReader,
): CacheEntry | FrameFault {
  const read = framedValue(bytes, header, origin.name, reader)
  if (isFault(read)) return read
  const { generation, tags, dependsOn } = frameNames(bytes, header)
  return {
    key: origin.key,
    value: read.value,
    namespace: origin.namespace,
    ttl: header.ttl,
    priority: header.priority,
    createdAtMs: header.createdAtMs,
    accessedAtMs: header.accessedAtMs,
    accessCount: header.accessCount,
    sizeBytes: header.sizeBytes,
    tags,
    dependsOn,
    birth: { generation, seq: header.birthSeq },
    expiresAtMs: header.expiresAtMs,
    staleUntilMs: header.staleUntilMs,
    slidingTtlMs: header.slidingTtlMs,
    isSoftInvalidated: header.isSoftInvalidated,
  }
}

/** The value alone, in a record, since any value may be one. Never throws. */
export function framedValue(
  bytes: Uint8Array,
  header: FrameHeader,
  name: string,
  reader: FrameReader,
): { readonly value: unknown } | FrameFault {
  const serializer = reader.serializers.get(header.serializerId)
  if (serializer === undefined) {
    return frameFault(`its serializer ${header.serializerId} is not known here`)
  }
  const fault = declaredFault(bytes, header, reader)
  if (fault !== undefined) return frameFault(fault)
  const payload = bytes.subarray(header.headerBytes)
  if (crc32(payload) !== header.payloadCheck) return frameFault('its value is damaged')
  try {
    const valueBytes = unwrapped(payload, header, name, reader)
    if (valueBytes.length !== header.valueBytes) {
      return frameFault('its value is not as long as it says')
    }
    return { value: serializer.deserialize(valueBytes) }
  } catch (cause) {
    return frameFault(`its value cannot be read: ${errorText(cause)}`, cause)
  }
}

/** What is wrong with a payload by what the header says of it. */
function declaredFault(
  bytes: Uint8Array,
  header: FrameHeader,
  reader: FrameReader,
): string | undefined {
  const { payloadBytes, valueBytes, compressionId, encryptionKeyId } = header
  const missing = header.headerBytes + payloadBytes - bytes.length
  if (missing !== 0) return missing > 0 ? 'it is cut short' : 'it has more bytes than it says'
  if (valueBytes > reader.maxValueBytes) {
    return `its value has ${valueBytes} bytes, and ${reader.maxValueBytes} are the most`
  }
  if (encryptionKeyId !== 0 && !reader.ciphers.has(encryptionKeyId)) {
    return `it is encrypted with the key ${encryptionKeyId}, which is not known here`
  }
  if (compressionId !== 0 && !reader.compressions.has(compressionId)) {
    return `its compression ${compressionId} is not known here`
  }
  return undefined
}

function unwrapped(
  payload: Uint8Array,
  header: FrameHeader,
  name: string,
  reader: FrameReader,
): Uint8Array {
  const { serializerId, compressionId, valueBytes, encryptionKeyId } = header
  if (encryptionKeyId === 0 && compressionId === 0) return payload
  const place = { name, serializerId, compressionId, valueBytes }
  const cipher = reader.ciphers.get(encryptionKeyId)
  const plain = cipher?.decrypt(payload, place) ?? payload
  const compression = reader.compressions.get(compressionId)
  return compression?.decompress(plain, valueBytes) ?? plain
}
