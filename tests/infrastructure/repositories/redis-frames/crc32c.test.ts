import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import {
  crc32c,
  crc32cOfText,
} from '../../../../src/infrastructure/repositories/redis-frames/crc32c.ts'

const whole = (bytes: Uint8Array): number => crc32c(bytes, 0, bytes.length)

describe('crc32c()', () => {
  // RFC 3720, appendix B.4, and the check value of the catalogue of CRC algorithms.
  it.each<[string, Buffer, number]>([
    ['nothing', Buffer.alloc(0), 0],
    ['the digits', Buffer.from('123456789'), 0xe3069283],
    ['32 zeros', Buffer.alloc(32), 0x8a9136aa],
    ['32 ones', Buffer.alloc(32, 0xff), 0x62a8ab43],
    ['32 counting up', Buffer.from(Array.from({ length: 32 }, (_, n) => n)), 0x46dd794e],
  ])('of %s is what the standard says', (_, bytes, crc) => {
    expect(whole(bytes)).toBe(crc)
  })

  it('goes on from a part', () => {
    const bytes = Buffer.from('123456789')
    expect(crc32c(bytes, 4, 9, crc32c(bytes, 0, 4))).toBe(0xe3069283)
  })
})

describe('crc32cOfText()', () => {
  it('is that of its bytes in UTF-8', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme' }), (text) => {
        expect(crc32cOfText(text)).toBe(whole(Buffer.from(text)))
      }),
    )
  })
})
