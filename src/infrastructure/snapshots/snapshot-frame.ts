/**
 * The frames that a snapshot file consists of, after eight bytes of magic and four of the version:
 *
 *     CRC-32 (4) | length of the payload (4) | kind (1) | payload
 *
 * All numbers are little-endian. The CRC covers all that follows it. A reader never believes a length
 * beyond what the file has.
 */
import { crc32 } from 'node:zlib'

/** The first one isn't ASCII and the last one is a line feed, so that whoever treats the file as text breaks it at its beginning. */
export const MAGIC: Buffer = Buffer.from('\u0089PCSNAP\n', 'latin1')
export const FORMAT_VERSION = 1
export const PREAMBLE_BYTES: number = MAGIC.length + 4
export const FRAME_HEAD_BYTES = 9
/** Longest payload: half a gigabyte, well below what a buffer can be. */
export const MAX_PAYLOAD_BYTES: number = 512 * 1024 ** 2

/** What a payload is. Never given to something else later. */
export const SNAPSHOT_FRAME = {
  header: 1,
  namespace: 2,
  entry: 3,
  mark: 4,
  dependency: 5,
  position: 6,
  end: 7,
} as const

export type SnapshotFrameKind = (typeof SNAPSHOT_FRAME)[keyof typeof SNAPSHOT_FRAME]

const INITIAL_BYTES = 64 * 1024
const LENGTH_AT = 4
const KIND_AT = 8

/** The magic and the version. */
export function preamble(): Buffer {
  const version = Buffer.alloc(4)
  version.writeUInt32LE(FORMAT_VERSION)
  return Buffer.concat([MAGIC, version])
}

/** Frames one behind the other, in a buffer that grows with what it holds at once. */
export class FrameBuffer {
  #bytes = Buffer.allocUnsafe(INITIAL_BYTES)
  #end = 0
  #frameAt = 0

  get length(): number {
    return this.#end
  }

  /** Begins a frame; what is put from here on is its payload. */
  begin(kind: SnapshotFrameKind): void {
    this.#frameAt = this.#end
    this.#grow(FRAME_HEAD_BYTES)
    this.#bytes[this.#end + KIND_AT] = kind
    this.#end += FRAME_HEAD_BYTES
  }

  /** Ends it: only now length and CRC are known. */
  end(): void {
    const payloadBytes = this.#end - this.#frameAt - FRAME_HEAD_BYTES
    this.#bytes.writeUInt32LE(payloadBytes, this.#frameAt + LENGTH_AT)
    const checked = this.#bytes.subarray(this.#frameAt + LENGTH_AT, this.#end)
    this.#bytes.writeUInt32LE(crc32(checked), this.#frameAt)
  }

  /** Takes back the frame that was begun. */
  cancel(): void {
    this.#end = this.#frameAt
  }

  /** A frame whose payload is JSON. */
  putJson(kind: SnapshotFrameKind, content: unknown): void {
    this.begin(kind)
    this.putBytes(Buffer.from(JSON.stringify(content)))
    this.end()
  }

  putByte(value: number): void {
    this.#grow(1)
    this.#end = this.#bytes.writeUInt8(value, this.#end)
  }

  putUint32(value: number): void {
    this.#grow(4)
    this.#end = this.#bytes.writeUInt32LE(value, this.#end)
  }

  putDouble(value: number): void {
    this.#grow(8)
    this.#end = this.#bytes.writeDoubleLE(value, this.#end)
  }

  /** Text of at most 65 535 bytes, with its length. */
  putText(text: string): void {
    const textBytes = Buffer.byteLength(text)
    this.#grow(2 + textBytes)
    this.#end = this.#bytes.writeUInt16LE(textBytes, this.#end)
    this.#end += this.#bytes.write(text, this.#end)
  }

  putBytes(bytes: Uint8Array): void {
    this.#grow(bytes.length)
    this.#bytes.set(bytes, this.#end)
    this.#end += bytes.length
  }

  /** What was put so far; good until the next `begin`, which begins anew. */
  take(): Buffer {
    const taken = this.#bytes.subarray(0, this.#end)
    this.#end = 0
    // One large value shouldn't cost its memory until the end.
    if (this.#bytes.length > 16 * INITIAL_BYTES) this.#bytes = Buffer.allocUnsafe(INITIAL_BYTES)
    return taken
  }

  #grow(neededBytes: number): void {
    const needed = this.#end + neededBytes
    if (needed <= this.#bytes.length) return
    const larger = Buffer.allocUnsafe(Math.max(needed, this.#bytes.length * 2))
    this.#bytes.copy(larger, 0, 0, this.#end)
    this.#bytes = larger
  }
}

/** A frame that was read. */
export interface SnapshotFrame {
  readonly kind: number
  readonly payload: Buffer
  /** Where the frame begins in the file. */
  readonly offset: number
}

/** How many bytes a frame says it has in all, given its head. */
export function frameBytesOf(head: Buffer): number {
  return FRAME_HEAD_BYTES + head.readUInt32LE(LENGTH_AT)
}

/**
 * The frame in these bytes, which are as many as it says.
 *
 * @throws Error if its CRC isn't right
 */
export function readFrame(bytes: Buffer, offset: number): SnapshotFrame {
  if (crc32(bytes.subarray(LENGTH_AT)) !== bytes.readUInt32LE(0)) {
    throw new Error(`it is corrupted at byte ${offset}`)
  }
  return { kind: bytes[KIND_AT] ?? 0, payload: bytes.subarray(FRAME_HEAD_BYTES), offset }
}

/** The JSON in a payload; `undefined` if there is none. */
export function jsonOf(payload: Buffer): unknown {
  try {
    return JSON.parse(payload.toString('utf8'))
  } catch {
    return undefined // A CRC that is right by chance, or somebody else's file: the caller refuses it.
  }
}
