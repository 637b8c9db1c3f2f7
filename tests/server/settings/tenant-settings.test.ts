import { describe, expect, it } from 'vitest'
import {
  DEFAULT_TENANT_SETTINGS,
  parseTenants,
} from '../../../src/server/settings/tenant-settings.ts'
import { parseWithFaults } from './faults-of.ts'

const tenants = (value: unknown) =>
  parseWithFaults((faults) => parseTenants(value, 'tenants', faults))

describe('parseTenants()', () => {
  it('reads a tenant of which nothing is said as the default one', () => {
    expect(tenants({ acme: {} })).toEqual({
      parsed: new Map([['acme', DEFAULT_TENANT_SETTINGS]]),
      faults: [],
    })
  })

  it('reads limits, a description, and two keys, so that one can replace the other', () => {
    const key = { sha256: 'b'.repeat(64), scopes: ['cache:read'] }
    const { parsed, faults } = tenants({
      acme: {
        description: 'a customer',
        maxEntries: 1,
        maxBytes: '1mb',
        evictionPolicy: 'fifo',
        apiKeys: [
          { ...key, id: 'old' },
          { ...key, id: 'new' },
        ],
      },
    })
    expect(faults).toEqual([])
    expect(parsed.get('acme')).toMatchObject({
      description: 'a customer',
      maxEntries: 1,
      maxBytes: 1_048_576,
      evictionPolicy: 'fifo',
      apiKeys: [{ id: 'old' }, { id: 'new' }],
    })
  })

  it.each([
    ['acme', { maxBytes: 0 }, /^tenants\.acme\.maxBytes: expected whole bytes/],
    ['acme', { maxEntries: 0 }, /^tenants\.acme\.maxEntries: expected a whole number from 1 to/],
    [
      'acme',
      { evictionPolicy: 'mru' },
      /^tenants\.acme\.evictionPolicy: expected one of w-tinylfu, lru/,
    ],
    ['acme', { description: 1 }, /^tenants\.acme\.description: expected text of at most 1000/],
    ['acme', { description: 'd'.repeat(1001) }, /^tenants\.acme\.description: expected text/],
    ['acme', { apiKey: [] }, /^tenants\.acme\.apiKey: there is no such.*did you mean apiKeys\?$/],
    ['acme', { apiKeys: {} }, /^tenants\.acme\.apiKeys: expected an array/],
    ['acme', { apiKeys: [{}] }, /^tenants\.acme\.apiKeys\[0\]\.id: expected/],
    ['acme', 'x', /^tenants\.acme: expected an object, got "x"$/],
    ['a/b', {}, /^tenants\.a\/b: expected 1 to 64 letters/],
  ])('notes for %s: %j', (name, tenant, fault) => {
    expect(tenants({ [name]: tenant }).faults).toContainEqual(expect.stringMatching(fault))
  })

  it('accepts a description of 1000 characters', () => {
    expect(tenants({ a: { description: 'd'.repeat(1000) } }).faults).toEqual([])
  })

  it('keeps a tenant of whom one setting is wrong, without that setting', () => {
    const { parsed } = tenants({ acme: { maxBytes: 0, maxEntries: 5 } })
    expect(parsed.get('acme')).toMatchObject({ maxBytes: undefined, maxEntries: 5 })
  })
})
