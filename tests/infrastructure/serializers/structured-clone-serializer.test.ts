import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { StructuredCloneSerializer } from '../../../src/infrastructure/serializers/structured-clone-serializer.ts'

const serializer = new StructuredCloneSerializer()
const roundTrip = (value: unknown): unknown => serializer.deserialize(serializer.serialize(value))

class Money {
  readonly cents = 5
}

const cyclic: { self?: unknown; list: unknown[] } = { list: [1] }
cyclic.self = cyclic
cyclic.list.push(cyclic)

describe('StructuredCloneSerializer', () => {
  it('has an id that no other format ever gets', () => {
    expect([serializer.id, serializer.name]).toEqual([3, 'structured-clone'])
  })

  it.each<[string, unknown]>([
    ['undefined', undefined],
    ['null', null],
    ['minus zero', -0],
    ['NaN', Number.NaN],
    ['a lone surrogate', '\ud800'],
    ['a big integer', 2n ** 80n],
    ['a date', new Date(5)],
    ['a date that is none', new Date(Number.NaN)],
    ['a regular expression', /a+/giu],
    ['a map of sets', new Map([[{ a: 1 }, new Set([1, [2]])]])],
    // biome-ignore lint/suspicious/noSparseArray: that is the case
    ['an array with a hole', [1, , 3]],
    ['a buffer', Buffer.from('bytes')],
    ['an array buffer', new Uint8Array([1, 2]).buffer],
    ['floats', new Float64Array([1.5, -2])],
    ['big integers in an array', new BigInt64Array([-1n])],
    ['a cycle', cyclic],
    ['a field called __proto__', JSON.parse('{"__proto__":{"a":1}}')],
  ])('gives back %s as it was', (_, value) => {
    expect(roundTrip(value)).toStrictEqual(value)
  })

  it('gives back an error with message, stack and cause', () => {
    const error = new TypeError('wrong', { cause: { at: 1 } })
    const back = roundTrip({ error })
    expect(back).toStrictEqual({ error })
    expect(back).toMatchObject({ error: { stack: error.stack, cause: { at: 1 } } })
  })

  it.each<[string, unknown]>([
    ['text', 'héllo \ud800'],
    ['numbers', [0, 1.5, -3]],
    ['nested plain data', { a: [{ b: null }, true], __proto__x: '' }],
  ])('writes %s as JSON', (_, value) => {
    expect(Buffer.from(serializer.serialize(value)).toString()).toBe(JSON.stringify(value))
  })

  const twice = { n: 1 }
  it.each<[string, unknown]>([
    ['an object that is in it twice', [twice, twice]],
    ['a cycle', cyclic],
    ['a field that is undefined', { a: undefined }],
    ['an array with more than elements', Object.assign([1], { extra: 2 })],
    ['an array as long as a thousand and one', Array.from({ length: 1001 }, () => 1)],
    ['minus zero inside', [-0]],
    ['infinity', Number.POSITIVE_INFINITY],
  ])('keeps %s, which JSON would not', (_, value) => {
    const bytes = serializer.serialize(value)
    expect(bytes[0]).toBe(0xff)
    expect(serializer.deserialize(bytes)).toStrictEqual(value)
  })

  it('keeps an object that is in it twice as one', () => {
    const back = roundTrip([twice, twice])
    expect(Array.isArray(back) && back[0] === back[1]).toBe(true)
  })

  it('gives back any JSON as it was', () => {
    fc.assert(
      fc.property(fc.jsonValue(), (value) => {
        expect(roundTrip(value)).toStrictEqual(value)
      }),
    )
  })

  it.each<[string, unknown]>([
    ['a function', () => 1],
    ['a symbol', Symbol('s')],
    ['a promise', Promise.resolve(1)],
    ['a class instance', new Money()],
    ['a class instance deep inside', { a: [new Map([['m', new Money()]])] }],
    ['a class instance as the key of a map', new Map([[new Money(), 1]])],
    ['a class instance in a set', new Set([new Money()])],
    ['a class instance as the cause of an error', new Error('e', { cause: new Money() })],
    ['a URL, which V8 makes an empty object of', new URL('http://a.example/')],
    ['an object without a prototype', Object.create(null)],
    ['a subclass of an array', new (class extends Array {})()],
    ['a subclass of an error', new (class extends Error {})('e')],
    ['an error with more than an error has', Object.assign(new Error('e'), { code: 1 })],
    ['a symbol among the names', { [Symbol('s')]: 1 }],
    ['a hidden field', Object.defineProperty({}, 'hidden', { value: 1 })],
    ['a map with a field', Object.assign(new Map(), { extra: 1 })],
    ['a regular expression half way through a text', Object.assign(/a/g, { lastIndex: 1 })],
    ['a number as an object', Object(1)],
    ['shared memory', new SharedArrayBuffer(1)],
    ['a weak map', new WeakMap()],
  ])('refuses %s, which would come back as something else', (_, value) => {
    expect(() => serializer.serialize(value)).toThrow(
      expect.objectContaining({ code: 'CACHE_VALUE_INVALID' }),
    )
  })

  it('refuses what is nested too deeply for V8, without an overflow of its own', () => {
    let deep: object = {}
    for (let level = 0; level < 200_000; level += 1) deep = { deep }
    expect(() => serializer.serialize(deep)).toThrow(
      expect.objectContaining({ code: 'CACHE_VALUE_INVALID' }),
    )
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

  it.each<[string, unknown]>([
    ['a buffer', Buffer.from('mine')],
    ['a typed array', new Uint32Array([7, 8])],
    ['an array buffer', new Uint8Array([1, 2]).buffer],
    ['a text with a backslash', 'C:\\mine'],
  ])('makes %s that shares no memory with the bytes it was made from', (_, value) => {
    const around = Buffer.concat([Buffer.from('secret--'), serializer.serialize({ value })])
    const back = serializer.deserialize(around.subarray(8))
    around.fill(0)
    expect(back).toStrictEqual({ value })
  })

  it('throws on bytes that it cannot read, and nothing worse', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => {
        try {
          serializer.deserialize(Buffer.from(bytes))
        } catch (error) {
          expect(error).toBeInstanceOf(Error)
        }
      }),
    )
  })
})
