/**
 * `npm run demo`: the shop under a realistic stream of requests, without a cache, through the library and
 * through the service, and a check that not one answer was older than the last change. Ends all that it
 * started, also on Ctrl-C; exits 1 if an answer was stale.
 */
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DEMO_HELP, type DemoOptions, demoOptions, type Through } from './demo-options.ts'
import { isAllFresh, liveLine, type Part, resultTable, verdict } from './demo-report.ts'
import { type Running, startService, startShop } from './processes.ts'
import { requestStream } from './request-stream.ts'
import { Visitors } from './visitors.ts'

const INTERRUPTED = 130
const LIVE_MS = 500
/** Where a line can't be written over, one is written now and then. */
const LOG_MS = 3000

await main()

async function main(): Promise<void> {
  const stop = new AbortController()
  process.once('SIGINT', () => stop.abort())
  process.once('SIGTERM', () => stop.abort())
  try {
    const options = demoOptions(process.argv.slice(2), process.env)
    if (options.isHelp) process.stdout.write(DEMO_HELP)
    else await inFolder((folder) => demo(options, folder, stop.signal))
  } catch (error) {
    // After Ctrl-C, requests under way fail: that is no news.
    if (!stop.signal.aborted) {
      process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`)
      process.exitCode = 2
    }
  }
  if (stop.signal.aborted) process.exitCode = INTERRUPTED
}

async function inFolder(work: (folder: string) => Promise<void>): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), 'platform-cache-demo-'))
  try {
    await work(folder)
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
}

async function demo(options: DemoOptions, folder: string, stop: AbortSignal): Promise<void> {
  const service = await startService(folder)
  try {
    const { description } = requestStream(options.rows, options.trace)
    process.stdout.write(
      `The service listens on ${service.url}; the shop has ${options.rows} products in a SQLite file.\n` +
        `${options.connections} visitors at a time: ${description}.\n\n`,
    )
    const parts: Part[] = []
    for (const through of options.through) {
      if (stop.aborted) return
      parts.push(await visitShop({ options, folder, stop, service, through }))
    }
    process.stdout.write(`\n${resultTable(parts)}\n\n${verdict(parts)}\n`)
    if (!isAllFresh(parts)) process.exitCode = 1
  } finally {
    await service.end()
  }
}

async function visitShop(visit: {
  readonly options: DemoOptions
  readonly folder: string
  readonly stop: AbortSignal
  readonly service: Running
  readonly through: Through
}): Promise<Part> {
  const { options, folder, stop, service, through } = visit
  const shop = await startShop({
    databasePath: join(folder, 'shop.sqlite'),
    rows: options.rows,
    through,
    serviceUrl: service.url,
    invalidates: options.invalidates,
  })
  try {
    // The same requests for each, from the beginning.
    const visitors = new Visitors(shop.url, requestStream(options.rows, options.trace))
    const startedAtMs = performance.now()
    const partSoFar = async (): Promise<Part> => ({
      through,
      visitors,
      elapsedMs: performance.now() - startedAtMs,
      pagesReadFromDatabase: await visitors.pagesReadFromDatabase(),
    })
    const endLive = options.isQuiet ? () => undefined : startLive(partSoFar)
    await visitors
      .visit({ ...options, seconds: options.seconds / options.through.length, stop })
      .finally(endLive)
    return await partSoFar()
  } finally {
    await shop.end()
  }
}

/** @returns ends the line */
function startLive(partSoFar: () => Promise<Part>): () => void {
  const { isTTY } = process.stdout
  const write = async (): Promise<void> => {
    const line = liveLine(await partSoFar())
    process.stdout.write(isTTY ? `\r\u001B[K${line}` : `${line}\n`)
  }
  const timer = setInterval(
    () => void write().catch(() => clearInterval(timer)), // The shop is gone: the visitors will say so.
    isTTY ? LIVE_MS : LOG_MS,
  )
  return () => {
    clearInterval(timer)
    if (isTTY) process.stdout.write('\n')
  }
}
