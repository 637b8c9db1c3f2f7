/** How long a program waits for its cache: import and construction, in a fresh process. */
import { execFile } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { alternate } from './measure/alternate.ts'
import { median } from './measure/median.ts'
import { type Report, short } from './measure/report.ts'

const run = promisify(execFile)

const HERE = fileURLToPath(new URL('.', import.meta.url))
const RIVALS = fileURLToPath(new URL('rivals', import.meta.url))

interface Program {
  readonly name: string
  /** The folder from which Node finds the package by its name. */
  readonly folder: string
  readonly code: string
}

/** The shortest program that has a cache, for each. */
const PROGRAMS: readonly Program[] = [
  program('platform-cache', HERE, 'module.createCache()'),
  program('lru-cache', RIVALS, 'new module.LRUCache({ max: 1000 })'),
  program(
    'layered-loader',
    RIVALS,
    'new module.Loader({ inMemoryCache: { cacheId: "items", maxItems: 1000 }, dataSources: [] })',
  ),
  program('cacheable', RIVALS, 'new module.Cacheable()'),
  program('cache-manager', RIVALS, 'module.createCache()'),
  program(
    'bentocache',
    RIVALS,
    `const { memoryDriver } = await import('bentocache/drivers/memory')
     new module.BentoCache({
       default: 'items',
       stores: { items: module.bentostore().useL1Layer(memoryDriver({ maxItems: 1000 })) },
     })`,
  ),
]
const WARM_UP_ROUNDS = 2
const ROUNDS = 15
const MOST_MS = 50

export async function startup(): Promise<Report> {
  await alternate(PROGRAMS, WARM_UP_ROUNDS, startMs) // Brings the files into the system's cache.
  const measured = await alternate(PROGRAMS, ROUNDS, startMs)
  const medians = [...measured].map(([{ name }, ms]) => ({ name, ms: median(ms) }))
  const oursMs = medians[0]?.ms ?? Number.NaN
  return {
    title: 'Start',
    method: `Import and construction in a fresh process, without Node's own start; median of ${ROUNDS}.`,
    columns: ['cache', 'ms', 'ratio'],
    rows: medians.map(({ name, ms }) => [name, short(ms), (ms / oursMs).toFixed(2)]),
    targets: [
      {
        what: 'ms to import and create a cache',
        measured: oursMs,
        bound: 'at most',
        limit: MOST_MS,
      },
    ],
  }
}

function program(name: string, folder: string, construction: string): Program {
  const code = `const startedAtMs = performance.now()
    const module = await import('${name}')
    ${construction}
    const endedAtMs = performance.now()
    process.stdout.write(String(endedAtMs - startedAtMs))
    process.exit()`
  return { name, folder, code }
}

async function startMs({ name, folder, code }: Program): Promise<number> {
  const args = ['--input-type=module', '--eval', code]
  const { stdout } = await run(process.execPath, args, { cwd: folder })
  const ms = Number(stdout)
  if (stdout !== '' && Number.isFinite(ms)) return ms
  throw new Error(`Cannot measure the start of ${name}: got ${stdout}`)
}
