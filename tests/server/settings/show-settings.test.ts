import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, it } from 'vitest'
import { loadSettings } from '../../../src/server/settings/load-settings.ts'
import { showSettings } from '../../../src/server/settings/show-settings.ts'

const folder = mkdtempSync(join(tmpdir(), 'show-settings-'))
const file = join(folder, 'platform-cache.config.json')

afterAll(() => rmSync(folder, { recursive: true, force: true }))

describe('showSettings()', () => {
  const sha256 = 'c0ffee'.padEnd(64, '0')
  const key = { sha256, scopes: ['cache:read'] }
  writeFileSync(
    file,
    JSON.stringify({
      maxBodyBytes: '1mb',
      namespaces: { users: { ttl: '1m' } },
      tenants: { acme: { maxEntries: 5, apiKeys: [{ ...key, id: 'k1' }] } },
      adminKeys: [{ ...key, id: 'k2', scopes: ['admin:read'], expiresAt: '2030-01-01T00:00:00Z' }],
    }),
  )
  const flags = { port: '1', drainDelay: '1s' }
  const environment = { PLATFORM_CACHE_LOG_LEVEL: 'warn' }
  const shown = showSettings(loadSettings({ folder, flags, environment }))
  const find = (name: string) => shown.find((each) => each.name === name)

  it('shows every setting, with who said it', () => {
    expect(find('port')).toEqual({ name: 'port', value: 1, source: 'flag', from: '--port' })
    expect(find('logLevel')).toEqual({
      name: 'logLevel',
      value: 'warn',
      source: 'environment',
      from: 'PLATFORM_CACHE_LOG_LEVEL',
    })
    expect(find('maxBodyBytes')).toMatchObject({ value: 2 ** 20, source: 'file', from: file })
    expect(find('host')).toMatchObject({ value: '127.0.0.1', source: 'default', from: 'default' })
    expect(find('namespaces')).toMatchObject({ value: { users: { ttl: '1m' } }, source: 'file' })
    expect(shown.map(({ name }) => name)).toEqual([
      'host',
      'port',
      'internalHost',
      'internalPort',
      'logLevel',
      'logFormat',
      'maxBodyBytes',
      'drainDelay',
      'drainTimeout',
      'memory.maxEntries',
      'memory.maxBytes',
      'memory.evictionPolicy',
      'memory.storage',
      'memory.snapshotDir',
      'defaults',
      'namespaces',
      'tenants',
      'adminKeys',
    ])
  })

  it('shows durations as they can be written, and null for what is not set', () => {
    expect(find('drainDelay')?.value).toBe('1000ms')
    expect(find('drainTimeout')?.value).toBe('25000ms')
    expect(find('memory.maxEntries')?.value).toBeNull()
  })

  it('masks the digests of keys, and shows the rest of them', () => {
    expect(find('tenants')?.value).toMatchObject({
      acme: {
        maxEntries: 5,
        apiKeys: [{ id: 'k1', sha256: '********', scopes: ['cache:read'], expiresAt: null }],
      },
    })
    expect(find('adminKeys')?.value).toMatchObject([
      { id: 'k2', sha256: '********', expiresAt: '2030-01-01T00:00:00.000Z' },
    ])
    expect(JSON.stringify(shown)).not.toContain('c0ffee')
  })
})
