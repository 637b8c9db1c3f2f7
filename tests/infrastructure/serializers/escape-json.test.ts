import { describe, expect, it } from 'vitest'
import { escapeJson } from '../../../src/infrastructure/serializers/escape-json.ts'

class Money {
  readonly cents = 5
}

const cyclic: { list: unknown[] } = { list: [] }
cyclic.list.push({ up: cyclic })

function nested(levels: number): unknown {
  let value: unknown = 1
  for (let level = 0; level < levels; level += 1) value = { value }
  return value
}

/** Two to the power of `levels` objects, of `levels` only. */
function manifold(levels: number): unknown {
  let value: unknown = {}
  for (let level = 0; level < levels; level += 1) value = [value, value]
  return value
}

describe('escapeJson()', () => {
  it('answers plain JSON itself, uncopied', () => {
    const value = { a: [1, { b: 'x' }], c: null }
    expect(escapeJson(value)).toBe(value)
  })

  it('copies only what leads to an escape, and leaves the value alone', () => {
    const value = { kept: { a: 1 }, list: [1, undefined] }
    const escaped = escapeJson(value)
    expect(escaped).toStrictEqual({ kept: { a: 1 }, list: [1, { '$cache:undefined': true }] })
    expect(Reflect.get(Object(escaped), 'kept')).toBe(value.kept)
    expect(value).toStrictEqual({ kept: { a: 1 }, list: [1, undefined] })
  })

  it.each<[string, unknown, unknown]>([
    ['undefined', undefined, { '$cache:undefined': true }],
    ['NaN', Number.NaN, { '$cache:number': 'NaN' }],
    ['infinity', Number.POSITIVE_INFINITY, { '$cache:number': 'Infinity' }],
    ['minus infinity', Number.NEGATIVE_INFINITY, { '$cache:number': '-Infinity' }],
    ['minus zero', -0, { '$cache:number': '-0' }],
    ['a big integer', -(2n ** 70n), { '$cache:bigint': '-1180591620717411303424' }],
    ['a date', new Date(5), { '$cache:date': '1970-01-01T00:00:00.005Z' }],
    ['a date that is none', new Date(Number.NaN), { '$cache:date': null }],
    [
      'a map',
      new Map([[1, new Map([[2n, 3]])]]),
      { '$cache:map': [[1, { '$cache:map': [[{ '$cache:bigint': '2' }, 3]] }]] },
    ],
    ['a set', new Set([1, undefined]), { '$cache:set': [1, { '$cache:undefined': true }] }],
    ['a buffer', Buffer.from('hi'), { '$cache:bytes': ['Buffer', 'aGk='] }],
    [
      'a part of a buffer',
      Buffer.from('xhix').subarray(1, 3),
      { '$cache:bytes': ['Buffer', 'aGk='] },
    ],
    ['shorts', new Uint16Array([1, 256]), { '$cache:bytes': ['Uint16Array', 'AQAAAQ=='] }],
    ['a data view', new DataView(new ArrayBuffer(1)), { '$cache:bytes': ['DataView', 'AA=='] }],
    ['an array buffer', new ArrayBuffer(1), { '$cache:bytes': ['ArrayBuffer', 'AA=='] }],
    ['what looks like an escape', { '$cache:date': 5 }, { '$cache:object': { '$cache:date': 5 } }],
    [
      'what looks like an escaped one',
      { '$cache:object': {} },
      { '$cache:object': { '$cache:object': {} } },
    ],
    [
      'an object without a prototype',
      Object.assign(Object.create(null), { a: 1 }),
      Object.assign(Object.create(null), { a: 1 }),
    ],
  ])('makes of %s what stands for it', (_, value, escaped) => {
    expect(escapeJson(value)).toStrictEqual(escaped)
  })

  it('makes of an error its kind, message, stack, cause and fields', () => {
    const error = Object.assign(new TypeError('wrong', { cause: undefined }), { code: 7n })
    expect(escapeJson(error)).toStrictEqual({
      '$cache:error': {
        kind: 'TypeError',
        message: 'wrong',
        stack: error.stack,
        cause: { '$cache:undefined': true },
        fields: { code: { '$cache:bigint': '7' } },
      },
    })
  })

  it.each<[string, unknown, string]>([
    ['a function', { a: { b: [0, () => 1] } }, 'got a function at a.b[1]'],
    ['a symbol', Symbol('s'), 'got a symbol'],
    ['a class instance', { 'odd name': new Money() }, 'got an instance of Money at ["odd name"]'],
    ['a class instance in a map', { m: new Map([[1, new Money()]]) }, 'Money at m[0][1]'],
    ['a class instance in a set', new Set([new Money()]), 'Money at [0]'],
    ['a class instance as a cause', new Error('e', { cause: new Money() }), 'Money at cause'],
    ['an instance of a class without a name', new (class {})(), 'got an instance of a class'],
    ['a URL', new URL('http://a.example/'), 'got an instance of URL'],
    ['a promise', Promise.resolve(), 'got an instance of Promise'],
    ['a regular expression', /a/, 'got an instance of RegExp'],
    ['a number as an object', Object(1), 'got an instance of Number'],
    ['shared memory', new SharedArrayBuffer(1), 'got an instance of SharedArrayBuffer'],
    ['what only says it is an array', Object.create(Array.prototype), 'instance of Array'],
    [
      'what only says it is a buffer',
      Object.create(Uint8Array.prototype),
      'instance of Uint8Array',
    ],
    ['a subclass of an array', new (class List extends Array {})(), 'got an instance of List'],
    ['a subclass of an error', new (class Oops extends Error {})('e'), 'got an instance of Oops'],
    ['a cycle', cyclic, 'got a cycle at list[0].up'],
    // biome-ignore lint/suspicious/noSparseArray: that is the case
    ['a hole', { list: [1, , 3] }, 'got an array with holes or with more than elements at list'],
    // biome-ignore lint/suspicious/noSparseArray: that is the case
    ['a hole made up for', Object.assign([1, , 3], { extra: 1 }), 'got an array with holes'],
    ['a huge array of holes', new Array(4_000_000_000), 'got an array with holes'],
    ['an array with a field', Object.assign([1], { extra: 2 }), 'more than elements'],
    ['a map with a field', Object.assign(new Map(), { extra: 1 }), 'a field of its own'],
    ['a set with a field', Object.assign(new Set(), { extra: 1 }), 'a field of its own'],
    ['a date with a field', Object.assign(new Date(), { extra: 1 }), 'a field of its own'],
    ['a symbol among the names', { [Symbol('s')]: 1 }, 'hidden or symbols'],
    ['a hidden field', Object.defineProperty({}, 'hidden', { value: 1 }), 'hidden or symbols'],
    [
      'a hidden field of an error',
      Object.defineProperty(new Error('e'), 'x', { value: 1 }),
      'a field of its own',
    ],
    [
      'an error whose message is an object',
      Object.assign(new Error('e'), { message: {} }),
      'no text',
    ],
    ['a method toJSON of its own', { toJSON: () => 1 }, 'a method toJSON'],
    ['__proto__', { a: JSON.parse('{"__proto__":1}') }, 'called __proto__ at a'],
  ])('refuses %s and says where it is', (_, value, text) => {
    expect(() => escapeJson(value)).toThrow(
      expect.objectContaining({
        code: 'CACHE_VALUE_INVALID',
        message: expect.stringContaining(text),
      }),
    )
  })

  it('takes the data of a field that is only called toJSON', () => {
    const value = { toJSON: 'yes' }
    expect(escapeJson(value)).toBe(value)
  })

  it('takes 256 levels and refuses 257', () => {
    expect(() => escapeJson(nested(256))).not.toThrow()
    expect(() => escapeJson(nested(257))).toThrow(/more than 256 levels/)
    expect(() => escapeJson(nested(100_000))).toThrow(/more than 256 levels/)
  })

  it('takes an object that is in it twice, and refuses what would never end', () => {
    expect(() => escapeJson(manifold(10))).not.toThrow()
    expect(() => escapeJson(manifold(60))).toThrow(/more than 2000000 objects/)
  })

  it('cuts a long place in the message', () => {
    const value = { ['x'.repeat(5000)]: Symbol('s') }
    expect(() => escapeJson(value)).toThrow(/^.{1,300}$/)
  })
})
