/** The polynomial of Castagnoli, bits reversed. Source: RFC 3720, appendix B.4. */
const POLYNOMIAL = 0x82f63b78

const TABLE: Uint32Array = Uint32Array.from({ length: 256 }, (_, byte) => shifted(byte, 8))

/** The same for half bytes, 16 numbers: for those who carry their table along. */
export const CRC32C_NIBBLES: readonly number[] = Array.from({ length: 16 }, (_, nibble) => {
  return shifted(nibble, 4)
})

/**
 * CRC-32C of the bytes from `from` up to `to`, 0 to 2^32 - 1; `before` is that of the bytes before them,
 * if they are only a part.
 *
 * Byte by byte: what is checked with it are headers of a hundred bytes, for which a call into native code
 * costs as much.
 */
export function crc32c(bytes: Uint8Array, from: number, to: number, before = 0): number {
  let crc = ~before
  for (let at = from; at < to; at += 1) crc = step(crc, bytes[at] ?? 0)
  return ~crc >>> 0
}

/** CRC-32C of the text in UTF-8. */
export function crc32cOfText(text: string): number {
  let crc = -1
  for (let at = 0; at < text.length; at += 1) {
    const code = text.charCodeAt(at)
    if (code > 0x7f) {
      const bytes = Buffer.from(text, 'utf8')
      return crc32c(bytes, 0, bytes.length)
    }
    crc = step(crc, code)
  }
  return ~crc >>> 0
}

function step(crc: number, byte: number): number {
  return (crc >>> 8) ^ (TABLE[(crc ^ byte) & 0xff] ?? 0)
}

function shifted(start: number, bits: number): number {
  let crc = start
  for (let bit = 0; bit < bits; bit += 1) {
    crc = (crc & 1) === 1 ? (crc >>> 1) ^ POLYNOMIAL : crc >>> 1
  }
  return crc >>> 0
}
