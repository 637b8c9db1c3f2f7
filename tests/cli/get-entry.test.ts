import { beforeAll, describe, expect, it } from 'vitest'
import { ENVELOPE_TYPE } from '../../src/api/models/requests/get-cache-request.ts'
import { runCli } from '../../src/cli/run-cli.ts'
import { testService, withOtherServer } from './test-service.ts'
import { runAt, testTerminal } from './test-terminal.ts'

const service = testService()
const BYTES = new Uint8Array([0, 1, 0xff, 0x0a, 0x80])

const put = (key: string, body: BodyInit, headers: Record<string, string> = {}) =>
  fetch(`${service.url()}/v1/caches/default/entries/${key}`, { method: 'PUT', body, headers })

beforeAll(async () => {
  await put('text', 'hello')
  await put('line', 'hello\n')
  await put('bytes', BYTES)
  await put('json', '{"a":1}', { 'content-type': 'application/json', 'cache-tags': 'org:7' })
})

describe('platform-cache get', () => {
  it('prints the value as it was stored, and nothing else', async () => {
    expect(await service.run(['get', 'text'])).toEqual({ code: 0, out: 'hello', err: '' })
  })

  it('prints bytes as bytes', async () => {
    const terminal = testTerminal({ environment: { PLATFORM_CACHE_URL: service.url() } })
    expect(await runCli(['get', 'bytes'], terminal)).toBe(0)
    expect(new Uint8Array(terminal.outBytes())).toEqual(BYTES)
  })

  it('ends the line on a terminal, by way of stderr, if the value does not', async () => {
    expect(await service.run(['get', 'text'], { isTTY: true })).toEqual({
      code: 0,
      out: 'hello',
      err: '\n',
    })
    expect((await service.run(['get', 'line'], { isTTY: true })).err).toBe('')
  })

  it('with --json prints the entry with what is known of it, on one line', async () => {
    const { code, out } = await service.run(['get', 'json', '--json'])
    expect(code).toBe(0)
    expect(out).toMatch(/^\{.*\}\n$/)
    expect(JSON.parse(out)).toMatchObject({
      key: 'json',
      state: 'fresh',
      value: { a: 1 },
      tags: ['org:7'],
    })
  })

  it('asks for the envelope by the name that the service has for it', async () => {
    let accept: string | undefined
    await withOtherServer(
      (request, response) => {
        accept = request.headers.accept
        response.end('{}')
      },
      (url) => runAt(url, ['get', 'a', '--json']),
    )
    expect(accept).toBe(ENVELOPE_TYPE)
  })

  it('ends with 4 if there is no such entry, and prints nothing', async () => {
    const { code, out, err } = await service.run(['get', 'gone'])
    expect([code, out]).toEqual([4, ''])
    expect(err).toBe('error: Cannot find "gone": it is not held\n')
  })

  it('ends with 2 for what is no key', async () => {
    const { code, err } = await service.run(['get', 'a*'])
    expect(code).toBe(2)
    expect(err).toContain('Cannot use key "a*"')
  })

  it('reads from another cache, where the same key is another entry', async () => {
    expect((await service.run(['get', 'text', '--cache', 'other'])).code).toBe(4)
  })

  it('with --stale also prints a value that was invalidated softly', async () => {
    await put('soft', 'old', { 'cache-stale-if-error': '1h' })
    await service.run(['invalidate', 'soft', '--soft'])
    expect((await service.run(['get', 'soft'])).code).toBe(4)
    expect(await service.run(['get', 'soft', '--stale'])).toEqual({ code: 0, out: 'old', err: '' })
  })
})
