import { describe, expect, it } from 'vitest'
import type { Principal } from '../../src/api/dependencies/cache-dependencies.ts'
import { createApiKey } from '../../src/server/api-key.ts'
import { ApiKeyRing } from '../../src/server/api-key-ring.ts'
import { type TestKey, tenantWith, testKey } from './test-settings.ts'

interface Holders {
  readonly acme?: readonly TestKey[]
  readonly admins?: readonly TestKey[]
  readonly nowMs?: number
}

function ringOf({ acme = [], admins = [], nowMs = 0 }: Holders): ApiKeyRing {
  const records = (keys: readonly TestKey[]) => keys.map(({ record }) => record)
  const tenants = tenantWith('acme', records(acme))
  return new ApiKeyRing({ tenants, adminKeys: records(admins) }, () => nowMs)
}

function admit(ring: ApiKeyRing, authorization: string | undefined): Principal | undefined {
  return ring.authenticate({ headers: authorization === undefined ? {} : { authorization } })
}

describe('ApiKeyRing', () => {
  it('says whose key it is, and what it allows', () => {
    const key = testKey(['cache:read'])
    expect(admit(ringOf({ acme: [key] }), `Bearer ${key.key}`)).toEqual({
      tenant: 'acme',
      keyId: key.record.id,
      scopes: ['cache:read'],
    })
  })

  it('knows two keys of one tenant at a time, so that one can replace the other', () => {
    const [old, young] = [testKey(['cache:read']), testKey(['cache:read'])]
    const ring = ringOf({ acme: [old, young] })
    expect([old, young].map(({ key }) => admit(ring, `Bearer ${key}`)?.keyId)).toEqual([
      old.record.id,
      young.record.id,
    ])
  })

  it('gives operators no tenant of their own', () => {
    const key = testKey(['admin:read'])
    const ring = ringOf({ admins: [key] })
    expect(admit(ring, `Bearer ${key.key}`)).toMatchObject({ tenant: '', scopes: ['admin:read'] })
  })

  it('refuses another key with a known id', () => {
    const key = testKey(['cache:read'])
    const forged = createApiKey(key.record.id).key
    expect(admit(ringOf({ acme: [key] }), `Bearer ${forged}`)).toBeUndefined()
  })

  it('refuses a key that it does not know', () => {
    expect(admit(ringOf({}), `Bearer ${createApiKey().key}`)).toBeUndefined()
  })

  it('admits an expiring key up to the millisecond before', () => {
    const key = testKey(['cache:read'], 1000)
    expect(admit(ringOf({ acme: [key], nowMs: 999 }), `Bearer ${key.key}`)).toBeDefined()
    expect(admit(ringOf({ acme: [key], nowMs: 1000 }), `Bearer ${key.key}`)).toBeUndefined()
  })

  it('reads the scheme in any case, and with several spaces, as HTTP has it', () => {
    const key = testKey(['cache:read'])
    const ring = ringOf({ acme: [key] })
    for (const scheme of ['bearer ', 'BEARER  ', 'Bearer ']) {
      expect(admit(ring, `${scheme}${key.key}`)).toBeDefined()
    }
  })

  it.each([
    [undefined],
    [''],
    ['Bearer'],
    ['Bearer '],
    ['Basic KEY'],
    ['KEY'],
    ['Bearer KEY KEY'],
    [`Bearer ${'x'.repeat(10_000)}`],
  ])('refuses %.30s', (authorization) => {
    const key = testKey(['cache:read'])
    const header = authorization?.replaceAll('KEY', key.key)
    expect(admit(ringOf({ acme: [key] }), header)).toBeUndefined()
  })
})
