/**
 * How a frame of version 1 lies in bytes, all numbers little-endian:
 *
 *     0  magic, 3 bytes            8  serializer id, u8         20  length of the payload, u32
 *     3  version, u8               9  compression id, u8        24  length of the value, u32
 *     4  length of the header,    10  number of tags, u8        28  CRC-32 of the payload, u32
 *        u16                      11  of dependencies, u8       32  size of the entry, u32
 *     6  flags, u8                12  encryption key id, u32    36  created, expires, stale until and
 *     7  kinds, u8                16  CRC-32C of the name, u32      TTL, f64 each
 *
 *     68 if flagged: sliding TTL, f64; accessed at and access count, f64 each
 *        generation, tags and dependencies, each with its length before it, u8
 *        birth, f64
 *        CRC-32C of the header up to here, u32
 *        payload
 *
 * Instants are f64 milliseconds, so that `'never'` is Infinity. The name is that of the Redis key: a frame
 * that lies under another one is no entry. The birth stands at the end of the header, so that a script can
 * put it in, and go on with the CRC, when it is known only in Redis. The payload has a check of its own,
 * so that a header can be read without it; of CRC-32, since Node has that in native code.
 */

/** Its first byte isn't ASCII, so no text is taken for a frame. */
export const FRAME_MAGIC: readonly number[] = [0x89, 0x50, 0x43]
export const FRAME_VERSION = 1

export const VERSION_AT = 3
export const HEADER_BYTES_AT = 4
export const FLAGS_AT = 6
export const KINDS_AT = 7
export const SERIALIZER_AT = 8
export const COMPRESSION_AT = 9
export const TAGS_AT = 10
export const DEPENDENCIES_AT = 11
export const KEY_ID_AT = 12
export const NAME_CHECK_AT = 16
export const PAYLOAD_BYTES_AT = 20
export const VALUE_BYTES_AT = 24
export const PAYLOAD_CHECK_AT = 28
export const SIZE_AT = 32
export const CREATED_AT = 36
export const EXPIRES_AT = 44
export const STALE_UNTIL_AT = 52
export const TTL_AT = 60
export const FIXED_BYTES = 68
/** Birth and CRC. */
export const TAIL_BYTES = 12

export const SOFT_FLAG = 1
export const SLIDING_FLAG = 2
/** There are only accesses to note if the entry was read before it was stored. */
export const ACCESS_FLAG = 4
export const KNOWN_FLAGS: number = SOFT_FLAG | SLIDING_FLAG | ACCESS_FLAG

/** The kinds byte: two bits of priority, two bits of TTL kind, no more. */
export const PRIORITY_MASK = 3
export const TTL_SHIFT = 2
export const KNOWN_KINDS = 15

/** Never sorted anew: frames say the places in this list. */
export const TTL_KINDS = ['never', 'instant', 'span', 'until'] as const
export const PRIORITIES = ['low', 'medium', 'high', 'critical'] as const

/** Lengths of names and counts of them are bytes, and so are the ids of formats. */
export const MAX_BYTE = 0xff
export const MAX_UINT32 = 0xffffffff
export const MAX_HEADER_BYTES = 0xffff
