import { createHash } from 'node:crypto'
import { describe, expect, it } from 'vitest'
import {
  isJsonType,
  storedBody,
  storedBodyOf,
  storedJson,
} from '../../../src/api/models/stored-body.ts'

describe('storedBody()', () => {
  it('has the SHA-256 of the bytes as its tag', () => {
    const bytes = Buffer.from('hello')
    const digest = createHash('sha256').update('hello').digest('base64url')
    expect(storedBody('text/plain', bytes)).toEqual({
      contentType: 'text/plain',
      body: bytes,
      etag: `"${digest}"`,
    })
  })
})

describe('storedJson()', () => {
  it('is the text of the value, under the type asked for', () => {
    const stored = storedJson({ a: [1, null] }, 'application/geo+json')
    expect(Buffer.from(stored.body).toString()).toBe('{"a":[1,null]}')
    expect(stored.contentType).toBe('application/geo+json')
    expect(storedJson(1).contentType).toBe('application/json')
  })
})

describe('storedBodyOf()', () => {
  it('takes what HTTP stored as it is, also after it was cloned', () => {
    const stored = storedBody('text/plain', Buffer.from('x'))
    expect(storedBodyOf(stored)).toBe(stored)
    expect(storedBodyOf(structuredClone(stored))).toMatchObject({ etag: stored.etag })
  })

  it.each([
    [{ contentType: 'a', body: 'x', etag: 'y' }],
    [{ contentType: 'a', body: new Uint8Array() }],
    [{ contentType: 1, body: new Uint8Array(), etag: 'y' }],
    [{ contentType: 'a', body: new Uint8Array(), etag: 1 }],
    [{ contentType: 'a', etag: 'y' }],
    [{ body: new Uint8Array(), etag: 'y' }],
    [null],
    ['text'],
  ])('takes %j, which is none, for any value', (value) => {
    expect(storedBodyOf(value).contentType).toBe('application/json')
  })

  it.each([
    ['a function', () => 1],
    ['undefined', undefined],
    ['a symbol', Symbol('x')],
    ['a BigInt', 1n],
    ['a cycle', cycle()],
  ])('refuses %s, which has no JSON', (_name, value) => {
    expect(() => storedBodyOf(value)).toThrow('expected one that has JSON')
  })
})

describe('isJsonType()', () => {
  it.each([
    'application/json',
    'Application/JSON',
    'application/json; charset=utf-8',
    'application/geo+json',
    'application/vnd.a.b+json ;x=y',
  ])('is true for %s', (type) => expect(isJsonType(type)).toBe(true))

  it.each([
    'text/json',
    'application/jsonp',
    'application/json-seq',
    'application/xml',
    '',
    'xapplication/json',
  ])('is false for %s', (type) => expect(isJsonType(type)).toBe(false))
})

function cycle(): object {
  const value: { self?: object } = {}
  value.self = value
  return value
}

describe('deeply nested JSON', () => {
  const deep = `${'['.repeat(100_000)}${']'.repeat(100_000)}`

  it('is refused as a value, and does not overflow the stack', () => {
    expect(() => storedJson(JSON.parse(deep))).toThrow(
      expect.objectContaining({ code: 'CACHE_VALUE_INVALID' }),
    )
  })
})
