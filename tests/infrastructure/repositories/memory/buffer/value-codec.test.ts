import { deserialize, serialize } from 'node:v8'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import {
  decodeValue,
  ValueCodec,
} from '../../../../../src/infrastructure/repositories/memory/buffer/value-codec.ts'

/** What lies before and behind a value must not matter, nor be touched. */
const BEFORE = 5
const AFTER = 9

/** The value as it comes back, and how many bytes it took. */
function roundTrip(value: unknown): { readonly bytes: number; readonly back: unknown } {
  const codec = new ValueCodec()
  codec.prepare(value)
  const { kind, bytes } = codec
  expect(kind & 7).toBe(kind)
  const target = Buffer.alloc(BEFORE + bytes + AFTER, 0xa5)
  codec.write(target, BEFORE)
  expect(target.subarray(0, BEFORE).every((byte) => byte === 0xa5)).toBe(true)
  expect(target.subarray(BEFORE + bytes).every((byte) => byte === 0xa5)).toBe(true)
  const back = decodeValue(kind, target, BEFORE, BEFORE + bytes)
  // From here on the place belongs to somebody else.
  target.fill(0x5a)
  return { bytes, back }
}

/** What stands in five bytes after three were prepared, changed, and written into the middle. */
function written(bytes: Uint8Array, change: () => unknown): number[] {
  const codec = new ValueCodec()
  codec.prepare(bytes)
  change()
  const target = Buffer.alloc(5, 0xa5)
  codec.write(target, 1)
  return [...target]
}

const LENGTHS = [0, 1, 15, 16, 17, 31, 4096, 65_535, 65_536, 65_537, 1 << 20]

describe('ValueCodec', () => {
  it.each([
    ['undefined', undefined, 1],
    ['null', null, 1],
    ['false', false, 1],
    ['true', true, 1],
    ['zero', 0, 4],
    ['an integer', -1, 4],
    ['the largest integer of 32 bits', 2_147_483_647, 4],
    ['the smallest integer of 32 bits', -2_147_483_648, 4],
    ['one more than the largest', 2_147_483_648, 8],
    ['one less than the smallest', -2_147_483_649, 8],
    ['negative zero', -0, 8],
    ['a fraction', 0.1, 8],
    ['what is no number', Number.NaN, 8],
    ['infinity', Number.NEGATIVE_INFINITY, 8],
    ['the least number', Number.MIN_VALUE, 8],
    ['an empty string', '', 0],
    ['ASCII', 'abc', 3],
    ['Latin-1', 'caf\u00e9 \u0000\u00ff', 7],
    ['mostly ASCII', 'ten \u20ac for tea', 15],
    ['a character of two units', 'a smile: \u{1f642}', 13],
    ['as long in UTF-8 as in UTF-16', '\u0100\u0101', 4],
    ['shorter in UTF-16', '\u4e2d\u6587', 4],
    ['half a surrogate pair', 'abcdef\ud800', 14],
    ['the other half', '\udc00abcdef', 14],
    ['a mark of byte order', '\ufeffabc', 6],
    ['JSON', { a: [1, 'x', null] }, 18],
    ['JSON with more than Latin-1', { a: '\u20ac' }, 11],
    ['no bytes', new Uint8Array(0), 0],
    ['an empty buffer', Buffer.alloc(0), 0],
  ])('gives back %s, of so many bytes', (_, value, bytes) => {
    expect(roundTrip(value)).toStrictEqual({ bytes, back: value })
  })

  it.each([
    ['a date', new Date(1_700_000_000_000)],
    ['a map', new Map<unknown, unknown>([[{ a: 1 }, new Set([1, 'x'])]])],
    ['a big integer', 2n ** 70n],
    ['a regular expression', /a+/gi],
    ['floats', new Float64Array([1.5, Number.NaN])],
    ['a piece of an array', new Uint16Array([1, 2, 3, 4]).subarray(1, 3)],
    ['memory', new Uint8Array([1, 2, 3]).buffer],
    ['clamped bytes', new Uint8ClampedArray([1, 2])],
    ['undefined within', { a: undefined, b: [undefined, -0] }],
    ['an error', new TypeError('x')],
    ['a boxed string', Object('x')],
    ['a buffer within', { a: Buffer.from('abc') }],
  ])('gives back %s as a structured clone', (_, value) => {
    const { bytes, back } = roundTrip(value)
    expect(back).toStrictEqual(deserialize(serialize(value)))
    expect(bytes).toBe(serialize(value).length)
  })

  it('gives back a cycle, and one object where there was one', () => {
    const shared = { x: 1 }
    const value: Record<string, unknown> = { a: shared, b: shared }
    value['self'] = value
    const back = roundTrip(value).back as Record<string, unknown> // It was one.
    expect(back['self']).toBe(back)
    expect(back['a']).toBe(back['b'])
    expect(back['a']).toEqual(shared)
    expect(back['a']).not.toBe(shared)
  })

  it.each([
    ['a function', () => 1],
    ['a symbol', Symbol('a')],
    ['one within', { a: () => 1 }],
    ['a promise', Promise.resolve()],
  ])('refuses %s', (_, value) => {
    expect(() => new ValueCodec().prepare(value)).toThrow(/could not be cloned/)
  })

  it.each(LENGTHS)('gives back %i bytes of the same kind', (length) => {
    const buffer = Buffer.from(Array.from({ length }, (_, at) => (at * 31) & 0xff))
    const back = roundTrip(buffer).back as Buffer // By its kind.
    expect(Buffer.isBuffer(back)).toBe(true)
    expect(back.equals(buffer)).toBe(true)
    const bytes = roundTrip(new Uint8Array(buffer)).back as Uint8Array // As above.
    expect(Object.getPrototypeOf(bytes)).toBe(Uint8Array.prototype)
    expect(buffer.equals(bytes)).toBe(true)
    expect([back.length, bytes.length]).toEqual([length, length])
  })

  it.each(LENGTHS)('gives back strings of %i units, in each form', (length) => {
    const latin1 = 'a\u00e9'.repeat(length).slice(0, length)
    const utf8 = `${latin1.replaceAll('\u00e9', 'b')}\u20ac`
    const utf16 = '\u4e2d'.repeat(length)
    expect(roundTrip(latin1)).toEqual({ bytes: length, back: latin1 })
    expect(roundTrip(utf16)).toEqual({ bytes: length * 2, back: utf16 })
    expect(roundTrip(utf8).back).toBe(utf8)
    expect(roundTrip(utf8).bytes).toBe(length <= 1 ? (length + 1) * 2 : length + 3)
  })

  it('copies a piece of a larger memory, and nothing beside it', () => {
    const bytes = new Uint8Array([9, 1, 2, 9]).subarray(1, 3)
    expect(roundTrip(bytes)).toStrictEqual({ bytes: 2, back: new Uint8Array([1, 2]) })
  })

  it('stores bytes as they are at write()', () => {
    const bytes = new Uint8Array([1, 2, 3])
    expect(written(bytes, () => bytes.fill(7))).toEqual([0xa5, 7, 7, 7, 0xa5])
  })

  it.each([
    [0, [0, 0, 0]],
    [1, [1, 0, 0]],
    [2, [1, 2, 0]],
    [3, [1, 2, 3]],
    [5, [1, 2, 3]],
  ])('stays within its bytes when three of them are %i at write()', (length, expected) => {
    // The compiler knows no memory that changes its length yet.
    const memory: ArrayBuffer = Reflect.construct(ArrayBuffer, [3, { maxByteLength: 8 }])
    const bytes = new Uint8Array(memory)
    bytes.set([1, 2, 3])
    const resize = (): unknown => Reflect.apply(Reflect.get(memory, 'resize'), memory, [length])
    expect(written(bytes, resize)).toEqual([0xa5, ...expected, 0xa5])
    expect(bytes.length).toBe(length)
  })

  it('stores zeros for bytes whose memory was given away before write()', () => {
    const memory = new Uint8Array([1, 2, 3]).buffer
    const detach = (): unknown => structuredClone(memory, { transfer: [memory] })
    expect(written(new Uint8Array(memory), detach)).toEqual([0xa5, 0, 0, 0, 0xa5])
  })

  it('is ready for the next value, whatever became of the last', () => {
    const codec = new ValueCodec()
    codec.prepare('abc')
    expect(() => codec.prepare(Symbol('a'))).toThrow()
    codec.prepare(5)
    const target = Buffer.alloc(4)
    codec.write(target, 0)
    expect(decodeValue(codec.kind, target, 0, codec.bytes)).toBe(5)
  })

  it('gives back whatever can be cloned', () => {
    const value = fc.anything({
      withDate: true,
      withMap: true,
      withSet: true,
      withSparseArray: true,
      withTypedArray: true,
      withBigInt: true,
      withUnicodeString: true,
    })
    fc.assert(
      fc.property(value, (each) => {
        const expected = typeof each === 'object' ? deserialize(serialize(each)) : each
        const kept = each instanceof Uint8Array ? each.slice() : expected
        expect(roundTrip(each).back).toStrictEqual(kept)
      }),
      { numRuns: 500 },
    )
  })

  it('gives back any string', () => {
    const unit = fc.integer({ min: 0, max: 0xffff })
    const mostlyNarrow = fc.oneof({ weight: 9, arbitrary: fc.integer({ min: 0, max: 255 }) }, unit)
    fc.assert(
      fc.property(fc.array(fc.oneof(unit, mostlyNarrow), { maxLength: 60 }), (units) => {
        const text = String.fromCharCode(...units)
        const { bytes, back } = roundTrip(text)
        expect(back).toBe(text)
        expect(bytes).toBeLessThanOrEqual(text.length * 2)
      }),
      { numRuns: 2000 },
    )
  })
})
