import { describe, expect, it } from 'vitest'
import { checkListeners, hasCredentials } from '../../../src/server/settings/check-listeners.ts'
import type { ServerSettings } from '../../../src/server/settings/server-settings.ts'
import { adminKey, settingsWith, tenantWith } from '../test-settings.ts'
import { parseWithFaults } from './faults-of.ts'

function faultsWith(changes: Partial<ServerSettings>): readonly string[] {
  return parseWithFaults((faults) => checkListeners(settingsWith(changes), () => faults)).faults
}

const withKey = { adminKeys: [adminKey().record] }

describe('hasCredentials()', () => {
  it('is false without any key, also when there are tenants', () => {
    expect(hasCredentials(settingsWith())).toBe(false)
    expect(hasCredentials(settingsWith({ tenants: tenantWith('acme', []) }))).toBe(false)
  })

  it('is true with a key of an operator or of any tenant', () => {
    expect(hasCredentials(settingsWith(withKey))).toBe(true)
    const tenants = new Map([
      ...tenantWith('acme', []),
      ...tenantWith('other', [adminKey().record]),
    ])
    expect(hasCredentials(settingsWith({ tenants }))).toBe(true)
  })
})

describe('checkListeners()', () => {
  it.each([['127.0.0.1'], ['127.1.2.3'], ['::1']])(
    'has nothing against %s without keys',
    (host) => {
      expect(faultsWith({ host, internalHost: host })).toEqual([])
    },
  )

  it.each([['0.0.0.0'], ['::'], ['192.168.1.1'], ['cache.example']])(
    'refuses %s without keys, for both listeners, and says how to make one',
    (address) => {
      expect(faultsWith({ host: address, internalHost: address })).toEqual([
        `host: expected an address of this machine alone such as 127.0.0.1, since no API key is configured, got ${address}; to listen elsewhere, make a key with: platform-cache config create-key`,
        expect.stringMatching(/^internalHost: expected an address of this machine alone/),
      ])
    },
  )

  it('allows any address with a key', () => {
    expect(faultsWith({ host: '0.0.0.0', internalHost: '::', ...withKey })).toEqual([])
  })

  it.each([
    ['127.0.0.1', '127.0.0.1'],
    ['0.0.0.0', '127.0.0.1'],
    ['127.0.0.1', '::'],
  ])('refuses one port for both listeners at %s and %s', (host, internalHost) => {
    const changes = { host, internalHost, port: 7400, internalPort: 7400, ...withKey }
    expect(faultsWith(changes)).toEqual([
      'internalPort: expected another port than that of the public listener, got 7400 for both',
    ])
  })

  it('allows one port at two addresses, and any free port for both', () => {
    const apart = { host: '127.0.0.1', internalHost: '::1' }
    expect(faultsWith({ ...apart, port: 7400, internalPort: 7400 })).toEqual([])
    expect(faultsWith({ port: 0, internalPort: 0 })).toEqual([])
  })
})
