import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { CacheError } from '../../../src/core/exceptions/cache-error.ts'
import {
  type CacheSize,
  estimateSize,
  parseSize,
  stringSizeBytes,
} from '../../../src/core/value-objects/cache-size.ts'

const UNITS_BYTES = { b: 1, kb: 2 ** 10, mb: 2 ** 20, gb: 2 ** 30 } as const

function refusal(value: unknown): CacheError {
  try {
    parseSize(value, 'maxBytes')
  } catch (error) {
    if (error instanceof CacheError) return error
  }
  throw new Error('it was accepted')
}

describe('parseSize()', () => {
  it.each<[CacheSize, number]>([
    [1, 1],
    [Number.MAX_SAFE_INTEGER, Number.MAX_SAFE_INTEGER],
    ['1b', 1],
    ['512kb', 524_288],
    ['512kib', 524_288],
    ['256mb', 268_435_456],
    ['256MB', 268_435_456],
    ['1gb', 1_073_741_824],
    ['1GiB', 1_073_741_824],
    ['1.5kb', 1536],
    ['0.5mb', 524_288],
    ['4294967296b', 4_294_967_296],
    ['007b', 7],
  ])('reads %j as %d bytes', (value, bytes) => {
    expect(parseSize(value, 'maxBytes')).toBe(bytes)
  })

  it.each([
    0,
    -1,
    0.5,
    1.5,
    Number.NaN,
    Number.POSITIVE_INFINITY,
    Number.MAX_SAFE_INTEGER + 1,
    '',
    '256',
    'mb',
    '0mb',
    '0b',
    '-1mb',
    '256 mb',
    ' 256mb',
    '256mb ',
    '256m',
    '256ib',
    '256tb',
    '256mbit',
    '1.5b',
    '0.1kb',
    '.5kb',
    '1.kb',
    '1e3kb',
    '0x1kb',
    '9007199254740992b',
    '8388608gb',
    '9'.repeat(400),
    `${'9'.repeat(400)}gb`,
    undefined,
    null,
    true,
    5n,
    ['1mb'],
    {},
  ])('refuses %o, naming the option and the units', (value) => {
    const error = refusal(value)
    expect(error.code).toBe('CACHE_SIZE_INVALID')
    expect(error.message).toMatch(
      /^Cannot use maxBytes: expected whole bytes from 1, .* units b, kb, mb, gb .*, got /,
    )
  })

  it('reads every whole number of every unit, also in capitals and with an i', () => {
    const unit = fc.constantFrom(...(['b', 'kb', 'mb', 'gb'] as const))
    fc.assert(
      fc.property(unit, fc.integer({ min: 1, max: 8_388_607 }), (name, count) => {
        const bytes = count * UNITS_BYTES[name]
        expect(parseSize(`${count}${name}`, 'maxBytes')).toBe(bytes)
        expect(parseSize(`${count}${name.toUpperCase()}`, 'maxBytes')).toBe(bytes)
        if (name !== 'b') expect(parseSize(`${count}${name[0]}ib`, 'maxBytes')).toBe(bytes)
      }),
    )
  })

  it('accepts numbers exactly when they are positive safe integers', () => {
    const number = fc.oneof(fc.double(), fc.integer(), fc.maxSafeInteger())
    fc.assert(
      fc.property(number, (value) => {
        if (Number.isSafeInteger(value) && value > 0) expect(parseSize(value, 'x')).toBe(value)
        else expect(refusal(value).code).toBe('CACHE_SIZE_INVALID')
      }),
    )
  })
})

describe('stringSizeBytes()', () => {
  it.each([
    ['', 16],
    ['a', 24],
    ['12345678', 24],
    ['123456789', 32],
    ['éÿ', 24],
    ['Āaaa', 24],
    ['Āaaaa', 32],
    ['x'.repeat(1000), 1016],
    ['ж'.repeat(1000), 2016],
  ])('takes %j for %d bytes', (text, bytes) => {
    expect(stringSizeBytes(text)).toBe(bytes)
  })

  it('sees a single wide character wherever it stands', () => {
    fc.assert(
      fc.property(fc.nat(3000), fc.nat(3000), (before, after) => {
        const text = `${'a'.repeat(before)}ж${'a'.repeat(after)}`
        expect(stringSizeBytes(text)).toBe(16 + Math.ceil(text.length / 4) * 8)
      }),
    )
  })

  it('looks at the first 65 536 characters of a longer string', () => {
    const seen = `${'a'.repeat(65_535)}ж${'a'.repeat(100)}`
    const unseen = `${'a'.repeat(65_536)}ж${'a'.repeat(99)}`
    expect(stringSizeBytes(seen)).toBe(16 + 131_272)
    expect(stringSizeBytes(unseen)).toBe(16 + 65_640)
  })
})

/** An object that counts how often its field is read. */
function counting(): { readonly reads: () => number; readonly make: () => object } {
  let reads = 0
  const make = () =>
    Object.defineProperty({}, 'field', {
      enumerable: true,
      get: () => {
        reads += 1
        return 1
      },
    })
  return { reads: () => reads, make }
}

/** A chain of objects, each the only field of the one before. */
function chain(length: number): object {
  let head: object = {}
  for (let at = 1; at < length; at += 1) head = { next: head }
  return head
}

const tree = fc.jsonValue({ maxDepth: 3 })

describe('estimateSize()', () => {
  it.each([
    ['undefined', undefined, 8],
    ['null', null, 8],
    ['true', true, 8],
    ['a small integer', 5, 8],
    ['a negative integer', -5, 8],
    ['a fraction', 0.5, 24],
    ['an integer over 31 bits', 2 ** 40, 24],
    ['NaN', Number.NaN, 24],
    ['an empty string', '', 24],
    ['a string', 'x'.repeat(1000), 8 + 1016],
    ['a small bigint', 5n, 8 + 16 + 8],
    ['a bigint of 65 bits', 2n ** 64n, 8 + 16 + 16],
    ['a symbol', Symbol('s'), 8],
    ['a function', () => 1, 8 + 96],
    ['an empty object', {}, 8 + 56],
    ['an empty array', [], 8 + 48],
    ['an empty map', new Map(), 8 + 184],
    ['an empty set', new Set(), 8 + 152],
    ['a date', new Date(0), 8 + 56],
    ['an object of eight fields', { a: 1, b: 2, c: 3, d: 4, e: 5, f: 6, g: 7, h: 8 }, 8 + 24 + 64],
    ['an object with a string', { a: '12345678' }, 8 + 56],
    ['an object with a long string', { a: 'x'.repeat(80) }, 8 + 24 + 8 + 96],
    ['an array of fractions, which lie in its slots', [0.5, 1.5], 8 + 48 + 16],
    ['an array of strings', ['12345678', '12345678'], 8 + 48 + 2 * (8 + 24)],
    ['a map', new Map([['12345678', 0.5]]), 8 + 184 + 32 + 24 + 16],
    ['a set', new Set(['12345678']), 8 + 152 + 24 + 24],
    ['a buffer', Buffer.alloc(1000), 8 + 184 + 1000],
    ['a typed array', new Float64Array(10), 8 + 184 + 80],
    ['a view of a part', new DataView(new ArrayBuffer(100), 0, 10), 8 + 184 + 10],
    ['an array buffer', new ArrayBuffer(1000), 8 + 88 + 1000],
    ['a shared array buffer', new SharedArrayBuffer(1000), 8 + 88 + 1000],
    ['an object without a prototype', Object.assign(Object.create(null), { a: 1 }), 8 + 56],
  ])('takes %s for its own size', (_, value, bytes) => {
    expect(estimateSize(value)).toBe(bytes)
  })

  it('is a whole number of at least 8 bytes for any value', () => {
    fc.assert(
      fc.property(fc.anything({ withBigInt: true, withMap: true, withSet: true }), (value) => {
        const bytes = estimateSize(value)
        expect(Number.isSafeInteger(bytes) && bytes >= 8).toBe(true)
      }),
    )
  })

  it('adds up: an array takes the sum of what its elements take alone', () => {
    fc.assert(
      fc.property(fc.array(tree, { maxLength: 8 }), (elements) => {
        const parts = elements.map((element) => {
          return typeof element === 'number' ? 8 : estimateSize(element)
        })
        const sum = parts.reduce<number>((total, bytes) => total + bytes, 8 + 48)
        expect(estimateSize(elements)).toBe(sum)
      }),
    )
  })

  it('never takes a value with one more field for smaller', () => {
    fc.assert(
      fc.property(fc.dictionary(fc.string(), tree, { maxKeys: 8 }), tree, (record, extra) => {
        const larger = estimateSize({ ...record, 'one more': extra })
        expect(larger).toBeGreaterThanOrEqual(estimateSize(record))
      }),
    )
  })

  it('counts an object once, however often it is referred to', () => {
    const shared = { text: 'x'.repeat(1000) }
    const once = estimateSize([shared])
    expect(estimateSize([shared, shared, shared])).toBe(once + 16)
    expect(estimateSize([shared, { ...shared }])).toBeGreaterThan(once + 32)
  })

  it('ends on cycles, of one object and of several', () => {
    const self: { me?: unknown } = {}
    self.me = self
    expect(estimateSize(self)).toBe(8 + 56)
    const [a, b]: { other?: unknown }[] = [{}, {}]
    Object.assign(a ?? {}, { other: b })
    Object.assign(b ?? {}, { other: a })
    expect(estimateSize(a)).toBe(8 + 56 + 56 - 24)
    const list: unknown[] = []
    list.push(list, new Map([[list, list]]), new Set([list]))
    expect(estimateSize(list)).toBe(8 + 48 + 24 + 184 + 32 + 152 + 24)
  })

  it('takes a long array for its length times the average of its elements', () => {
    const records = Array.from({ length: 100_000 }, () => ({ id: '12345678' }))
    expect(estimateSize(records)).toBe(8 + 48 + 100_000 * (8 + 56))
    const halves = Array.from({ length: 100_000 }, (_, at) => {
      return at < 50_000 ? 'x'.repeat(16) : 'x'.repeat(96)
    })
    expect(estimateSize(halves)).toBe(8 + 48 + 100_000 * (8 + (32 + 112) / 2))
  })

  it('takes long maps and sets for their size times the average of their first entries', () => {
    const numbers = Array.from({ length: 10_000 }, (_, at) => at)
    const map = new Map(numbers.map((at) => [at, 'x'.repeat(8)]))
    expect(estimateSize(map)).toBe(8 + 184 + 10_000 * (32 + 24))
    expect(estimateSize(new Set(numbers))).toBe(8 + 152 + 10_000 * 24)
  })

  it('counts the names of fields only where there are too many for a hidden class', () => {
    const record = (count: number) =>
      Object.fromEntries(Array.from({ length: count }, (_, at) => [`field${100 + at}`, at]))
    expect(estimateSize(record(128))).toBe(8 + 24 + 128 * 8)
    expect(estimateSize(record(129))).toBe(8 + 24 + 129 * (8 + 56 + 24))
  })

  it('looks at no more than a thousand values, however many there are', () => {
    const { reads, make } = counting()
    const rows = Array.from({ length: 1000 }, () => Array.from({ length: 1000 }, make))
    const bytes = estimateSize(rows)
    expect(reads()).toBeGreaterThan(400)
    expect(reads()).toBeLessThanOrEqual(1000)
    const exact = 8 + 48 + 1000 * (8 + 48 + 1000 * (8 + 56))
    expect(bytes / exact).toBeGreaterThan(0.8)
    expect(bytes / exact).toBeLessThanOrEqual(1)
  })

  it('looks at no more than a hundred elements of one array', () => {
    const { reads, make } = counting()
    estimateSize(Array.from({ length: 99_999 }, make))
    expect(reads()).toBe(100)
  })

  it('follows a chain of objects a hundred deep, and survives one of a hundred thousand', () => {
    expect(estimateSize(chain(101))).toBe(estimateSize(chain(100)) + 32 + 24 - 24 + 24 - 24)
    expect(estimateSize(chain(100_000))).toBe(estimateSize(chain(200)))
  })

  it('takes a value that throws when it is looked at for an empty object', () => {
    const throwing = {
      get field(): never {
        throw new Error('lazy')
      },
    }
    const { proxy, revoke } = Proxy.revocable({}, {})
    revoke()
    const fakeMap: unknown = Object.create(Map.prototype)
    expect([throwing, proxy, fakeMap].map(estimateSize)).toEqual([64, 64, 64])
  })

  it('does not change the value', () => {
    const value = Object.freeze({ list: Object.freeze([1, 'a']), map: new Map([['k', 1]]) })
    const before = structuredClone(value)
    estimateSize(value)
    expect(value).toEqual(before)
  })
})
