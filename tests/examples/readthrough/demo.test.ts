/** The demo as a user starts it, but small. It runs dist/, as `npm run demo` does. */
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { readdirSync } from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'

const DEMO = fileURLToPath(new URL('../../../examples/readthrough/demo.ts', import.meta.url))
/** A generous bound; the runs themselves are bounded by their requests. */
const SLOW_MS = 120_000
/** Few rows, so that what changes is read again soon. */
const SMALL = ['--rows', '40', '--connections', '8', '--seconds', '100', '--requests', '400']

let folder: string
let started: ChildProcess | undefined

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'demo-test-'))
})

afterEach(async () => {
  if (started?.exitCode === null && started.signalCode === null) {
    const exited = once(started, 'exit')
    started.kill('SIGTERM')
    await exited
  }
  await rm(folder, { recursive: true, force: true })
})

/** Starts the demo. Its output closes when it and all that it started have ended; what it leaves behind would lie in `folder`. */
function start(args: readonly string[]): { child: ChildProcess; text: () => string } {
  const child = spawn(process.execPath, ['--import', import.meta.resolve('tsx'), DEMO, ...args], {
    env: { ...process.env, TMPDIR: folder },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  started = child
  let text = ''
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding('utf8').on('data', (chunk: string) => {
      text += chunk
    })
  }
  return { child, text: () => text }
}

async function run(args: readonly string[]): Promise<{ exitCode: number | null; text: string }> {
  const { child, text } = start(args)
  const [exitCode] = (await once(child, 'close')) as [number | null]
  return { exitCode, text: text() }
}

/** The demo's own files; the TypeScript runner keeps a cache beside them. */
function leftBehind(): readonly string[] {
  return readdirSync(folder).filter((name) => name.startsWith('platform-cache-demo'))
}

async function refusesConnections(text: string): Promise<boolean> {
  const url = /The service listens on (\S+);/.exec(text)?.[1]
  if (url === undefined) throw new Error(`The demo said nothing of its service: ${text}`)
  return fetch(url).then(
    () => false,
    () => true,
  )
}

describe('npm run demo', () => {
  it(
    'reads without a cache, through the library and through the service, and finds no stale answer',
    async () => {
      const { exitCode, text } = await run([...SMALL, '--quiet'])
      expect(text).toMatch(/^no cache +\d+ +0\.0 %/m)
      expect(text).toMatch(/^library +\d+ +[1-9]\d?\.\d %/m)
      expect(text).toMatch(/^service +\d+ +[1-9]\d?\.\d %/m)
      expect(text).toMatch(/Checked: not one of \d{4} answers was older/)
      expect(exitCode).toBe(0)
      expect(await refusesConnections(text)).toBe(true)
      expect(leftBehind()).toEqual([])
    },
    SLOW_MS,
  )

  it.each(['library', 'service'])(
    'finds stale answers through the %s when the shop forgets to invalidate, and fails',
    async (through) => {
      const { exitCode, text } = await run([
        ...[...SMALL, '--quiet'],
        ...['--through', through, '--without-invalidation'],
      ])
      expect(text).toMatch(/FAILED: \d+ of \d+ answers were older/)
      expect(text).toMatch(/answered version \d+, although version \d+ was acknowledged/)
      expect(exitCode).toBe(1)
    },
    SLOW_MS,
  )

  it(
    'ends all that it started when it is interrupted',
    async () => {
      const { child, text } = start(['--rows', '40', '--seconds', '300'])
      while (!text().includes('requests/s')) await once(child.stdout ?? child, 'data')
      child.kill('SIGINT')
      const [exitCode] = await once(child, 'close')
      expect(exitCode).toBe(130)
      expect(await refusesConnections(text())).toBe(true)
      expect(leftBehind()).toEqual([])
    },
    SLOW_MS,
  )

  it(
    'says what is wrong with an option, and starts nothing',
    async () => {
      const { exitCode, text } = await run(['--rows', 'many'])
      expect(text).toBe('Cannot use --rows: expected a whole number from 1, got many\n')
      expect(exitCode).toBe(2)
    },
    SLOW_MS,
  )
})
