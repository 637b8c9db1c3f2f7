import { mkdtempSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, afterEach, describe, expect, it } from 'vitest'
import type { ServerSettings } from '../../src/server/settings/server-settings.ts'
import { TenantCaches } from '../../src/server/tenant-caches.ts'
import { adminKey, settingsWith, tenantWith } from './test-settings.ts'

const opened: TenantCaches[] = []
const silent = { warn: () => undefined, error: () => undefined }

function cachesWith(changes: Partial<ServerSettings>): TenantCaches {
  const caches = new TenantCaches(settingsWith(changes), silent)
  opened.push(caches)
  return caches
}

afterEach(async () => {
  for (const caches of opened.splice(0)) await caches.close()
})

const names = (caches: TenantCaches) => caches.tenants().map(({ name }) => name)

describe('TenantCaches', () => {
  it('has the tenant default when there are no others', () => {
    const caches = cachesWith({})
    expect(caches.tenants()).toEqual([{ name: 'default', description: '' }])
    expect(caches.cacheFor('default')?.name).toBe('default')
    expect(caches.cacheFor('acme')).toBeUndefined()
  })

  it('has it beside others as long as nobody says who they are', () => {
    expect(names(cachesWith({ tenants: tenantWith('acme', []) }))).toEqual(['default', 'acme'])
  })

  it('has only the configured tenants once there are keys', () => {
    const tenants = tenantWith('acme', [adminKey().record], { description: 'a customer' })
    const caches = cachesWith({ tenants })
    expect(caches.tenants()).toEqual([{ name: 'acme', description: 'a customer' }])
    expect(caches.cacheFor('default')).toBeUndefined()
  })

  it('has the tenant default if only operators have keys, so that they have something to look at', () => {
    expect(names(cachesWith({ adminKeys: [adminKey().record] }))).toEqual(['default'])
  })

  it('keeps a configured default as it is configured', () => {
    const tenants = tenantWith('default', [], { description: 'all of us' })
    expect(cachesWith({ tenants }).tenants()).toEqual([
      { name: 'default', description: 'all of us' },
    ])
  })

  it('never shows one tenant a key of another', async () => {
    const tenants = new Map([...tenantWith('a', []), ...tenantWith('b', [])])
    const caches = cachesWith({ tenants })
    await caches.cacheFor('a')?.namespace('users').set('k', 'of a')
    expect(await caches.cacheFor('a')?.namespace('users').get('k')).toBe('of a')
    expect(await caches.cacheFor('b')?.namespace('users').get('k')).toBeUndefined()
    expect((await caches.cacheFor('b')?.stats())?.entries).toBe(0)
  })

  it('gives each tenant its own limits, and the common ones where it has none', async () => {
    const tenants = new Map([
      ...tenantWith('small', [], { maxEntries: 1 }),
      ...tenantWith('common', []),
    ])
    const memory = { ...settingsWith().memory, maxEntries: 2 }
    const caches = cachesWith({ tenants, memory })
    for (const tenant of ['small', 'common']) {
      const cache = caches.cacheFor(tenant)?.namespace('n')
      for (const key of ['a', 'b', 'c']) await cache?.set(key, key)
    }
    const entries = async (tenant: string) => (await caches.cacheFor(tenant)?.stats())?.entries
    expect([await entries('small'), await entries('common')]).toEqual([1, 2])
  })

  it('defines the configured caches for every tenant, over the common defaults', () => {
    const caches = cachesWith({
      tenants: tenantWith('acme', []),
      defaults: { priority: 'low' },
      namespaces: new Map([
        ['users', { maxEntries: 5 }],
        ['default', { description: 'of all' }],
      ]),
    })
    for (const tenant of ['default', 'acme']) {
      const cache = caches.cacheFor(tenant)
      expect(cache?.describeNamespace('users')).toMatchObject({
        maxEntries: 5,
        entryPolicy: { priority: 'low' },
      })
      expect(cache?.describeNamespace('default')).toMatchObject({ description: 'of all' })
    }
  })

  it('close() closes all of them', async () => {
    const caches = cachesWith({ tenants: tenantWith('acme', []) })
    await caches.close()
    for (const tenant of ['default', 'acme']) {
      expect(caches.cacheFor(tenant)?.health().status).toBe('fail')
    }
  })
})

describe('TenantCaches with a folder for snapshots', () => {
  const folder = mkdtempSync(join(tmpdir(), 'tenant-snapshots-'))
  const snapshotDir = join(folder, 'made', 'by', 'the service')
  const memory = { ...settingsWith().memory, snapshotDir }

  afterAll(() => rmSync(folder, { recursive: true, force: true }))

  it('saves each tenant in a file of its own, whatever its name, in a folder of its owner', async () => {
    const tenants = new Map(
      ['acme', 'Acme', 'con', 'a.b_c-d'].flatMap((name) => [...tenantWith(name, [])]),
    )
    const before = cachesWith({ tenants, memory })
    for (const tenant of tenants.keys()) {
      await before.cacheFor(tenant)?.namespace('users').set('k', `of ${tenant}`)
    }
    await before.close()
    expect(readdirSync(snapshotDir).sort()).toEqual([
      'tenant-^acme.snapshot',
      'tenant-a.b_c-d.snapshot',
      'tenant-acme.snapshot',
      'tenant-con.snapshot',
      'tenant-default.snapshot',
    ])
    expect(statSync(snapshotDir).mode & 0o777).toBe(0o700)
    const after = cachesWith({ tenants, memory })
    await after.ready()
    for (const tenant of tenants.keys()) {
      // Nobody has opened it here: it is there since it was saved.
      expect(after.cacheFor(tenant)?.hasNamespace('users')).toBe(true)
      expect(after.cacheFor(tenant)?.namespace('users').peek('k')).toBe(`of ${tenant}`)
    }
  })

  it('restores configured caches under their settings', async () => {
    const before = cachesWith({ memory })
    await before.cacheFor('default')?.namespace('pages').set('k', 'v')
    await before.close()
    const after = cachesWith({ memory, namespaces: new Map([['pages', { maxEntries: 5 }]]) })
    await after.ready()
    const cache = after.cacheFor('default')
    expect(cache?.namespace('pages').peek('k')).toBe('v')
    expect(cache?.describeNamespace('pages')?.maxEntries).toBe(5)
  })

  it('works without them where the folder cannot be made, and says so', async () => {
    const file = join(folder, 'a file')
    writeFileSync(file, '')
    const warnings: string[] = []
    const logger = {
      warn: (_: object, text: string) => warnings.push(text),
      error: () => undefined,
    }
    const settings = settingsWith({ memory: { ...memory, snapshotDir: join(file, 'below') } })
    const caches = new TenantCaches(settings, logger)
    await caches.ready()
    expect(warnings).toEqual(['the folder for snapshots can not be made'])
    await caches.close()
  })
})
