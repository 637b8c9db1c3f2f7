/** The built command, as a process: what no test inside another process can see. */
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join, resolve } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, afterEach, describe, expect, it } from 'vitest'
import { packageVersion } from '../../src/server/package-version.ts'
import { openRaw } from '../server/raw-request.ts'
import { CLI, type CliProcess, startCli } from './cli-process.ts'

const TIMEOUT_MS = 40_000
const folder = mkdtempSync(join(tmpdir(), 'cli-main-'))
const running: CliProcess[] = []

afterEach(() => {
  for (const { child } of running.splice(0)) child.kill('SIGKILL')
})

afterAll(() => rmSync(folder, { recursive: true, force: true }))

function start(...[args, options]: Parameters<typeof startCli>): CliProcess {
  const process = startCli(args, { folder, ...options })
  running.push(process)
  return process
}

async function run(...[args, options]: Parameters<typeof startCli>) {
  const process = start(args, options)
  const code = await process.ended
  return { code, out: process.out(), err: process.err() }
}

async function serve(options: Parameters<typeof startCli>[1] = {}) {
  const environment = {
    PLATFORM_CACHE_PORT: '0',
    PLATFORM_CACHE_INTERNAL_PORT: '0',
    ...options.environment,
  }
  const process = start(['serve'], { ...options, environment })
  const [publicUrl = '', internalUrl = ''] = urlsIn(await process.until(/health, metrics/))
  return { ...process, publicUrl, internalUrl }
}

function urlsIn(text: string): string[] {
  return text.match(/http:\/\/127\.0\.0\.1:\d+(?![\d/])/g) ?? []
}

const SLOW_PUT =
  'PUT /v1/caches/default/entries/a HTTP/1.1\r\nHost: localhost\r\nContent-Length: 4\r\n\r\nsl'

describe('platform-cache as a process', () => {
  it(
    'starts by its own name, prints its version and ends with 0',
    async () => {
      const { code, out, err } = await run(['version'], { command: [CLI] })
      expect([code, out, err]).toEqual([0, `${packageVersion()} (Node ${process.version})\n`, ''])
    },
    TIMEOUT_MS,
  )

  it(
    'ends with 2 for wrong usage, and with 1 if nobody answers',
    async () => {
      const [usage, away] = await Promise.all([
        run(['get', 'a', '--jsn']),
        run(['get', 'a', '--url', 'http://127.0.0.1:1']),
      ])
      expect([usage.code, away.code]).toEqual([2, 1])
      expect(usage.err).toContain('(Did you mean --json?)')
      expect(away.err).toMatch(/^error: Cannot reach http:\/\/127\.0\.0\.1:1: [^\n]*\n$/)
    },
    TIMEOUT_MS,
  )

  it(
    'ends quietly with 0 when its reader has seen enough',
    async () => {
      const { publicUrl } = await serve()
      const key = (at: number) => `k:${at}:${'x'.repeat(400)}`
      const items = Array.from({ length: 1000 }, (_, at) => ({ key: key(at), value: at }))
      await fetch(`${publicUrl}/v1/caches/default/_mset`, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify({ items }),
      })
      const script = `set -o pipefail; '${process.execPath}' '${CLI}' keys --all --url ${publicUrl} | head -n 1`
      const { code, out, err } = await run([], { command: ['bash', '-c', script] })
      expect([code, err]).toEqual([0, ''])
      expect(out).toMatch(/^k:\d+:x+\n$/)
    },
    TIMEOUT_MS,
  )
})

describe('platform-cache serve as a process', () => {
  it(
    'answers 503 at readyz after SIGTERM, ends the request that runs, and then ends with 0',
    async () => {
      const server = await serve()
      const slow = await openRaw(server.publicUrl)
      slow.send(SLOW_PUT)
      expect((await fetch(`${server.publicUrl}/v1/caches`)).status).toBe(200)
      server.child.kill('SIGTERM')
      await server.until(/Draining/)
      expect((await fetch(`${server.internalUrl}/readyz`)).status).toBe(503)
      await expect(openRaw(server.publicUrl)).rejects.toMatchObject({ code: 'ECONNREFUSED' })
      slow.send('ow')
      expect(await slow.until('\r\n\r\n')).toMatch(/^HTTP\/1\.1 201 /)
      expect(await server.ended).toBe(0)
      expect(server.err()).toBe('')
      expect(server.out()).toContain('Stopped')
    },
    TIMEOUT_MS,
  )

  it(
    'ends at once at a second signal',
    async () => {
      const server = await serve()
      const slow = await openRaw(server.publicUrl)
      slow.send(SLOW_PUT)
      expect((await fetch(`${server.publicUrl}/v1/caches`)).status).toBe(200)
      server.child.kill('SIGINT')
      await server.until(/Draining/)
      // What comes sooner is the same press of Ctrl-C.
      await sleep(600)
      server.child.kill('SIGINT')
      expect(await server.ended).toBe(130)
      slow.close()
    },
    TIMEOUT_MS,
  )

  it(
    'is what npm start starts, and Ctrl-C, which goes to npm, its shell and the service, drains it',
    async () => {
      const environment = { PLATFORM_CACHE_PORT: '0', PLATFORM_CACHE_INTERNAL_PORT: '0' }
      const npm = startCli(['start'], {
        command: ['npm'],
        folder: resolve('.'),
        environment,
        isGroup: true,
      })
      const signal = (name: NodeJS.Signals) => process.kill(-(npm.child.pid ?? 0), name)
      try {
        const [publicUrl = ''] = urlsIn(await npm.until(/health, metrics/))
        expect((await fetch(`${publicUrl}/v1/caches`)).status).toBe(200)
        signal('SIGINT')
        expect(await npm.until(/Stopped/)).toContain('Draining')
        await npm.ended
      } catch (error) {
        signal('SIGKILL')
        throw error
      }
    },
    TIMEOUT_MS,
  )
})

describe('platform-cache without the packages of the service', () => {
  it(
    'names exactly what to install for serve, and does everything else',
    async () => {
      const home = join(folder, 'bare')
      const manifest: { dependencies: object } = JSON.parse(readFileSync('package.json', 'utf8'))
      cpSync('dist', join(home, 'dist'), { recursive: true })
      cpSync('package.json', join(home, 'package.json'))
      for (const name of Object.keys(manifest.dependencies)) {
        const link = join(home, 'node_modules', name)
        mkdirSync(dirname(link), { recursive: true })
        symlinkSync(resolve('node_modules', name), link)
      }
      const command = [process.execPath, join(home, 'dist/cli/main.js')] as const
      const { publicUrl } = await serve()
      const [served, shown, set] = await Promise.all([
        run(['serve'], { command: [...command] }),
        run(['config', 'show'], { command: [...command] }),
        run(['set', 'a', 'x', '--url', publicUrl], { command: [...command] }),
      ])
      expect(served).toEqual({
        code: 1,
        out: '',
        err: 'error: Cannot serve: fastify, typebox, @fastify/swagger, @fastify/swagger-ui, prom-client are not installed; run: npm install fastify typebox @fastify/swagger @fastify/swagger-ui prom-client\n',
      })
      expect([shown.code, set.code]).toEqual([0, 0])
    },
    TIMEOUT_MS,
  )
})
