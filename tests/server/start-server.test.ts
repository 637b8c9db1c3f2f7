import { mkdtempSync, readdirSync, rmSync } from 'node:fs'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, afterEach, describe, expect, it, vi } from 'vitest'
import type { Scope } from '../../src/api/dependencies/cache-dependencies.ts'
import { isCacheError } from '../../src/core/exceptions/cache-error.ts'
import { parseSize } from '../../src/core/value-objects/cache-size.ts'
import { parseDuration } from '../../src/core/value-objects/duration.ts'
import type { ServerSettings } from '../../src/server/settings/server-settings.ts'
import { type RunningServer, startServer } from '../../src/server/start-server.ts'
import { openRaw } from './raw-request.ts'
import { adminKey, settingsWith, type TestKey, tenantWith, testKey } from './test-settings.ts'

const servers: RunningServer[] = []

afterEach(async () => {
  await Promise.all(servers.splice(0).map((server) => server.close()))
})

async function start(changes: Partial<ServerSettings> = {}) {
  const lines: string[] = []
  const output = { write: (line: string) => lines.push(line) }
  const server = await startServer(settingsWith(changes), output)
  servers.push(server)
  const messages = () => lines.map((line): string => JSON.parse(line).msg)
  return { ...server, messages }
}

async function statusOf(url: string, init?: RequestInit & { key?: TestKey }): Promise<number> {
  const authorization = init?.key === undefined ? {} : { authorization: `Bearer ${init.key.key}` }
  const response = await fetch(url, { ...init, headers: { ...authorization, ...init?.headers } })
  await response.arrayBuffer()
  return response.status
}

describe('startServer() without API keys', () => {
  it('serves everybody on this machine as the tenant default, operators included', async () => {
    const { publicUrl, internalUrl } = await start()
    const entry = `${publicUrl}/v1/caches/users/entries/a`
    expect(await statusOf(entry, { method: 'PUT', body: 'x' })).toBe(201)
    expect(await statusOf(entry)).toBe(200)
    const overview = await fetch(`${publicUrl}/v1/admin/overview`)
    expect(await overview.json()).toMatchObject({
      readiness: 'ready',
      tenants: [{ name: 'default' }],
    })
    expect(await statusOf(`${internalUrl}/v1/caches/users/entries/a`)).toBe(200)
  })

  it('says so in its log, with both addresses', async () => {
    const { messages, publicUrl, internalUrl } = await start({ logLevel: 'info' })
    expect(messages()[0]).toMatch(/^Platform Cache \d+\.\d+\.\d+ listens on /)
    expect(messages()[0]).toContain(publicUrl)
    expect(messages()[0]).toContain(internalUrl)
    expect(messages()[1]).toMatch(/No API keys.*this machine only.*tenant "default"/)
  })

  it('refuses to stand open to the network, whoever made the settings', async () => {
    for (const name of ['host', 'internalHost']) {
      await expect(start({ [name]: '0.0.0.0' })).rejects.toThrow(
        `Cannot use ${name} (settings): expected an address of this machine alone`,
      )
    }
  })

  it('refuses what comes under a name that a web page could have pointed here, on both listeners', async () => {
    const { publicUrl, internalUrl } = await start()
    for (const url of [publicUrl, internalUrl]) {
      const connection = await openRaw(url)
      connection.send('GET /v1/caches HTTP/1.1\r\nHost: evil.example\r\n\r\n')
      expect(await connection.until('CACHE_FORBIDDEN')).toContain('403 Forbidden')
      connection.close()
      const nameless = await openRaw(url)
      nameless.send('GET /v1/caches HTTP/1.0\r\n\r\n')
      expect(await nameless.until('CACHE_FORBIDDEN')).toContain('403 Forbidden')
      nameless.close()
    }
  })

  it('refuses a post from a web page of another', async () => {
    const { publicUrl } = await start()
    const flush = { method: 'POST', headers: { origin: 'https://evil.example' } }
    expect(await statusOf(`${publicUrl}/v1/caches/default/_flush`, flush)).toBe(403)
    expect(await statusOf(`${publicUrl}/v1/caches/default/_flush`, { method: 'POST' })).toBe(200)
  })
})

describe('startServer() with API keys', () => {
  const acme = testKey(['cache:read', 'cache:write'])
  const other = testKey(['cache:read'])
  const admin = adminKey()
  const credentials = {
    tenants: new Map([
      ...tenantWith('acme', [acme.record]),
      ...tenantWith('other', [other.record]),
    ]),
    adminKeys: [admin.record],
  }

  it('does not speak of missing keys, and admits any host name', async () => {
    const { publicUrl, messages } = await start({ ...credentials, logLevel: 'info' })
    expect(messages()).toHaveLength(1)
    const connection = await openRaw(publicUrl)
    connection.send('GET /v1/caches HTTP/1.1\r\nHost: cache.example\r\n\r\n')
    expect(await connection.until('CACHE_UNAUTHENTICATED')).toContain('401 Unauthorized')
    connection.close()
  })

  it('keeps the entries of one tenant from the other', async () => {
    const { publicUrl } = await start(credentials)
    const entry = `${publicUrl}/v1/caches/default/entries/a`
    expect(await statusOf(entry, { method: 'PUT', body: 'x', key: acme })).toBe(201)
    expect(await statusOf(entry, { key: acme })).toBe(200)
    expect(await statusOf(entry, { key: other })).toBe(404)
  })

  it('answers 401 without a key and with a wrong one, 403 for what the scopes do not allow', async () => {
    const { publicUrl } = await start(credentials)
    const entry = `${publicUrl}/v1/caches/default/entries/a`
    expect(await statusOf(entry)).toBe(401)
    expect(await statusOf(entry, { key: testKey(['cache:read']) })).toBe(401)
    expect(await statusOf(entry, { method: 'PUT', body: 'x', key: other })).toBe(403)
    expect(await statusOf(`${publicUrl}/v1/admin/overview`, { key: acme })).toBe(403)
    expect(await statusOf(`${publicUrl}/v1/admin/overview`, { key: admin })).toBe(200)
    expect(await statusOf(entry, { key: admin })).toBe(403)
  })

  const allowed: readonly (readonly [Scope, string, string])[] = [
    ['cache:read', 'GET', '/v1/caches'],
    ['cache:write', 'PUT', '/v1/caches/default/entries/a'],
    ['cache:invalidate', 'POST', '/v1/caches/default/_flush'],
    ['cache:scan', 'GET', '/v1/caches/default/keys'],
    ['usage:read', 'GET', '/v1/usage'],
  ]

  it('has a scope for each kind of request, and each opens its own alone', async () => {
    const keys = allowed.map(([scope]) => testKey([scope]))
    const { publicUrl } = await start({
      tenants: tenantWith(
        'acme',
        keys.map((key) => key.record),
      ),
    })
    for (const [at, key] of keys.entries()) {
      const statuses = allowed.map(([, method, path]) =>
        statusOf(`${publicUrl}${path}`, {
          method,
          key,
          ...(method === 'PUT' ? { body: 'x' } : {}),
        }),
      )
      const opened = (await Promise.all(statuses)).map((status) => status < 300)
      expect(opened).toEqual(allowed.map((_, other) => other === at))
    }
  })

  it('shows the contract without a key', async () => {
    const { publicUrl } = await start(credentials)
    expect(await statusOf(`${publicUrl}/openapi.json`)).toBe(200)
    expect(await statusOf(`${publicUrl}/docs/`)).toBe(200)
  })

  it('tells the network of its health alone on an internal listener that it reaches', async () => {
    const { internalUrl } = await start({ ...credentials, internalHost: '0.0.0.0' })
    const local = internalUrl.replace('0.0.0.0', '127.0.0.1')
    expect(await statusOf(`${local}/readyz`)).toBe(200)
    expect(await statusOf(`${local}/metrics`)).toBe(200)
    expect(await statusOf(`${local}/v1/caches`, { headers: { 'cache-tenant': 'acme' } })).toBe(403)
  })
})

describe('startServer() with limits', () => {
  it('refuses a value over maxBodyBytes, and takes one of just that size, alone and in a batch', async () => {
    const { publicUrl } = await start({ maxBodyBytes: parseSize('1kb', 'maxBodyBytes') })
    const cache = `${publicUrl}/v1/caches/default`
    const put = (bytes: number) =>
      statusOf(`${cache}/entries/a`, { method: 'PUT', body: 'x'.repeat(bytes) })
    expect([await put(1024), await put(1025)]).toEqual([201, 413])
    const response = await fetch(`${cache}/_mset`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({
        items: [1024, 1025].map((bytes) => ({
          key: `k${bytes}`,
          valueBase64: Buffer.alloc(bytes).toString('base64'),
        })),
      }),
    })
    expect(await response.json()).toMatchObject({ items: [{ status: 204 }, { status: 413 }] })
  })

  it('takes a batch of one value as large as a PUT may be', async () => {
    const { publicUrl } = await start({ maxBodyBytes: parseSize('25mb', 'maxBodyBytes') })
    const item = { key: 'a', valueBase64: Buffer.alloc(25 * 2 ** 20).toString('base64') }
    const response = await fetch(`${publicUrl}/v1/caches/default/_mset`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ items: [item] }),
    })
    expect(await response.json()).toMatchObject({ items: [{ status: 204 }] })
  })
})

describe('startServer() where it can not listen', () => {
  it('says which address is in use and how to choose another, and lets go of the rest', async () => {
    const blocker = createServer()
    await new Promise<void>((listening) => blocker.listen(0, '127.0.0.1', listening))
    const address = blocker.address()
    const port = typeof address === 'object' && address !== null ? address.port : 0
    try {
      for (const [name, flag] of [
        ['port', '--port'],
        ['internalPort', '--internal-port'],
      ] as const) {
        const failure = await start({ [name]: port }).catch((error: unknown) => error)
        expect(isCacheError(failure)).toBe(true)
        expect(String(failure)).toContain(
          `Cannot listen on http://127.0.0.1:${port}: the port is in use; choose another with ${flag}`,
        )
      }
    } finally {
      await new Promise((closed) => blocker.close(closed))
    }
    expect(await statusOf(`${(await start({ port })).publicUrl}/v1/caches`)).toBe(200)
  })

  it('says so of an address that this machine does not have', async () => {
    const settings = { host: '192.0.2.1', adminKeys: [adminKey().record] }
    await expect(start(settings)).rejects.toThrow(
      /^Cannot listen on http:\/\/192\.0\.2\.1:0: this machine has no such address; choose another with --host$/,
    )
  })
})

describe('close()', () => {
  it('answers 503 at readyz while a request still runs, lets it end, and then stops', async () => {
    const { publicUrl, internalUrl, close, messages } = await start({ logLevel: 'info' })
    const slow = await openRaw(publicUrl)
    slow.send(
      'PUT /v1/caches/default/entries/a HTTP/1.1\r\nHost: localhost\r\nContent-Length: 4\r\n\r\nsl',
    )
    // The answer to this one says that the service has seen the first.
    expect(await statusOf(`${publicUrl}/v1/caches`)).toBe(200)
    expect(await statusOf(`${internalUrl}/readyz`)).toBe(200)

    const closed = close()
    expect(await statusOf(`${internalUrl}/readyz`)).toBe(503)
    expect(await statusOf(`${internalUrl}/livez`)).toBe(200)
    const verbose = await fetch(`${internalUrl}/readyz?verbose`)
    expect(await verbose.json()).toMatchObject({
      status: 'fail',
      checks: { service: { status: 'fail', detail: 'draining' } },
    })
    await expect(openRaw(publicUrl)).rejects.toMatchObject({ code: 'ECONNREFUSED' })

    slow.send('ow')
    expect(await slow.until('\r\n\r\n')).toMatch(/^HTTP\/1\.1 201 /)
    expect(await closed).toBe(true)
    await expect(openRaw(internalUrl)).rejects.toMatchObject({ code: 'ECONNREFUSED' })
    expect(messages().slice(-2)).toEqual([
      'Draining: no new requests, and those that run may end',
      'Stopped',
    ])
  })

  it('cuts off a request that has not ended when the drain timeout is over, and says so', async () => {
    const drainTimeoutMs = parseDuration('20ms', 'drainTimeout')
    const { publicUrl, close, messages } = await start({ drainTimeoutMs, logLevel: 'info' })
    const slow = await openRaw(publicUrl)
    slow.send(
      'PUT /v1/caches/default/entries/a HTTP/1.1\r\nHost: localhost\r\nContent-Length: 4\r\n\r\nsl',
    )
    expect(await statusOf(`${publicUrl}/v1/caches`)).toBe(200)
    expect(await close()).toBe(false)
    await slow.ended
    expect(messages().at(-1)).toMatch(/cut off/)
  })

  it('goes on serving during the drain delay, while readyz says no', async () => {
    const drainDelayMs = parseDuration('700ms', 'drainDelay')
    const { publicUrl, internalUrl, close } = await start({ drainDelayMs })
    const closed = close()
    expect(await statusOf(`${internalUrl}/readyz`)).toBe(503)
    expect(await statusOf(`${publicUrl}/v1/caches`)).toBe(200)
    expect(await closed).toBe(true)
  })

  it('is done once, however often it is asked for', async () => {
    const { close } = await start()
    expect(close()).toBe(close())
    expect(await close()).toBe(true)
  })
})

describe('startServer() with a folder for snapshots', () => {
  const snapshotDir = mkdtempSync(join(tmpdir(), 'server-snapshots-'))
  const memory = { ...settingsWith().memory, snapshotDir }

  afterAll(() => rmSync(snapshotDir, { recursive: true, force: true }))

  it('starts warm after it was stopped, and is ready once it is', async () => {
    const before = await start({ memory })
    const entry = '/v1/caches/users/entries/a'
    expect(await statusOf(`${before.publicUrl}${entry}`, { method: 'PUT', body: 'x' })).toBe(201)
    await before.close()
    expect(readdirSync(snapshotDir)).toEqual(['tenant-default.snapshot'])
    const after = await start({ memory })
    await vi.waitUntil(async () => (await statusOf(`${after.internalUrl}/readyz`)) === 200)
    expect(await statusOf(`${after.publicUrl}${entry}`)).toBe(200)
    expect(readdirSync(snapshotDir)).toEqual([])
  })

  it('is not ready again when it drains before all is restored', async () => {
    const server = await start({ memory })
    const closing = server.close()
    await expect(closing).resolves.toBe(true)
  })
})
