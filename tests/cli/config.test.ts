import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, it } from 'vitest'
import { apiKeyId, digestApiKey } from '../../src/server/api-key.ts'
import { loadSettings } from '../../src/server/settings/load-settings.ts'
import { startServer } from '../../src/server/start-server.ts'
import { run, runAt } from './test-terminal.ts'

const folder = mkdtempSync(join(tmpdir(), 'cli-config-'))
const file = join(folder, 'platform-cache.config.json')
afterAll(() => rmSync(folder, { recursive: true, force: true }))

function write(content: unknown): void {
  writeFileSync(file, JSON.stringify(content))
}

describe('platform-cache config show', () => {
  const sha256 = 'e'.repeat(64)
  const key = { id: 'k1', sha256, scopes: ['cache:read'] }

  it('prints each setting with its value and who said it, digests masked', async () => {
    write({ logLevel: 'warn', tenants: { acme: { apiKeys: [key] } } })
    const { code, out, err } = await run(['config', 'show', '--port', '1'], {
      folder,
      environment: { PLATFORM_CACHE_HOST: '::1' },
    })
    expect([code, err]).toEqual([0, ''])
    expect(out).toMatch(/^host {19}::1 {2}\(PLATFORM_CACHE_HOST\)$/m)
    expect(out).toMatch(/^port {19}1 {2}\(--port\)$/m)
    expect(out).toContain(`warn  (${file})\n`)
    expect(out).toMatch(/^memory\.maxEntries {6}not set {2}\(default\)$/m)
    expect(out).toContain('"id":"k1","sha256":"********"')
    expect(out).not.toContain(sha256)
  })

  it('with --json is one document', async () => {
    write({ tenants: { acme: { apiKeys: [key] } } })
    const { out } = await run(['config', 'show', '--json'], { folder })
    const shown = JSON.parse(out)
    expect(shown.file).toBe(file)
    expect(shown.settings).toContainEqual({
      name: 'port',
      value: 7400,
      source: 'default',
      from: 'default',
    })
    expect(out).not.toContain(sha256)
    const bare = await run(['config', 'show', '--json'])
    expect(JSON.parse(bare.out).file).toBeNull()
  })

  it('ends with 2 if a setting is wrong', async () => {
    write({ prot: 1 })
    const { code, out, err } = await run(['config', 'show'], { folder })
    expect([code, out]).toEqual([2, ''])
    expect(err).toBe(
      `error: Cannot use prot (${file}): there is no such setting; did you mean port?\n`,
    )
  })
})

describe('platform-cache config validate', () => {
  it('is content with settings that are right', async () => {
    write({ port: 1 })
    expect(await run(['config', 'validate'], { folder })).toEqual({
      code: 0,
      out: '',
      err: `ok: ${file}\n`,
    })
    expect((await run(['config', 'validate'])).err).toBe('ok, without a config file\n')
    const { out } = await run(['config', 'validate', '--json'], { folder })
    expect(JSON.parse(out)).toEqual({ ok: true, file })
  })

  it('says all that is wrong, and ends with 2', async () => {
    write({ port: -1, defaults: { ttl: 'soon' } })
    const { code, err } = await run(['config', 'validate'], { folder })
    expect(code).toBe(2)
    expect(err).toMatch(/^error: Cannot use port .*\nCannot use defaults\.ttl .*\n$/)
    const json = await run(['config', 'validate', '--json'], { folder })
    expect(JSON.parse(json.err)).toMatchObject({
      error: { code: 'CACHE_OPTION_INVALID', exitCode: 2 },
    })
  })
})

describe('platform-cache config create-key', () => {
  const SCOPES = 'cache:read,cache:write'

  it('prints a key and its record on stdout, and what they are on stderr', async () => {
    const args = [
      'config',
      'create-key',
      '--tenant',
      'acme',
      '--scopes',
      ` cache:read, cache:write`,
    ]
    const { code, out, err } = await run(args)
    expect(code).toBe(0)
    const [key = '', record = ''] = out.trim().split('\n')
    expect(JSON.parse(record)).toEqual({
      id: apiKeyId(key),
      sha256: digestApiKey(key).toString('hex'),
      scopes: ['cache:read', 'cache:write'],
    })
    expect(err).toContain('nobody can show you again')
    expect(err).toContain('tenants.acme.apiKeys')
    expect(err).not.toContain(key)
  })

  it('with --json is one document, whose record the service accepts as it is', async () => {
    const args = ['config', 'create-key', '--tenant', 'acme', '--scopes', SCOPES, '--json']
    const { out } = await run(args)
    const { key, setting, record } = JSON.parse(out)
    expect(setting).toBe('tenants.acme.apiKeys')
    write({
      port: 0,
      internalPort: 0,
      logLevel: 'silent',
      tenants: { acme: { apiKeys: [record] } },
    })
    const { settings } = loadSettings({ folder, flags: {}, environment: {} })
    const server = await startServer(settings, { write: () => undefined })
    try {
      const environment = { PLATFORM_CACHE_TOKEN: key }
      expect((await runAt(server.publicUrl, ['set', 'a', 'x'], { environment })).code).toBe(0)
      expect((await runAt(server.publicUrl, ['get', 'a'], { environment })).out).toBe('x')
      expect((await runAt(server.publicUrl, ['get', 'a'])).code).toBe(3)
      expect((await runAt(server.publicUrl, ['keys'], { environment })).code).toBe(3)
    } finally {
      await server.close()
    }
  })

  it('makes keys of operators', async () => {
    const args = ['config', 'create-key', '--admin', '--scopes', 'admin:read', '--json']
    const { setting, record } = JSON.parse((await run(args)).out)
    expect(setting).toBe('adminKeys')
    expect(record.scopes).toEqual(['admin:read'])
  })

  it('writes the chosen id into the key', async () => {
    const args = ['config', 'create-key', '--admin', '--scopes', 'admin:read', '--id', 'ops1']
    expect((await run(args)).out).toMatch(/^pc_live_ops1_/)
  })

  it.each([
    ['2040-01-01T00:00:00Z', Date.UTC(2040, 0, 1)],
    ['90d', Date.now() + 90 * 86_400_000],
  ])('lets it expire at %s', async (expires, atMs) => {
    const args = ['config', 'create-key', '--admin', '--scopes', 'admin:read', '--json']
    const { record } = JSON.parse((await run([...args, '--expires', expires])).out)
    expect(Math.abs(Date.parse(record.expiresAt) - atMs)).toBeLessThan(60_000)
  })

  it.each([
    [['--scopes', SCOPES], 'Cannot tell whose key it is: expected either --tenant or --admin'],
    [['--tenant', 'a', '--admin', '--scopes', SCOPES], 'Cannot tell whose key it is'],
    [['--tenant', 'a b', '--scopes', SCOPES], 'Cannot use --tenant: expected 1 to 64 letters'],
    [['--tenant', 'a'], 'Cannot use --scopes: expected a list with at least one of cache:read'],
    [['--tenant', 'a', '--scopes', ','], 'Cannot use --scopes: expected a list with at least one'],
    [['--tenant', 'a', '--scopes', 'cache:wirte'], 'did you mean cache:write?'],
    [
      ['--tenant', 'a', '--scopes', 'admin:read'],
      'Cannot use --scopes: expected scopes of tenants',
    ],
    [['--admin', '--scopes', 'cache:read'], 'Cannot use --scopes: expected scopes of operators'],
    [['--tenant', 'a', '--scopes', SCOPES, '--id', 'a_b'], 'Cannot use --id: expected 1 to 32'],
    [['--tenant', 'a', '--scopes', SCOPES, '--expires', '0'], 'Cannot use --expires: expected'],
    [['--tenant', 'a', '--scopes', SCOPES, '--expires', '0s'], 'expected some time to live, got 0'],
    [['--tenant', 'a', '--scopes', SCOPES, '--expires', 'soon'], 'Cannot use --expires: expected'],
    [
      ['--tenant', 'a', '--scopes', SCOPES, '--expires', '2020-01-01T00:00:00Z'],
      'Cannot use --expires: expected',
    ],
  ])('refuses %j', async (args, message) => {
    const { code, out, err } = await run(['config', 'create-key', ...args])
    expect([code, out]).toEqual([2, ''])
    expect(err).toContain(message)
  })
})

describe('platform-cache config', () => {
  it('alone shows its help, as wrong usage', async () => {
    const { code, err } = await run(['config'])
    expect(code).toBe(2)
    expect(err).toContain('create-key')
  })
})
