/** The polynomial of Castagnoli, bits reversed. Source: RFC 3720, appendix B.4. */
const POLYNOMIAL = 0x82f63b78

/** By place in a word of four bytes, the last one first: what a byte does to the check, as 32-bit integers with a sign. */
const TABLE: Int32Array = tables()

/** The same for half bytes, 16 numbers: for those who carry their table along. */
export const CRC32C_NIBBLES: readonly number[] = Array.from({ length: 16 }, (_, nibble) => {
  return shifted(nibble, 4)
})

/**
 * CRC-32C of the bytes from `from` up to `to`, 0 to 2^32 - 1; `before` is that of the bytes before them,
 * if they are only a part.
 *
 * In words of four bytes: what is checked with it are headers of a hundred bytes, for which a call into
 * native code costs as much.
 */
export function crc32c(bytes: Uint8Array, from: number, to: number, before = 0): number {
  let crc = ~before
  let at = from
  for (const end = to - 3; at < end; at += 4) {
    const low = (bytes[at] ?? 0) | ((bytes[at + 1] ?? 0) << 8)
    crc = fourSteps(crc ^ low ^ ((bytes[at + 2] ?? 0) << 16) ^ ((bytes[at + 3] ?? 0) << 24))
  }
  for (; at < to; at += 1) crc = step(crc, bytes[at] ?? 0)
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

/** As four times `step`, but its look-ups don't wait for each other. */
function fourSteps(mixed: number): number {
  return (
    (TABLE[0x300 | (mixed & 0xff)] ?? 0) ^
    (TABLE[0x200 | ((mixed >>> 8) & 0xff)] ?? 0) ^
    (TABLE[0x100 | ((mixed >>> 16) & 0xff)] ?? 0) ^
    (TABLE[mixed >>> 24] ?? 0)
  )
}

function tables(): Int32Array {
  const all = new Int32Array(4 * 256)
  for (let byte = 0; byte < 256; byte += 1) {
    let crc = shifted(byte, 8)
    for (let place = 0; place < 4; place += 1) {
      all[place * 256 + byte] = crc
      crc = shifted(crc, 8)
    }
  }
  return all
}

function shifted(start: number, bits: number): number {
  let crc = start
  for (let bit = 0; bit < bits; bit += 1) {
    crc = (crc & 1) === 1 ? (crc >>> 1) ^ POLYNOMIAL : crc >>> 1
  }
  return crc >>> 0
}
