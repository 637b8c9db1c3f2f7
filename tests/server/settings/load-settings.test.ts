import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeEach, describe, expect, it } from 'vitest'
import { type LoadedSettings, loadSettings } from '../../../src/server/settings/load-settings.ts'
import { messagesOf } from './faults-of.ts'

const folder = mkdtempSync(join(tmpdir(), 'load-settings-'))
const file = join(folder, 'platform-cache.config.json')

beforeEach(() => rmSync(file, { force: true }))
afterAll(() => rmSync(folder, { recursive: true, force: true }))

interface Said {
  readonly flags?: Readonly<Record<string, string>>
  readonly environment?: Readonly<Record<string, string>>
  readonly content?: unknown
}

function load({ flags = {}, environment = {}, content }: Said): LoadedSettings {
  if (content !== undefined) writeFileSync(file, JSON.stringify(content))
  return loadSettings({ folder, flags, environment })
}

function faultsOf(said: Said): readonly string[] {
  return messagesOf(() => load(said)).map((message) => message.replace(file, 'FILE'))
}

const KEY = { sha256: 'd'.repeat(64), scopes: ['cache:read'] }

describe('loadSettings() without anything said', () => {
  it('is the service on this machine alone, without tenants and keys', () => {
    const { settings, filePath, origins } = load({})
    expect(settings).toEqual({
      host: '127.0.0.1',
      port: 7400,
      internalHost: '127.0.0.1',
      internalPort: 7401,
      logLevel: 'info',
      logFormat: 'auto',
      maxBodyBytes: 8 * 2 ** 20,
      drainDelayMs: 0,
      drainTimeoutMs: 25_000,
      memory: {
        maxEntries: undefined,
        maxBytes: 256 * 2 ** 20,
        evictionPolicy: 'w-tinylfu',
        storage: 'reference',
        snapshotDir: undefined,
      },
      defaults: {},
      namespaces: new Map(),
      tenants: new Map(),
      adminKeys: [],
    })
    expect(filePath).toBeUndefined()
    expect([...origins.values()].every(({ source }) => source === 'default')).toBe(true)
  })
})

describe('loadSettings() with several who say something', () => {
  const content = { port: 3, memory: { maxBytes: '3mb' } }
  const environment = { PLATFORM_CACHE_PORT: '2', PLATFORM_CACHE_MEMORY_MAX_BYTES: '2mb' }
  const flags = { port: '1', 'memory.maxBytes': '1mb' }

  it.each([
    [{ content }, 3, 3, 'file'],
    [{ content, environment }, 2, 2, 'environment'],
    [{ content, environment, flags }, 1, 1, 'flag'],
    [{ content, flags }, 1, 1, 'flag'],
    [{ environment, flags }, 1, 1, 'flag'],
    [{ environment }, 2, 2, 'environment'],
  ] as const)('flags win over variables, variables over the file: %j', (said, port, mb, source) => {
    const { settings, origins } = load(said)
    expect(settings.port).toBe(port)
    expect(settings.memory.maxBytes).toBe(mb * 2 ** 20)
    expect(origins.get('port')?.source).toBe(source)
    expect(origins.get('memory.maxBytes')?.source).toBe(source)
  })

  it('mixes them setting by setting', () => {
    const { settings } = load({
      content: { port: 3, host: '127.0.0.3', logLevel: 'error' },
      environment: { PLATFORM_CACHE_HOST: '127.0.0.2', PLATFORM_CACHE_LOG_LEVEL: 'warn' },
      flags: { logLevel: 'debug' },
    })
    expect(settings).toMatchObject({ port: 3, host: '127.0.0.2', logLevel: 'debug' })
  })

  it('takes an empty variable for none', () => {
    expect(load({ content, environment: { PLATFORM_CACHE_PORT: '' } }).settings.port).toBe(3)
  })
})

describe('loadSettings() with a file', () => {
  it('reads the structures that only a file can say', () => {
    const { settings, filePath, origins } = load({
      content: {
        defaults: { ttl: '1m' },
        namespaces: { users: { maxEntries: 5 } },
        tenants: { acme: { apiKeys: [{ ...KEY, id: 'a' }] } },
        adminKeys: [{ ...KEY, id: 'b', scopes: ['admin:read'] }],
      },
    })
    expect(settings.defaults).toEqual({ ttl: '1m' })
    expect(settings.namespaces.get('users')).toEqual({ maxEntries: 5 })
    expect(settings.tenants.get('acme')?.apiKeys).toMatchObject([{ id: 'a' }])
    expect(settings.adminKeys).toMatchObject([{ id: 'b' }])
    expect(filePath).toBe(file)
    expect(origins.get('tenants')).toEqual({ source: 'file', label: file })
  })

  it('is named by --config, or else by PLATFORM_CACHE_CONFIG', () => {
    writeFileSync(join(folder, 'one.json'), '{"port":1}')
    writeFileSync(join(folder, 'two.json'), '{"port":2}')
    const environment = { PLATFORM_CACHE_CONFIG: 'two.json' }
    expect(load({ environment }).settings.port).toBe(2)
    expect(load({ environment, flags: { config: 'one.json' } }).settings.port).toBe(1)
    expect(faultsOf({ environment: { PLATFORM_CACHE_CONFIG: 'three.json' } })).toEqual([
      expect.stringMatching(/no such file; PLATFORM_CACHE_CONFIG names it$/),
    ])
  })

  it.each([
    [{ prot: 1 }, 'prot (FILE): there is no such setting; did you mean port?'],
    [{ maxBytes: 1 }, 'maxBytes (FILE): there is no such setting; did you mean memory.maxBytes?'],
    [
      { 'memory.maxBytes': 1 },
      'memory.maxBytes (FILE): there is no such setting; did you mean memory.maxBytes?',
    ],
    [
      { memory: { maxByte: 1 } },
      'memory.maxByte (FILE): there is no such setting; did you mean maxBytes?',
    ],
    [{ memory: 1 }, 'memory (FILE): expected an object, got 1'],
    [{ memory: null }, 'memory (FILE): expected an object, got null'],
    [{ tenants: null }, 'tenants (FILE): expected an object, got null'],
    [{ adminKeys: {} }, 'adminKeys (FILE): expected an array, got an object'],
    [{ port: '7400' }, 'port (FILE): expected a whole number from 0 to 65535, got "7400"'],
    [{ host: 'a b' }, 'host (FILE): expected an IP address or a host name, got "a b"'],
    [
      { logLevel: 'loud' },
      'logLevel (FILE): expected one of fatal, error, warn, info, debug, trace, silent, got "loud"',
    ],
    [[], 'the config file (FILE): expected an object, got an array of 0'],
  ])('refuses %j', (content, fault) => {
    const [first, ...others] = faultsOf({ content })
    expect(others).toEqual([])
    expect(first).toBe(fault)
  })

  it('refuses one key id for two keys, whoever they belong to', () => {
    const content = {
      tenants: {
        a: {
          apiKeys: [
            { ...KEY, id: 'x' },
            { ...KEY, id: 'y' },
          ],
        },
        b: { apiKeys: [{ ...KEY, id: 'x' }] },
      },
      adminKeys: [{ ...KEY, id: 'y', scopes: ['admin:read'] }],
    }
    expect(faultsOf({ content })).toEqual([
      'tenants.b.apiKeys (FILE): the key id x stands in tenants.a.apiKeys already',
      'adminKeys (FILE): the key id y stands in tenants.a.apiKeys already',
    ])
  })
})

describe('loadSettings() with variables', () => {
  it.each([
    ['PLATFORM_CACHE_PROT', 'there is no such setting; did you mean PLATFORM_CACHE_PORT?'],
    ['PLATFORM_CACHE_TOKN', 'there is no such setting; did you mean PLATFORM_CACHE_TOKEN?'],
    ['PLATFORM_CACHE_CERTIFICATE', 'there is no such setting'],
    ['PLATFORM_CACHE_TENANTS', 'only the config file can say this'],
  ])('refuses %s: %s', (name, why) => {
    expect(faultsOf({ environment: { [name]: '1' } })).toEqual([`${name} (environment): ${why}`])
  })

  it.each([['PLATFORM_CACHE_URL'], ['PLATFORM_CACHE_TOKEN'], ['PLATFORM_CACHEX'], ['PORT']])(
    'leaves %s alone, which is not for the service',
    (name) => {
      expect(load({ environment: { [name]: 'x' } }).settings).toEqual(load({}).settings)
    },
  )

  it('names the variable that says something wrong', () => {
    expect(faultsOf({ environment: { PLATFORM_CACHE_PORT: 'x' } })).toEqual([
      'port (PLATFORM_CACHE_PORT): expected a whole number from 0 to 65535, got "x"',
    ])
  })

  it('overlooks what Kubernetes sets beside a Service named platform-cache', () => {
    const environment = {
      PLATFORM_CACHE_PORT: 'tcp://10.0.0.1:7400',
      PLATFORM_CACHE_SERVICE_HOST: '10.0.0.1',
      PLATFORM_CACHE_SERVICE_PORT: '7400',
      PLATFORM_CACHE_SERVICE_PORT_HTTP: '7400',
      PLATFORM_CACHE_PORT_7400_TCP: 'tcp://10.0.0.1:7400',
      PLATFORM_CACHE_PORT_7400_TCP_ADDR: '10.0.0.1',
    }
    expect(load({ environment }).settings.port).toBe(7400)
  })
})

describe('loadSettings() with several faults', () => {
  it('tells all of them, each with its place, and the address that needs a key among them', () => {
    const faults = faultsOf({
      flags: { port: 'x', host: '0.0.0.0' },
      environment: { PLATFORM_CACHE_LOG_LEVEL: 'loud' },
      content: { drainTimeout: '2h', defaults: { ttl: '?' } },
    })
    expect(faults.map((fault) => fault.split(':')[0])).toEqual([
      'port (--port)',
      'logLevel (PLATFORM_CACHE_LOG_LEVEL)',
      'drainTimeout (FILE)',
      'defaults.ttl (FILE)',
      'host (--host)',
    ])
  })
})
