import { type ChildProcess, spawn } from 'node:child_process'
import { createServer } from 'node:net'
import { resolve } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'

/** The built service, running on free ports. */
export interface Service {
  readonly publicPort: number
  readonly internalPort: number
  close(): Promise<void>
}

export const CLI: string = resolve('dist/cli/main.js')

const START_TIMEOUT_MS = 20_000

/** Starts `platform-cache serve` with its defaults, but for the ports. */
export async function startService(workFolder: string): Promise<Service> {
  const [publicPort, internalPort] = await findFreePorts()
  const child = spawn(process.execPath, [CLI, 'serve'], {
    cwd: workFolder,
    env: {
      ...process.env,
      PLATFORM_CACHE_PORT: String(publicPort),
      PLATFORM_CACHE_INTERNAL_PORT: String(internalPort),
    },
    stdio: ['ignore', 'ignore', 'pipe'],
  })
  let words = ''
  child.stderr.on('data', (chunk) => {
    words += chunk
  })
  try {
    await waitUntilReady(child, `http://127.0.0.1:${internalPort}/readyz`)
  } catch (cause) {
    await end(child)
    throw new Error(`Cannot start the service: ${words}`, { cause })
  }
  return { publicPort, internalPort, close: () => end(child) }
}

/** Both are open at once while we ask, so they differ. */
async function findFreePorts(): Promise<[number, number]> {
  const servers = [createServer(), createServer()]
  const ports: number[] = []
  for (const server of servers) {
    await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening))
    const address = server.address()
    if (address === null || typeof address === 'string') throw new Error('expected a TCP address')
    ports.push(address.port)
  }
  for (const server of servers) await new Promise((closed) => server.close(closed))
  const [first = 0, second = 0] = ports
  return [first, second]
}

async function waitUntilReady(child: ChildProcess, url: string): Promise<void> {
  const deadlineMs = performance.now() + START_TIMEOUT_MS
  while (performance.now() < deadlineMs) {
    if (child.exitCode !== null) throw new Error(`it ended with ${child.exitCode}`)
    const isReady = await fetch(url).then(
      (response) => response.ok,
      () => false,
    )
    if (isReady) return
    await sleep(50)
  }
  throw new Error(`${url} did not answer within ${START_TIMEOUT_MS} ms`)
}

async function end(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return
  const ended = new Promise((resolveEnded) => child.once('exit', resolveEnded))
  child.kill('SIGTERM')
  const killer = setTimeout(() => child.kill('SIGKILL'), 10_000)
  await ended
  clearTimeout(killer)
}
