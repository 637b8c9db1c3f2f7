import { type ChildProcess, fork, spawn } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import type { Through } from './demo-options.ts'

const SERVICE_URL = /listens on (http:\/\/127\.0\.0\.1:\d+)/
const END_MS = 5000

/** A process of the demo, and where it listens. */
export interface Running {
  readonly url: string
  /** Ends it, and waits until it has ended. */
  readonly end: () => Promise<void>
}

/** Starts `platform-cache serve` on ports that are free, with nothing said but the defaults. */
export async function startService(folder: string): Promise<Running> {
  const cli = fileURLToPath(new URL('../../dist/cli/main.js', import.meta.url))
  const args = [cli, 'serve', '--port', '0', '--internal-port', '0', '--log-format', 'text']
  const child = spawn(process.execPath, args, {
    cwd: folder, // No configuration of somebody else's.
    env: withoutSettings(process.env),
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  let said = ''
  for await (const chunk of child.stdout.iterator({ destroyOnReturn: false })) {
    said += String(chunk)
    const url = SERVICE_URL.exec(said)?.[1]
    if (url === undefined) continue
    child.stdout.resume() // A full pipe would stop it.
    return { url, end: () => end(child) }
  }
  throw new Error(`Cannot start the service: ${said}`)
}

/** Starts the shop over a database file. */
export async function startShop(shop: {
  readonly databasePath: string
  readonly rows: number
  readonly through: Through
  readonly serviceUrl: string
  readonly invalidates: boolean
}): Promise<Running> {
  const args = [
    ...['--database', shop.databasePath, '--rows', String(shop.rows)],
    ...['--through', shop.through, '--service', shop.serviceUrl],
    ...(shop.invalidates ? [] : ['--without-invalidation']),
  ]
  const child = fork(fileURLToPath(new URL('app.ts', import.meta.url)), args)
  const ended = once(child, 'exit').then(() => {
    throw new Error('Cannot start the shop: its process ended')
  })
  ended.catch(() => undefined) // Later, when it is to end, this is no failure.
  const [message] = (await Promise.race([once(child, 'message'), ended])) as [{ url: string }] // By app.ts.
  return { url: message.url, end: () => end(child) }
}

/** Asks the process to end, and insists after some seconds. */
async function end(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return
  const exited = once(child, 'exit')
  child.kill('SIGTERM')
  const insist = setTimeout(() => child.kill('SIGKILL'), END_MS)
  await exited
  clearTimeout(insist)
}

function withoutSettings(environment: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  return Object.fromEntries(
    Object.entries(environment).filter(([name]) => !name.startsWith('PLATFORM_CACHE_')),
  )
}
