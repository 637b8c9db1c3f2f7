import { describe, expect, it } from 'vitest'
import {
  cacheResponse,
  finiteOrNull,
  foundEntry,
  hitStatus,
  missStatus,
  staleStatus,
  storedStatus,
  tagsHeader,
  ttlHeader,
} from '../../../../src/api/models/responses/cache-response.ts'
import { storedBody } from '../../../../src/api/models/stored-body.ts'
import { lookupOf } from './lookup-fixture.ts'

const stored = storedBody('application/json', Buffer.from('{"a":1}'))

describe('foundEntry()', () => {
  it.each([
    ['nothing', undefined, false],
    ['a miss', lookupOf({ state: 'miss' }), false],
    ['a remembered absence', lookupOf({ state: 'fresh', value: undefined }), false],
    ['a fresh value', lookupOf({ state: 'fresh', value: stored }), true],
    ['null', lookupOf({ state: 'fresh', value: null }), true],
  ])('of %s', (_name, lookup, isFound) => {
    expect(foundEntry(lookup, false) !== undefined).toBe(isFound)
    expect(foundEntry(lookup, true) !== undefined).toBe(isFound)
  })

  it('takes a stale value only when it is accepted', () => {
    const stale = lookupOf({ state: 'stale', value: stored })
    expect(foundEntry(stale, false)).toBeUndefined()
    expect(foundEntry(stale, true)).toEqual({ lookup: stale, stored })
  })
})

function nested(depth: number): Buffer {
  return Buffer.from(`${'['.repeat(depth)}${']'.repeat(depth)}`)
}

describe('cacheResponse()', () => {
  it.each([
    ['nested 500 deep', nested(500)],
    ['with brackets in a text', Buffer.from(JSON.stringify([`"${'['.repeat(600)}`, '\\']))],
  ])('has JSON %s as itself', (_name, body) => {
    const deep = storedBody('application/json', body)
    const response = cacheResponse('k', { lookup: lookupOf({ value: deep }), stored: deep })
    expect(response.value).toEqual(JSON.parse(body.toString()))
  })

  it('has JSON as itself', () => {
    const response = cacheResponse('k', { lookup: lookupOf({ value: stored }), stored })
    expect(response).toMatchObject({ key: 'k', value: { a: 1 }, etag: stored.etag, state: 'fresh' })
    expect(response).not.toHaveProperty('valueBase64')
  })

  it.each([
    ['other bytes', 'image/png', Buffer.from([0, 255])],
    ['malformed JSON', 'application/json', Buffer.from('{')],
    ['JSON nested 501 deep', 'application/json', nested(501)],
    ['bytes that are no buffer', 'text/plain', new Uint8Array([1, 2])],
    [
      'a part of a larger piece of memory',
      'text/plain',
      new Uint8Array([9, 1, 2, 9]).subarray(1, 3),
    ],
  ])('has %s as base64', (_name, contentType, body) => {
    const other = storedBody(contentType, body)
    const response = cacheResponse('k', { lookup: lookupOf({ value: other }), stored: other })
    expect(response.valueBase64).toBe(Buffer.from(body).toString('base64'))
    expect(response).not.toHaveProperty('value')
  })

  it('says "never" by null', () => {
    const lookup = lookupOf({ ttlMs: Infinity, expiresAtMs: Infinity, value: stored })
    expect(cacheResponse('k', { lookup, stored })).toMatchObject({ ttlMs: null, expiresAtMs: null })
  })
})

describe('the headers', () => {
  it('of Cache-Status are members of a structured list', () => {
    expect(hitStatus(0)).toBe('platform-cache; hit; ttl=0')
    expect(staleStatus(1)).toBe('platform-cache; hit; ttl=-1; detail=stale')
    expect(staleStatus(1001)).toBe('platform-cache; hit; ttl=-2; detail=stale')
    expect(staleStatus(-5000)).toBe('platform-cache; hit; ttl=-1; detail=stale')
    expect([missStatus(false), missStatus(true)]).toEqual([
      'platform-cache; fwd=uri-miss',
      'platform-cache; fwd=stale',
    ])
    expect([storedStatus(true), storedStatus(false)]).toEqual([
      'platform-cache; stored',
      'platform-cache; stored=?0',
    ])
  })

  it('of TTL and tags can be sent back as they are', () => {
    expect(ttlHeader(5)).toBe('5s')
    const tags = ['a:1', 'b,c', '100%', 'ü', 'x y', '😀']
    expect(
      tagsHeader(tags)
        .split(',')
        .map((tag) => decodeURIComponent(tag.trim())),
    ).toEqual(tags)
  })
})

describe('finiteOrNull()', () => {
  it('keeps numbers, and gives null for never', () => {
    expect([0, 5, Infinity].map(finiteOrNull)).toEqual([0, 5, null])
  })
})
