/**
 * Turns values into bytes and back. The id stands in the frame of each stored entry, so that a
 * namespace can change its serializer at any time.
 */
export interface CacheSerializer {
  /** 1 to 255; unique among the serializers of a cache, and never given to another format later. */
  readonly id: number
  readonly name: string
  /** @throws CacheError CACHE_VALUE_INVALID for a value that it can't represent. */
  serialize(value: unknown): Uint8Array
  /** Must not execute anything the bytes say. Throws on bytes that it can't read: the cache then counts a miss. */
  deserialize(bytes: Uint8Array): unknown
}
