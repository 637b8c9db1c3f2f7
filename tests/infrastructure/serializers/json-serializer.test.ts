import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { JsonSerializer } from '../../../src/infrastructure/serializers/json-serializer.ts'

const serializer = new JsonSerializer()
const textOf = (value: unknown): string => Buffer.from(serializer.serialize(value)).toString()
const roundTrip = (value: unknown): unknown => serializer.deserialize(serializer.serialize(value))
const read = (text: string): unknown => serializer.deserialize(Buffer.from(text))
const invalid = expect.objectContaining({ code: 'CACHE_VALUE_INVALID' })

describe('JsonSerializer', () => {
  it('has an id that no other format ever gets', () => {
    expect([serializer.id, serializer.name]).toEqual([1, 'json'])
  })

  it.each<[string, unknown]>([
    ['text', 'héllo "\ud83d\ude00" \u2028'],
    ['half a surrogate pair', ['\ud800', { '\udfff': 1 }]],
    ['numbers', [0, 1.5, -3, 1e300, Number.MAX_SAFE_INTEGER]],
    ['nested data', { b: null, a: [{ c: true }, []], '': {} }],
    ['names that nearly are escapes', { '$cache:date': 'x', b: 1 }],
    ['a name with a dollar', { $date: 1 }],
  ])('writes %s as the plain JSON that it is', (_, value) => {
    expect(textOf(value)).toBe(JSON.stringify(value))
    expect(roundTrip(value)).toStrictEqual(value)
  })

  it('writes any JSON as JSON.stringify does, unless it looks like an escape', () => {
    fc.assert(
      fc.property(fc.jsonValue(), (any) => {
        // There is no -0 in what JSON.parse makes of what JSON.stringify made.
        const text = JSON.stringify(any)
        const value: unknown = JSON.parse(text)
        fc.pre(!text.includes('$cache:') && !text.includes('"__proto__"'))
        expect(textOf(value)).toBe(text)
      }),
    )
  })

  it('gives back anything that it takes', () => {
    const plain = fc.anything({
      withBigInt: true,
      withDate: true,
      withMap: true,
      withSet: true,
      withTypedArray: true,
      key: fc.oneof(fc.string(), fc.constantFrom('$cache:date', '$cache:object', '$cache:x')),
    })
    fc.assert(
      fc.property(plain, (value) => {
        fc.pre(!hasProto(value))
        expect(roundTrip(value)).toStrictEqual(value)
      }),
      { numRuns: 2000 },
    )
  })

  it.each([
    '{"__proto__":{"isAdmin":true}}',
    '[{"a":{"\\u005f_proto__":1}}]',
    '{"$cache:object":{"__proto__":1}}',
    '{"$cache:error":{"kind":"Error","fields":{"__proto__":{"a":1}}}}',
  ])('refuses to read %s', (text) => {
    expect(() => read(text)).toThrow(invalid)
  })

  it('reads an escape of which another writer has escaped the characters', () => {
    expect(read('{"\\u0024cache:bigint":"5"}')).toBe(5n)
  })

  it('passes on as the cause what a getter throws', () => {
    const cause = new Error('no')
    const value = {
      get field(): never {
        throw cause
      },
    }
    expect(() => serializer.serialize(value)).toThrow(expect.objectContaining({ cause }))
  })

  it.each([Date, Map, Set, Error])('refuses what only says it is a %o', (Kind) => {
    expect(() => serializer.serialize(Object.create(Kind.prototype))).toThrow(invalid)
  })

  it('makes buffers that share no memory with the bytes they were made from', () => {
    const bytes = Buffer.from(serializer.serialize({ value: Buffer.from('mine') }))
    const back = serializer.deserialize(bytes)
    bytes.fill(0)
    expect(back).toStrictEqual({ value: Buffer.from('mine') })
  })

  it('reads its part of a larger buffer alone', () => {
    const around = Buffer.concat([Buffer.from('x['), Buffer.from('[1]'), Buffer.from(']x')])
    expect(serializer.deserialize(around.subarray(2, 5))).toEqual([1])
  })

  it('refuses bytes that are no UTF-8, in which Node would put other characters', () => {
    expect(() => serializer.deserialize(Buffer.from([0x22, 0xff, 0x22]))).toThrow(/expected UTF-8/)
  })

  it.each(['', '{', 'undefined', '{"a":1}x', '\ufeff1'])('refuses %j, which is no JSON', (text) => {
    expect(() => read(text)).toThrow(/expected JSON/)
  })

  it('reads 256 levels and refuses 257, also of what somebody else wrote', () => {
    const nested = (levels: number): string => `${'['.repeat(levels)}${']'.repeat(levels)}`
    expect(JSON.stringify(read(nested(256)))).toBe(nested(256))
    expect(() => read(nested(257))).toThrow(/at most 256 levels/)
    const objects = `${'{"a":'.repeat(257)}1${'}'.repeat(257)}`
    expect(() => read(objects)).toThrow(/at most 256 levels/)
    expect(read(JSON.stringify('['.repeat(300)))).toBe('['.repeat(300))
  })

  it('throws on bytes that it cannot read, and nothing worse', () => {
    const pieces = fc.constantFrom(
      '{"$cache:',
      'map',
      'bytes',
      '":',
      '[',
      ']',
      '}',
      '"a"',
      ',',
      '1',
    )
    fc.assert(
      fc.property(
        fc.oneof(
          fc.uint8Array({ maxLength: 100 }).map((bytes) => Buffer.from(bytes)),
          fc.array(pieces, { maxLength: 20 }).map((texts) => Buffer.from(texts.join(''))),
        ),
        (bytes) => {
          try {
            serializer.deserialize(bytes)
          } catch (error) {
            expect(error).toEqual(invalid)
          }
        },
      ),
      { numRuns: 3000 },
    )
  })
})

function hasProto(value: unknown): boolean {
  if (typeof value !== 'object' || value === null) return false
  if (value instanceof Map || value instanceof Set) return [...value].some(hasProto)
  return Object.hasOwn(value, '__proto__') || Object.values(value).some(hasProto)
}
