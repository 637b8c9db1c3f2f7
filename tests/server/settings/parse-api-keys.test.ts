import { describe, expect, it } from 'vitest'
import {
  type KeyHolder,
  parseApiKeys,
  parseScopes,
  scopesFor,
} from '../../../src/server/settings/parse-api-keys.ts'
import { parseWithFaults } from './faults-of.ts'

const SHA256 = 'a'.repeat(64)
const KEY = { id: 'k1', sha256: SHA256, scopes: ['cache:read'] }

const parse = (value: unknown, holder: KeyHolder = 'tenant') =>
  parseWithFaults((faults) => parseApiKeys(value, 'keys', holder, faults))

describe('scopesFor()', () => {
  it('divides all scopes between tenants and operators', () => {
    expect(scopesFor('tenant')).toEqual([
      'cache:read',
      'cache:write',
      'cache:invalidate',
      'cache:scan',
      'usage:read',
    ])
    expect(scopesFor('operator')).toEqual(['admin:read', 'admin:write', 'admin:reveal'])
  })
})

describe('parseApiKeys()', () => {
  it('is no keys if nothing is said', () => {
    expect(parse(undefined)).toEqual({ parsed: [], faults: [] })
  })

  it('reads a key that never expires, and one that does', () => {
    const expiring = { ...KEY, id: 'k2', expiresAt: '2030-01-01T01:00:00+01:00' }
    expect(parse([KEY, expiring])).toEqual({
      parsed: [
        { id: 'k1', sha256: SHA256, scopes: ['cache:read'], expiresAtMs: undefined },
        { id: 'k2', sha256: SHA256, scopes: ['cache:read'], expiresAtMs: Date.UTC(2030, 0, 1) },
      ],
      faults: [],
    })
  })

  it('takes a digest in capitals, and a scope twice, for what they are', () => {
    const { parsed } = parse([
      { ...KEY, sha256: SHA256.toUpperCase(), scopes: ['cache:read', 'cache:read'] },
    ])
    expect(parsed).toMatchObject([{ sha256: SHA256, scopes: ['cache:read'] }])
  })

  it.each([
    ['no list', {}, 'keys: expected an array, got an object'],
    ['a key that is no object', ['k'], 'keys[0]: expected an object, got "k"'],
    [
      'an unknown field',
      [{ ...KEY, expires: 1 }],
      'keys[0].expires: there is no such setting; did you mean expiresAt?',
    ],
    [
      'an id with other characters',
      [{ ...KEY, id: 'k_1' }],
      'keys[0].id: expected 1 to 32 letters and digits, as create-key prints it, got "k_1"',
    ],
    [
      'an id of 33',
      [{ ...KEY, id: 'k'.repeat(33) }],
      `keys[0].id: expected 1 to 32 letters and digits, as create-key prints it, got "${'k'.repeat(33)}"`,
    ],
    [
      'no scopes',
      [{ ...KEY, scopes: [] }],
      'keys[0].scopes: expected a list with at least one of cache:read, cache:write, cache:invalidate, cache:scan, usage:read, got an array of 0',
    ],
    [
      'a mistyped scope',
      [KEY, { ...KEY, scopes: ['cache:read', 'cache:wirte'] }],
      'keys[1].scopes: expected scopes of tenants: cache:read, cache:write, cache:invalidate, cache:scan, usage:read, got "cache:wirte"; did you mean cache:write?',
    ],
    [
      'an instant without an offset',
      [{ ...KEY, expiresAt: '2030-01-01T00:00:00' }],
      'keys[0].expiresAt: expected an offset such as Z or +02:00 at its end, since a local time alone names two instants or none when clocks change, got "2030-01-01T00:00:00"',
    ],
    [
      'a number as an instant',
      [{ ...KEY, expiresAt: 1 }],
      'keys[0].expiresAt: expected an ISO 8601 date-time such as 2030-01-31T00:00:00Z, got 1',
    ],
  ])('notes %s', (_name, value, fault) => {
    expect(parse(value).faults).toContain(fault)
  })

  it('never repeats what stands in place of a digest, since it may be the key itself', () => {
    const { parsed, faults } = parse([{ ...KEY, sha256: 'pc_live_secret' }])
    expect(parsed).toEqual([])
    expect(faults).toEqual([
      'keys[0].sha256: expected the SHA-256 of the key, 64 hexadecimal digits, as create-key prints it',
    ])
  })

  it('notes all that is wrong with a key at once, and goes on with the next', () => {
    const { parsed, faults } = parse([{}, KEY])
    expect(faults).toHaveLength(3)
    expect(parsed).toMatchObject([{ id: 'k1' }])
  })
})

describe('parseScopes()', () => {
  it('gives no operator a scope of tenants, and no tenant one of operators', () => {
    expect(parseScopes(['admin:read'], 'operator')).toEqual(['admin:read'])
    expect(() => parseScopes(['cache:read'], 'operator')).toThrow('scopes of operators: admin:read')
    expect(() => parseScopes(['admin:read'], 'tenant')).toThrow('scopes of tenants: cache:read')
  })

  it.each([[undefined], ['cache:read'], [null], [[1]]])('refuses %j', (value) => {
    expect(() => parseScopes(value, 'tenant')).toThrow(
      expect.objectContaining({ code: 'CACHE_OPTION_INVALID' }),
    )
  })
})
