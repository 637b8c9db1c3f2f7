import type { CacheSerializer } from '../../../core/protocols/cache-serializer.ts'

/** Why bytes are no entry, or an entry can't be bytes: the rest of a sentence that begins with "Cannot use the frame: ". */
export interface FrameFault {
  readonly fault: string
  /** What was thrown, if something was. */
  readonly cause: unknown
}

/** Makes payloads shorter. The id stands in the frame, and is never given to another format later. */
export interface PayloadCompression {
  /** 1 to 255. */
  readonly id: number
  /** `undefined` if it isn't worth it: the payload is then stored as it is. */
  compress(bytes: Uint8Array): Uint8Array | undefined
  /** Must not make more than `valueBytes` bytes, whatever the bytes say. Throws on what it can't read. */
  decompress(bytes: Uint8Array, valueBytes: number): Uint8Array
}

/** What a payload belongs to: a cipher binds it to this, so that it can't be put elsewhere. */
export interface PayloadPlace {
  /** The name of the Redis key. */
  readonly name: string
  readonly serializerId: number
  readonly compressionId: number
  /** How long the value is before compression. */
  readonly valueBytes: number
}

/** Makes payloads unreadable without a key. */
export interface PayloadCipher {
  /** 1 to 2^32 - 1. */
  readonly keyId: number
  encrypt(bytes: Uint8Array, place: PayloadPlace): Uint8Array
  /** Throws if the payload isn't what was encrypted for this place. */
  decrypt(bytes: Uint8Array, place: PayloadPlace): Uint8Array
}

/** What frames are written with. */
export interface FrameWriter {
  readonly serializer: CacheSerializer
  readonly compression: PayloadCompression | undefined
  readonly cipher: PayloadCipher | undefined
  /** Longest value, before compression. */
  readonly maxValueBytes: number
}

/** What frames are read with: who wrote one says by ids what it takes. */
export interface FrameReader {
  readonly serializers: ReadonlyMap<number, CacheSerializer>
  readonly compressions: ReadonlyMap<number, PayloadCompression>
  readonly ciphers: ReadonlyMap<number, PayloadCipher>
  /** Longest value, before compression: a frame that declares more is refused before anything is made of it. */
  readonly maxValueBytes: number
}

/** The fault as a value. */
export function frameFault(fault: string, cause?: unknown): FrameFault {
  return { fault, cause }
}

/** True if there was a fault. */
export function isFault(reading: object): reading is FrameFault {
  return 'fault' in reading
}
