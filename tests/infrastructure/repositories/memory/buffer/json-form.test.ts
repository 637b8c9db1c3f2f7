import { deserialize, serialize } from 'node:v8'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { jsonForm } from '../../../../../src/infrastructure/repositories/memory/buffer/json-form.ts'

const shared = { a: 1 }
const cycle: { self?: unknown } = {}
cycle.self = cycle

/** Objects within objects, so many of them. */
function nested(depth: number): object {
  let value: object = {}
  for (let at = 1; at < depth; at += 1) value = { value }
  return value
}

function nestedArrays(depth: number): object {
  let value: object = []
  for (let at = 1; at < depth; at += 1) value = [value]
  return value
}

describe('jsonForm', () => {
  it.each([
    ['an empty object', {}],
    ['an empty array', []],
    [
      'values of each sort',
      { a: 'x', b: true, c: false, d: null, e: 0, f: -1.5e-300, g: [1, [2]] },
    ],
    ['numeric names', { 2: 'b', 1: 'a', x: 'c' }],
    ['half a surrogate pair', ['\ud800', '\udc00 ']],
    ['objects that are alike, but not the same', [{ a: 1 }, { a: 1 }]],
    ['101 objects in each other', nested(101)],
    ['101 arrays in each other', nestedArrays(101)],
    ['a name that is a trap', JSON.parse('{"__proto__":{"a":1},"constructor":2}')],
    ['a symbol beside the names, which a clone leaves out', { a: 1, [Symbol('b')]: 2 }],
  ])('gives the text of %s', (_, value) => {
    const text = jsonForm(value)
    expect(text).toBe(JSON.stringify(value))
    expect(JSON.parse(text ?? '')).toStrictEqual(deserialize(serialize(value)))
  })

  it.each([
    ['undefined', { a: undefined }],
    ['a hole', Object.assign(new Array(3), { 0: 1, 2: 2 })],
    ['a function', { a: () => 1 }],
    ['a symbol', [Symbol('a')]],
    ['a big integer', { a: 1n }],
    ['negative zero', [-0]],
    ['what is no number', { a: Number.NaN }],
    ['infinity', [Number.POSITIVE_INFINITY]],
    ['a date', { a: new Date(0) }],
    ['a map', new Map()],
    ['a set', { a: new Set() }],
    ['an error', new Error('x')],
    ['a typed array', { a: new Uint8Array(1) }],
    ['a boxed number', [Object(1)]],
    ['an object of a class', new (class A {})()],
    ['an object without a prototype', Object.create(null)],
    ['an array of a class', new (class A extends Array {})()],
    ['an array with a name beside its elements', Object.assign([1], { index: 0 })],
    ['an array whose name makes up for a hole', Object.assign(new Array(1), { index: 0 })],
    ['an object that answers for itself', { a: { toJSON: 1 } }],
    ['one that does so in secret', Object.defineProperty({}, 'toJSON', { value: () => 1 })],
    ['an object twice', [shared, shared]],
    ['an array twice', { a: cycle, b: [shared, [shared]] }],
    ['a cycle', cycle],
    ['102 objects in each other', nested(102)],
    ['102 arrays in each other', nestedArrays(102)],
  ])('refuses %s', (_, value) => {
    expect(jsonForm(value as object)).toBeUndefined() // Some are arrays with holes.
  })

  it('never answers a text that a structured clone would disagree with', () => {
    const value = fc.anything({
      withDate: true,
      withMap: true,
      withSparseArray: true,
      withNullPrototype: true,
      withTypedArray: true,
      withBigInt: true,
      withUnicodeString: true,
    })
    let texts = 0
    fc.assert(
      fc.property(fc.oneof(fc.array(value), fc.dictionary(fc.string(), fc.jsonValue())), (each) => {
        const text = jsonForm(each)
        if (text === undefined) return
        texts += 1
        expect(JSON.parse(text)).toStrictEqual(deserialize(serialize(each)))
      }),
      { numRuns: 1000 },
    )
    expect(texts).toBeGreaterThan(50)
  })
})
