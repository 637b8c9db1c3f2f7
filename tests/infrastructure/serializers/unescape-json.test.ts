import { describe, expect, it } from 'vitest'
import { escapeJson } from '../../../src/infrastructure/serializers/escape-json.ts'
import { unescapeJson } from '../../../src/infrastructure/serializers/unescape-json.ts'

const roundTrip = (value: unknown): unknown =>
  unescapeJson(JSON.parse(JSON.stringify(escapeJson(value))))

describe('unescapeJson()', () => {
  it.each<[string, unknown]>([
    ['undefined', [undefined, { a: undefined }]],
    ['numbers', [Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY, -0, 0]],
    ['big integers', [0n, -1n, 2n ** 200n]],
    ['dates', [new Date(-1), new Date(8.64e15), new Date(Number.NaN)]],
    ['maps and sets', new Map<unknown, unknown>([[{ a: 1n }, new Set([[new Date(0)]])]])],
    ['what looks like an escape', { '$cache:map': [{ '$cache:x': -0 }] }],
    ['what looks like an escaped one', { '$cache:object': { '$cache:undefined': true } }],
    ['bytes', [Buffer.from([0, 255]), Buffer.alloc(0), new Uint8Array([1]), new ArrayBuffer(3)]],
    ['clamped bytes', new Uint8ClampedArray([1])],
    ['small integers', [new Int8Array([-1]), new Int16Array([-2]), new Uint16Array([3])]],
    ['integers', [new Int32Array([-4]), new Uint32Array([5])]],
    ['floats', [new Float32Array([1.5]), new Float64Array([-0, Number.NaN])]],
    ['big integers in arrays', [new BigInt64Array([-1n]), new BigUint64Array([2n ** 64n - 1n])]],
    ['a data view', new DataView(new Uint8Array([1, 2, 3]).buffer, 1, 2)],
  ])('gives back %s as they were', (_, value) => {
    expect(roundTrip(value)).toStrictEqual(value)
  })

  it.each([Error, EvalError, RangeError, ReferenceError, SyntaxError, TypeError, URIError])(
    'gives back an error of the kind %o with all it has',
    (Kind) => {
      const error = Object.assign(new Kind('wrong', { cause: new Error('why') }), { code: 1n })
      const back = roundTrip(error)
      expect(back).toStrictEqual(error)
      expect(back).toBeInstanceOf(Kind)
      expect(back).toMatchObject({ stack: error.stack, code: 1n, cause: { message: 'why' } })
      expect(Object.keys(Object(back))).toEqual(['code'])
    },
  )

  it('gives an error that has no stack none of the reader’s', () => {
    const back = unescapeJson({ '$cache:error': { kind: 'RangeError', message: 'far' } })
    expect(back).toMatchObject({ stack: 'RangeError: far' })
  })

  it('gives numbers memory that they can lie in, however the bytes lay', () => {
    const back = roundTrip({ a: new Float64Array([1, 2]), b: 'x' })
    expect(back).toStrictEqual({ a: new Float64Array([1, 2]), b: 'x' })
  })

  it.each<[string, unknown]>([
    ['an escape that is unknown', { '$cache:later': 1 }],
    ['an escape without a name', { '$cache:': 1 }],
    ['undefined that is something', { '$cache:undefined': 1 }],
    ['a number that JSON has', { '$cache:number': '5' }],
    ['a big integer with a fraction', { '$cache:bigint': '1.5' }],
    ['a big integer of no digits', { '$cache:bigint': '' }],
    ['a big integer that is a number', { '$cache:bigint': 5 }],
    ['a date in another form', { '$cache:date': '2026-11-24' }],
    ['a date that is a number', { '$cache:date': 0 }],
    ['a map of no list', { '$cache:map': {} }],
    ['a map of triples', { '$cache:map': [[1, 2, 3]] }],
    ['a map of values', { '$cache:map': [1] }],
    ['a set of no list', { '$cache:set': 'abc' }],
    ['bytes of no kind', { '$cache:bytes': [] }],
    ['bytes of a kind that objects inherit', { '$cache:bytes': ['constructor', ''] }],
    ['bytes of an unknown kind', { '$cache:bytes': ['Function', ''] }],
    ['bytes with more', { '$cache:bytes': ['Buffer', '', 1] }],
    ['bytes that are no base64', { '$cache:bytes': ['Buffer', 'a b'] }],
    ['bytes that are half an element', { '$cache:bytes': ['Int32Array', 'AAA='] }],
    ['an error of no kind', { '$cache:error': {} }],
    ['an error of an unknown kind', { '$cache:error': { kind: 'toString' } }],
    ['an error that is text', { '$cache:error': 'Error' }],
    ['an error whose message is a number', { '$cache:error': { kind: 'Error', message: 1 } }],
    ['an error whose fields are a list', { '$cache:error': { kind: 'Error', fields: [] } }],
    ['an object that is a list', { '$cache:object': [] }],
    ['an object that is none', { '$cache:object': null }],
  ])('refuses %s, which nobody here wrote', (_, parsed) => {
    expect(() => unescapeJson(parsed)).toThrow(
      expect.objectContaining({ code: 'CACHE_VALUE_INVALID' }),
    )
  })

  it('takes as many levels as are written: 256', () => {
    let value: unknown = new Map([[1, 1]])
    for (let level = 0; level < 127; level += 1) value = new Map([[1, value]])
    expect(roundTrip(value)).toStrictEqual(value)
    expect(() => roundTrip(new Map([[1, value]]))).toThrow(/levels/)
  })
})
