import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import {
  keyHash,
  latin1Hash,
  utf16Hash,
} from '../../../../src/infrastructure/repositories/memory/key-hash.ts'

const SEEDS: readonly number[] = [0, 1, -1, 0x1234_5678, -0x7fff_ffff]

/** Families of keys as applications make them. */
const FAMILIES: Readonly<Record<string, (i: number) => string>> = {
  'numbers alone': (i) => String(i),
  'numbers at the end': (i) => `user:${i}`,
  'numbers in the middle': (i) => `user:${i}:profile`,
  'padded numbers': (i) => `order-${String(i).padStart(12, '0')}`,
  'base 36': (i) => i.toString(36),
  'bits at the top of two units': (i) => String.fromCharCode((i & 0xff) << 8, (i >>> 8) << 8),
  'bits at the bottom of two units': (i) => String.fromCharCode(i & 0xff, i >>> 8),
  'zeros of many lengths': (i) => '\0'.repeat(i & 0x1ff) + (i >>> 9),
}

/** Pearson's statistic of how evenly the hashes fall into buckets. */
function chiSquare(
  hashes: Int32Array,
  buckets: number,
  bucketOf: (hash: number) => number,
): number {
  const counts = new Int32Array(buckets)
  for (const hash of hashes) counts[bucketOf(hash)] = (counts[bucketOf(hash)] ?? 0) + 1
  const expected = hashes.length / buckets
  let sum = 0
  for (const count of counts) sum += (count - expected) ** 2 / expected
  return sum
}

function hashesOf(keyOf: (i: number) => string, count: number, seed: number): Int32Array {
  return Int32Array.from({ length: count }, (_, i) => keyHash(keyOf(i), seed))
}

/** Pairs of keys with equal hashes, counted over neighbours in order. */
function collisions(hashes: Int32Array): number {
  const sorted = hashes.slice().sort()
  let found = 0
  for (let i = 1; i < sorted.length; i += 1) if (sorted[i] === sorted[i - 1]) found += 1
  return found
}

function latin1(text: string): Uint8Array {
  return Uint8Array.from({ length: text.length }, (_, i) => text.charCodeAt(i))
}

function utf16(text: string): Uint8Array {
  return Uint8Array.from({ length: text.length * 2 }, (_, i) => {
    return (text.charCodeAt(i >>> 1) >>> ((i & 1) * 8)) & 0xff
  })
}

const SAMPLES = 2000

/** How often each bit of the hash changed when that bit of that unit did. */
function flipsBy(length: number, unit: number, bit: number): Int32Array {
  const flips = new Int32Array(32)
  for (let i = 0; i < SAMPLES; i += 1) {
    const units = Array.from({ length }, (_, at) => (i * 40503 + at * 9973) & 0xffff)
    const before = keyHash(String.fromCharCode(...units), 99)
    units[unit] = (units[unit] ?? 0) ^ (1 << bit)
    const changed = before ^ keyHash(String.fromCharCode(...units), 99)
    for (let at = 0; at < 32; at += 1) flips[at] = (flips[at] ?? 0) + ((changed >>> at) & 1)
  }
  return flips
}

/** Changes of a word that a step with a constant factor lets pass with certainty, and their cousins. */
const CHANGES: readonly number[] = [
  ...[0, 1, 7, 14, 15, 16, 17, 23, 30, 31].map((bit) => 1 << bit),
  0x8001_0000 | 0,
  0x8000_8000 | 0,
  0x0001_8000,
]

/** Of 24 seeds, those under which a key of four words keeps its hash when this is changed in it. */
function seedsThatMissIt([first, second, third]: readonly [number, number, number]): number {
  const words = [0x0061_0062, 0x0063_0064, 0x4e00_9fff, 0x0030_0031] as const
  const changed = [words[0], words[1] ^ first, words[2] ^ second, words[3] ^ third]
  const [before, after] = [spelled(words), spelled(changed)]
  const seeds = Array.from({ length: 24 }, (_, i) => Math.imul(i + 1, 0x9e37_79b1))
  return seeds.filter((seed) => keyHash(before, seed) === keyHash(after, seed)).length
}

/** The string whose units are these words, the lower half first. */
function spelled(words: readonly number[]): string {
  return String.fromCharCode(...words.flatMap((word) => [word & 0xffff, word >>> 16]))
}

describe('keyHash()', () => {
  it('is a signed integer of 32 bits, equal for equal strings however they came about', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), fc.integer(), fc.nat(40), (key, seed, cut) => {
        const hash = keyHash(key, seed)
        expect(hash).toBe(hash | 0)
        expect(keyHash(key.slice(0, cut) + key.slice(cut), seed)).toBe(hash)
      }),
    )
  })

  it('is what it was, for a few keys', () => {
    const hashes = ['', 'a', 'user:1', 'user:12', 'größe', '鍵'].map((key) => keyHash(key, 42))
    expect(hashes).toMatchInlineSnapshot(`
      [
        -1432479128,
        -1337299115,
        1249556614,
        2014685055,
        961620607,
        633199751,
      ]
    `)
  })

  it.each(Object.entries(FAMILIES))(
    'spreads %s evenly over low, middle and high bits',
    (_, keyOf) => {
      for (const seed of SEEDS) {
        const hashes = hashesOf(keyOf, 1 << 16, seed)
        // 1023 degrees of freedom: mean 1023, standard deviation 45; six of them is chance no more.
        for (const shift of [0, 6, 11, 22]) {
          const statistic = chiSquare(hashes, 1024, (hash) => (hash >>> shift) & 1023)
          expect(statistic, `seed ${seed}, shift ${shift}`).toBeLessThan(1295)
        }
        // 2^16 keys give half a pair by chance.
        expect(collisions(hashes), `seed ${seed}`).toBeLessThan(7)
      }
    },
  )

  it.each([1, 2, 3, 8, 17])(
    'changes each bit of the hash half of the time when any one bit of %i units changes',
    (length) => {
      const places = [0, 7, 15].flatMap((bit) =>
        [0, length >> 1, length - 1].map((at) => [at, bit]),
      )
      for (const [at = 0, bit = 0] of places) {
        const flips = flipsBy(length, at, bit)
        // Standard deviation 22.
        const worst = Math.max(...flips.map((count) => Math.abs(count - SAMPLES / 2)))
        expect(worst, `unit ${at}, bit ${bit}`).toBeLessThan(140)
      }
    },
  )

  it('changes each bit of the hash half of the time when any one bit of the seed changes', () => {
    for (let bit = 0; bit < 32; bit += 1) {
      let flips = 0
      for (let i = 0; i < 500; i += 1) {
        let changed = keyHash(`key-${i}`, i * 77) ^ keyHash(`key-${i}`, (i * 77) ^ (1 << bit))
        for (; changed !== 0; changed &= changed - 1) flips += 1
      }
      expect(Math.abs(flips / 500 - 16), `bit ${bit}`).toBeLessThan(1.2)
    }
  })

  it('gives a key that is a prefix of another, or the other with zeros, a hash of its own', () => {
    const keys = Array.from({ length: 512 }, (_, length) => '\0'.repeat(length))
    expect(new Set(keys.map((key) => keyHash(key, 0))).size).toBe(512)
    expect(new Set(keys.map((key) => keyHash(`${key}x`, 0))).size).toBe(512)
  })

  it('counts every unit of a long key', () => {
    const long = 'k'.repeat(512)
    const hashes = Array.from({ length: 512 }, (_, at) =>
      keyHash(`${long.slice(0, at)}l${long.slice(at + 1)}`, 5),
    )
    expect(new Set([...hashes, keyHash(long, 5)]).size).toBe(513)
  })
})

describe('keyHash() under attack', () => {
  it('tells Thue-Morse strings apart, which collide under every polynomial modulo a power of two', () => {
    let [one, other] = ['a', 'b']
    for (let order = 0; order < 11; order += 1) {
      for (const seed of SEEDS) expect(keyHash(one, seed)).not.toBe(keyHash(other, seed))
      ;[one, other] = [one + other, other + one]
    }
  })

  it.each([
    ['"Aa" and "BB", equal under a factor of 31', 'Aa', 'BB'],
    ['"Ez" and "FY", equal under a factor of 33', 'Ez', 'FY'],
    ['units swapped', 'ab', 'ba'],
    ['words swapped', 'abcd', 'cdab'],
  ])('does not let blocks be exchanged: %s', (_, one, other) => {
    for (const seed of SEEDS) {
      const keys = Array.from({ length: 1 << 12 }, (_each, i) =>
        Array.from({ length: 12 }, (_bit, bit) => ((i >>> bit) & 1 ? one : other)).join(''),
      )
      expect(new Set(keys.map((key) => keyHash(key, seed))).size).toBeGreaterThan((1 << 12) - 2)
    }
  })

  it('has no change of two or three words that passes under many seeds', () => {
    const changes = CHANGES.flatMap((first) =>
      CHANGES.flatMap((second) => [0, ...CHANGES].map((third) => [first, second, third] as const)),
    )
    const most = Math.max(...changes.map((change) => seedsThatMissIt(change)))
    expect(changes).toHaveLength(13 * 13 * 14)
    expect(most).toBeLessThan(2)
  })

  it('keeps keys apart under one seed that met under another', () => {
    const keys = Array.from({ length: 1 << 18 }, (_, i) => `key:${i}`)
    const byHash = new Map<number, string>()
    const pairs: [string, string][] = []
    for (const key of keys) {
      const met = byHash.get(keyHash(key, 7))
      if (met !== undefined) pairs.push([met, key])
      byHash.set(keyHash(key, 7), key)
    }
    expect(pairs).not.toEqual([])
    expect(pairs.filter(([one, other]) => keyHash(one, 8) === keyHash(other, 8))).toEqual([])
  })
})

describe('latin1Hash()', () => {
  it('is keyHash() of the string that the bytes spell, wherever they lie', () => {
    const byte = fc.integer({ min: 0, max: 255 })
    fc.assert(
      fc.property(
        fc.array(byte, { maxLength: 70 }),
        fc.integer(),
        fc.nat(5),
        (units, seed, from) => {
          const bytes = new Uint8Array(from + units.length + 3).fill(0xa5)
          bytes.set(units, from)
          const key = String.fromCharCode(...units)
          expect(latin1Hash(bytes, from, units.length, seed)).toBe(keyHash(key, seed))
        },
      ),
    )
  })

  it('is keyHash() of nothing for no bytes', () => {
    expect(latin1Hash(latin1('abc'), 1, 0, 3)).toBe(keyHash('', 3))
  })
})

describe('utf16Hash()', () => {
  it('is keyHash() of the string that the bytes spell, wherever they lie', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), fc.integer(), fc.nat(5), (key, seed, from) => {
        const bytes = new Uint8Array(from + key.length * 2 + 3).fill(0xa5)
        bytes.set(utf16(key), from)
        expect(utf16Hash(bytes, from, key.length, seed)).toBe(keyHash(key, seed))
      }),
    )
  })

  it('is latin1Hash() of the same text', () => {
    const text = 'größe:17'
    expect(utf16Hash(utf16(text), 0, text.length, 9)).toBe(
      latin1Hash(latin1(text), 0, text.length, 9),
    )
  })

  it('is keyHash() of nothing for no bytes', () => {
    expect(utf16Hash(utf16('abc'), 2, 0, 3)).toBe(keyHash('', 3))
  })
})
