import type { RedisArgument } from '../../../core/protocols/redis-transport.ts'

/** Slots of a cluster. Source: Redis Cluster specification. */
export const SLOTS = 16_384

/** CRC16-CCITT (XMODEM): polynomial 0x1021, begins with 0. Source: Redis Cluster specification, appendix A. */
const TABLE: Uint16Array = Uint16Array.from({ length: 256 }, (_, byte) => {
  let crc = byte << 8
  for (let bit = 0; bit < 8; bit += 1) crc = crc & 0x8000 ? (crc << 1) ^ 0x1021 : crc << 1
  return crc & 0xffff
})

const OPEN = 0x7b
const CLOSE = 0x7d
const encoder = new TextEncoder()

/**
 * The slot of a key: by what stands between the first `{` and the next `}`, if that isn't empty, else by
 * the whole key.
 */
export function keySlot(key: RedisArgument): number {
  const bytes = typeof key === 'string' ? encoder.encode(key) : key
  const open = bytes.indexOf(OPEN)
  const close = open < 0 ? -1 : bytes.indexOf(CLOSE, open + 1)
  return close > open + 1 ? crcOf(bytes, open + 1, close) : crcOf(bytes, 0, bytes.length)
}

function crcOf(bytes: Uint8Array, start: number, end: number): number {
  let crc = 0
  for (let at = start; at < end; at += 1)
    crc = ((crc << 8) & 0xffff) ^ (TABLE[((crc >> 8) ^ (bytes[at] ?? 0)) & 0xff] ?? 0)
  return crc % SLOTS
}
