import { mkdtempSync, rmSync } from 'node:fs'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, it } from 'vitest'
import { runCli } from '../../src/cli/run-cli.ts'
import { openRaw } from '../server/raw-request.ts'
import { run, type TestTerminal, testTerminal } from './test-terminal.ts'

const folder = mkdtempSync(join(tmpdir(), 'cli-serve-'))
afterAll(() => rmSync(folder, { recursive: true, force: true }))

const FREE_PORTS = ['--port', '0', '--internal-port', '0']

/** Starts the service in this process, and resolves when it listens. */
async function serve(args: readonly string[]) {
  let announced: (line: string) => void = () => undefined
  const line = new Promise<string>((resolve) => {
    announced = resolve
  })
  const terminal: TestTerminal = testTerminal({ folder })
  const stdout = {
    isTTY: args.includes('--json'),
    write: (text: string | Uint8Array) => {
      terminal.stdout.write(text)
      announced(String(text))
    },
  }
  const code = runCli(['serve', ...FREE_PORTS, ...args], { ...terminal, stdout })
  const first = await Promise.race([line, code.then(() => terminal.err())])
  const [publicUrl = '', internalUrl = ''] =
    first.match(/http:\/\/127\.0\.0\.1:\d+(?![\d/])/g) ?? []
  return { code, publicUrl, internalUrl, terminal }
}

describe('platform-cache serve', () => {
  it('serves until SIGTERM, and ends with 0', async () => {
    const { code, publicUrl, terminal } = await serve([])
    expect((await fetch(`${publicUrl}/v1/caches`)).status).toBe(200)
    terminal.signals.emit('SIGTERM', 'SIGTERM')
    expect(await code).toBe(0)
    await expect(fetch(publicUrl)).rejects.toThrow()
    expect(terminal.err()).toBe('')
    const lines = terminal.out().trim().split('\n')
    expect(lines.map((line) => JSON.parse(line).msg)).toEqual([
      expect.stringContaining(publicUrl),
      expect.stringContaining('No API keys'),
      'Draining: no new requests, and those that run may end',
      'Stopped',
    ])
  })

  it('logs text for a person where it is told so', async () => {
    const { code, terminal } = await serve(['--log-format', 'text'])
    terminal.signals.emit('SIGINT', 'SIGINT')
    expect(await code).toBe(0)
    expect(terminal.out()).toMatch(/^\d\d:\d\d:\d\d Platform Cache \d+\.\d+\.\d+ listens on /)
  })

  it.each([
    [['--json'], true],
    [['--json', '--log-format', 'text'], false],
  ])('with %j logs JSON: %s', async (args, isJson) => {
    const { code, terminal } = await serve(args)
    terminal.signals.emit('SIGTERM', 'SIGTERM')
    expect(await code).toBe(0)
    expect(terminal.out().startsWith('{')).toBe(isJson)
  })

  it('ends with 1 if it had to cut off a request, and says so', async () => {
    const { code, publicUrl, terminal } = await serve(['--drain-timeout', '20ms'])
    const slow = await openRaw(publicUrl)
    slow.send(
      'PUT /v1/caches/default/entries/a HTTP/1.1\r\nHost: localhost\r\nContent-Length: 4\r\n\r\nsl',
    )
    expect((await fetch(`${publicUrl}/v1/caches`)).status).toBe(200)
    terminal.signals.emit('SIGTERM', 'SIGTERM')
    expect(await code).toBe(1)
    expect(terminal.err()).toBe('error: Stopped, but requests had to be cut off\n')
    await slow.ended
  })

  it('ends with 2 for wrong settings, in one line each, before it listens', async () => {
    const { code, out, err } = await run(['serve', '--port', 'x', '--log-level', 'loud'])
    expect([code, out]).toEqual([2, ''])
    expect(err).toMatch(
      /^error: Cannot use port \(--port\): .*\nCannot use logLevel \(--log-level\): .*\n$/,
    )
  })

  it('ends with 2 if it would stand open to the network without a key, and says what to do', async () => {
    const { code, err } = await run(['serve', ...FREE_PORTS, '--host', '0.0.0.0'])
    expect(code).toBe(2)
    expect(err).toMatch(/^error: Cannot use host \(--host\): .*platform-cache config create-key\n$/)
  })

  it('ends with 1 if the port is in use, in one line', async () => {
    const blocker = createServer()
    await new Promise<void>((listening) => blocker.listen(0, '127.0.0.1', listening))
    const address = blocker.address()
    const port = typeof address === 'object' && address !== null ? address.port : 0
    const outcome = await run(['serve', ...FREE_PORTS, '--port', String(port)])
    await new Promise((closed) => blocker.close(closed))
    expect(outcome).toEqual({
      code: 1,
      out: '',
      err: `error: Cannot listen on http://127.0.0.1:${port}: the port is in use; choose another with --port\n`,
    })
  })
})
