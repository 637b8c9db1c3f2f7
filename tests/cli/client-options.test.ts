import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, it } from 'vitest'
import { withOtherServer } from './test-service.ts'
import { run, runAt } from './test-terminal.ts'

const folder = mkdtempSync(join(tmpdir(), 'client-options-'))
afterAll(() => rmSync(folder, { recursive: true, force: true }))

/** What `get` sends under these options: path and credential. */
async function sentBy(
  args: readonly string[],
  environment: Readonly<Record<string, string>> = {},
): Promise<{ readonly path: string; readonly authorization: string | undefined }> {
  let sent = { path: '', authorization: undefined as string | undefined }
  await withOtherServer(
    (request, response) => {
      sent = { path: request.url ?? '', authorization: request.headers.authorization }
      response.end('x')
    },
    (url) => {
      const line = args.map((arg) => arg.replace('URL', url))
      return line.includes('--url')
        ? run(['get', 'a', ...line], { environment, folder })
        : runAt(url, ['get', 'a', ...line], { environment, folder })
    },
  )
  return sent
}

describe('--url', () => {
  it('wins over PLATFORM_CACHE_URL, which wins over the default', async () => {
    const environment = { PLATFORM_CACHE_URL: 'http://127.0.0.1:1' }
    expect((await sentBy(['--url', 'URL'], environment)).path).toBe('/v1/caches/default/entries/a')
    expect((await sentBy([])).path).toBe('/v1/caches/default/entries/a')
    const { out } = await run(['get', '--help'])
    expect(out.replace(/\s+/g, ' ')).toContain('default http://127.0.0.1:7400')
  })

  it('may have a path, for a service behind a proxy', async () => {
    const path = '/cache/api/v1/caches/default/entries/a'
    expect((await sentBy(['--url', 'URL/cache/api'])).path).toBe(path)
    expect((await sentBy(['--url', 'URL/cache/api//'])).path).toBe(path)
  })

  it.each([['nope'], ['ftp://a'], ['//a'], ['127.0.0.1:7400']])('refuses %s', async (url) => {
    const { code, err } = await run(['get', 'a', '--url', url])
    expect(code).toBe(2)
    expect(err).toContain(
      `Cannot use the URL: expected one such as http://127.0.0.1:7400, got "${url}"`,
    )
  })

  it('refuses one with a password in it, which is not shown', async () => {
    const { code, err } = await run(['get', 'a', '--url', 'http://me:secret@127.0.0.1:1'])
    expect(code).toBe(2)
    expect(err).toContain('--token-file or PLATFORM_CACHE_TOKEN')
    expect(err).not.toContain('secret')
  })

  it('takes an empty variable for none', async () => {
    const { err } = await run(['get', 'a', '--timeout', '0'], {
      environment: { PLATFORM_CACHE_URL: '' },
    })
    expect(err).toContain('Cannot use --timeout')
  })
})

describe('the API key', () => {
  writeFileSync(join(folder, 'token'), '  pc_from_file\n')

  it('is sent as a bearer token, from PLATFORM_CACHE_TOKEN or a file, which wins', async () => {
    const environment = { PLATFORM_CACHE_TOKEN: 'pc_from_env' }
    expect((await sentBy([])).authorization).toBeUndefined()
    expect((await sentBy([], { PLATFORM_CACHE_TOKEN: '' })).authorization).toBeUndefined()
    expect((await sentBy([], environment)).authorization).toBe('Bearer pc_from_env')
    const fromFile = await sentBy(['--token-file', 'token'], environment)
    expect(fromFile.authorization).toBe('Bearer pc_from_file')
  })

  it('never appears in what is said about it', async () => {
    const environment = { PLATFORM_CACHE_TOKEN: 'two secret words' }
    const { code, err } = await run(['get', 'a'], { environment })
    expect(code).toBe(2)
    expect(err).toMatch(/Cannot use the API key: expected one word/)
    expect(err).not.toContain('secret')
  })

  it.each([['gone'], ['.']])('is refused from a file that can not be read: %s', async (file) => {
    const { code, err } = await run(['get', 'a', '--token-file', file], { folder })
    expect(code).toBe(2)
    expect(err).toContain('Cannot read the API key: E')
  })
})

describe('--timeout', () => {
  it.each([['0'], ['-1s'], ['5'], ['soon'], ['25d']])('refuses %s', async (timeout) => {
    const { code, err } = await run(['get', 'a', '--timeout', timeout])
    expect(code).toBe(2)
    expect(err).toContain('Cannot use --timeout: expected')
  })

  it('ends a request that is not answered in time', async () => {
    const outcome = await withOtherServer(
      () => undefined,
      (url) => runAt(url, ['get', 'a', '--timeout', '50ms']),
    )
    expect(outcome.code).toBe(1)
    expect(outcome.err).toMatch(
      /^error: Cannot reach http:\/\/127\.0\.0\.1:\d+: no answer within 50ms; --timeout sets how long to wait\n$/,
    )
  })
})

describe('--cache', () => {
  it('names the cache, encoded', async () => {
    expect((await sentBy(['--cache', 'a/b'])).path).toBe('/v1/caches/a%2Fb/entries/a')
  })
})
