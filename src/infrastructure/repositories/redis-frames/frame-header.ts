import type { CachePriority } from '../../../core/value-objects/cache-priority.ts'
import type { SizeBytes } from '../../../core/value-objects/cache-size.ts'
import type { CacheTag, DependencyName } from '../../../core/value-objects/cache-tag.ts'
import type { CacheTtl } from '../../../core/value-objects/cache-ttl.ts'
import type { DurationMs } from '../../../core/value-objects/duration.ts'
import { crc32c, crc32cOfText } from './crc32c.ts'
import { type FrameFault, frameFault, isFault } from './frame-fault.ts'
import * as at from './frame-layout.ts'

/** What a frame says of its entry, but for names and value: those are made when they are asked for. */
export interface FrameHeader {
  /** Of the header, which is where the payload begins. */
  readonly headerBytes: number
  readonly payloadBytes: number
  readonly payloadCheck: number
  /** How long the value says it is before compression. */
  readonly valueBytes: number
  readonly serializerId: number
  readonly compressionId: number
  /** 0: not encrypted. */
  readonly encryptionKeyId: number
  readonly priority: CachePriority
  readonly ttl: CacheTtl
  readonly sizeBytes: SizeBytes
  readonly createdAtMs: number
  readonly expiresAtMs: number
  readonly staleUntilMs: number
  readonly slidingTtlMs: DurationMs | undefined
  readonly accessedAtMs: number
  readonly accessCount: number
  readonly isSoftInvalidated: boolean
  readonly birthSeq: number
  readonly tagCount: number
  readonly dependencyCount: number
  /** Where the generation lies, with its length before it; the tags follow, then the dependencies. */
  readonly namesAtByte: number
}

/**
 * The header of the frame that lies under `name`, or why it is none. The payload isn't looked at, and
 * needn't be there. Never throws, whatever the bytes are.
 */
export function frameHeader(bytes: Uint8Array, name: string): FrameHeader | FrameFault {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  const fault = outerFault(bytes, view) ?? innerFault(bytes, view, name)
  if (fault !== undefined) return frameFault(fault)
  const header = readFields(bytes, view)
  if (isFault(header)) return header
  const isWhole = namesEnd(bytes, header) === header.headerBytes - at.TAIL_BYTES
  return isWhole && areSound(header) ? header : frameFault(STRANGE)
}

/** True if the birth of the entry is of this generation of the log. */
export function isOfGeneration(
  bytes: Uint8Array,
  header: FrameHeader,
  generation: string,
): boolean {
  const startAt = header.namesAtByte + 1
  if (bytes[header.namesAtByte] !== generation.length) return false
  for (let index = 0; index < generation.length; index += 1) {
    if (bytes[startAt + index] !== generation.charCodeAt(index)) return false
  }
  return true
}

/** The names in a header. */
export interface FrameNames {
  readonly generation: string
  readonly tags: readonly CacheTag[]
  readonly dependsOn: readonly DependencyName[]
}

const NO_NAMES: readonly never[] = Object.freeze([])
/** Most frames are of the generation that the one before was of: its name needn't be made again. */
let lastGeneration = ''

/** Makes the names; they are as they were given to the writer, who had them parsed. */
export function frameNames(bytes: Uint8Array, header: FrameHeader): FrameNames {
  const { tagCount, dependencyCount } = header
  if (tagCount + dependencyCount === 0 && isOfGeneration(bytes, header, lastGeneration))
    return { generation: lastGeneration, tags: NO_NAMES, dependsOn: NO_NAMES }
  const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, header.headerBytes)
  let end = header.namesAtByte
  const next = (): string => {
    const startAt = end + 1
    end = startAt + (buffer[end] ?? 0)
    return buffer.toString('utf8', startAt, end)
  }
  const generation = next()
  lastGeneration = generation
  const tags = Array.from({ length: tagCount }, next)
  const dependsOn = Array.from({ length: dependencyCount }, next)
  return { generation, tags: tags as CacheTag[], dependsOn: dependsOn as DependencyName[] }
}

const STRANGE = 'it says what nobody wrote'

/** Why these aren't the bytes of a whole header of this version. */
function outerFault(bytes: Uint8Array, view: DataView): string | undefined {
  for (let index = 0; index < at.FRAME_MAGIC.length; index += 1) {
    if (bytes[index] !== at.FRAME_MAGIC[index]) return 'it is none of ours'
  }
  const version = bytes[at.VERSION_AT]
  if (version !== undefined && version > at.FRAME_VERSION) {
    return `it has format ${version}, and ${at.FRAME_VERSION} is the newest that is known here`
  }
  if (version !== at.FRAME_VERSION) return `it has format ${version ?? 'none'}, which never was`
  if (bytes.length < at.FIXED_BYTES + at.TAIL_BYTES) return 'it is cut short'
  const headerBytes = view.getUint16(at.HEADER_BYTES_AT, true)
  if (headerBytes < at.FIXED_BYTES + at.TAIL_BYTES) return 'it is damaged'
  return headerBytes > bytes.length ? 'it is cut short' : undefined
}

function innerFault(bytes: Uint8Array, view: DataView, name: string): string | undefined {
  const checkAt = view.getUint16(at.HEADER_BYTES_AT, true) - 4
  if (crc32c(bytes, 0, checkAt) !== view.getUint32(checkAt, true)) return 'it is damaged'
  if (view.getUint32(at.NAME_CHECK_AT, true) !== crc32cOfText(name)) {
    return 'it was written for another key'
  }
  const isKnown =
    view.getUint8(at.FLAGS_AT) <= at.KNOWN_FLAGS && view.getUint8(at.KINDS_AT) <= at.KNOWN_KINDS
  return isKnown ? undefined : STRANGE
}

function readFields(bytes: Uint8Array, view: DataView): FrameHeader | FrameFault {
  const headerBytes = view.getUint16(at.HEADER_BYTES_AT, true)
  const kinds = view.getUint8(at.KINDS_AT)
  const ttl = ttlOf(at.TTL_KINDS[kinds >> at.TTL_SHIFT], view.getFloat64(at.TTL_AT, true))
  if (ttl === undefined) return frameFault(STRANGE)
  const flags = view.getUint8(at.FLAGS_AT)
  const isSliding = (flags & at.SLIDING_FLAG) !== 0
  const wasAccessed = (flags & at.ACCESS_FLAG) !== 0
  const accessAt = at.FIXED_BYTES + (isSliding ? 8 : 0)
  const namesAtByte = accessAt + (wasAccessed ? 16 : 0)
  // A header that ends before what its flags announce has nothing there that could be read.
  if (namesAtByte + at.TAIL_BYTES > headerBytes) return frameFault(STRANGE)
  const createdAtMs = view.getFloat64(at.CREATED_AT, true)
  return {
    headerBytes,
    payloadBytes: view.getUint32(at.PAYLOAD_BYTES_AT, true),
    payloadCheck: view.getUint32(at.PAYLOAD_CHECK_AT, true),
    valueBytes: view.getUint32(at.VALUE_BYTES_AT, true),
    serializerId: bytes[at.SERIALIZER_AT] ?? 0,
    compressionId: bytes[at.COMPRESSION_AT] ?? 0,
    encryptionKeyId: view.getUint32(at.KEY_ID_AT, true),
    priority: at.PRIORITIES[kinds & at.PRIORITY_MASK] ?? 'medium',
    ttl,
    sizeBytes: view.getUint32(at.SIZE_AT, true) as SizeBytes, // areSound() looks at it.
    createdAtMs,
    expiresAtMs: view.getFloat64(at.EXPIRES_AT, true),
    staleUntilMs: view.getFloat64(at.STALE_UNTIL_AT, true),
    slidingTtlMs: isSliding ? (view.getFloat64(at.FIXED_BYTES, true) as DurationMs) : undefined, // As above.
    accessedAtMs: wasAccessed ? view.getFloat64(accessAt, true) : createdAtMs,
    accessCount: wasAccessed ? view.getFloat64(accessAt + 8, true) : 0,
    isSoftInvalidated: (flags & at.SOFT_FLAG) !== 0,
    birthSeq: view.getFloat64(headerBytes - at.TAIL_BYTES, true),
    tagCount: bytes[at.TAGS_AT] ?? 0,
    dependencyCount: bytes[at.DEPENDENCIES_AT] ?? 0,
    namesAtByte,
  }
}

function namesEnd(bytes: Uint8Array, header: FrameHeader): number {
  const limit = header.headerBytes - at.TAIL_BYTES
  let end = header.namesAtByte
  for (let left = 1 + header.tagCount + header.dependencyCount; left > 0; left -= 1) {
    if (end >= limit) return -1
    end += 1 + (bytes[end] ?? 0)
  }
  return end
}

/** What the rules for freshness and validity rely on. */
function areSound(header: FrameHeader): boolean {
  return (
    Number.isFinite(header.createdAtMs) &&
    Number.isFinite(header.accessedAtMs) &&
    header.expiresAtMs <= header.staleUntilMs &&
    isCount(header.birthSeq) &&
    isCount(header.accessCount) &&
    isCount(header.slidingTtlMs ?? 0) &&
    header.sizeBytes >= 1
  )
}

function isCount(value: number): boolean {
  return Number.isSafeInteger(value) && value >= 0
}

function ttlOf(kind: CacheTtl['kind'] | undefined, value: number): CacheTtl | undefined {
  switch (kind) {
    case 'span':
      return isCount(value) ? { kind, ms: value as DurationMs } : undefined
    case 'until':
      return Number.isFinite(value) ? { kind, atMs: value } : undefined
    case 'never':
    case 'instant':
      return { kind }
    case undefined:
      return undefined
  }
}
