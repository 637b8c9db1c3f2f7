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

/** One start. */
interface Start {
  readonly cpuMs: number
  readonly wallMs: number
}

export async function startup(): Promise<Report> {
  const wallMs = new Map<Program, number[]>(PROGRAMS.map((program) => [program, []]))
  const measure = async (program: Program): Promise<number> => {
    const start = await measureStart(program)
    wallMs.get(program)?.push(start.wallMs)
    return start.cpuMs
  }
  await alternate(PROGRAMS, WARM_UP_ROUNDS, measure) // Brings the files into the system's cache.
  for (const list of wallMs.values()) list.length = 0
  const cpuMs = await alternate(PROGRAMS, ROUNDS, measure)
  const rows = PROGRAMS.map((program) => ({
    name: program.name,
    cpu: median(cpuMs.get(program) ?? []),
    wall: median(wallMs.get(program) ?? []),
  }))
  const ours = rows[0]?.cpu ?? Number.NaN
  return {
    title: 'Start',
    method: `Import and construction in a fresh process, without Node's own start; median of ${ROUNDS}. Processor time counts all threads, so on an idle machine the clock shows no more; on a busy one the clock shows the others, too.`,
    columns: ['cache', 'processor ms', 'clock ms', 'ratio'],
    rows: rows.map(({ name, cpu, wall }) => [
      name,
      short(cpu),
      short(wall),
      (cpu / ours).toFixed(2),
    ]),
    targets: [
      {
        what: 'processor ms to import and create a cache',
        measured: ours,
        bound: 'at most',
        limit: MOST_MS,
      },
    ],
  }
}

function program(name: string, folder: string, construction: string): Program {
  const code = `const startedAtMs = performance.now()
    const cpuAtStart = process.cpuUsage()
    const module = await import('${name}')
    ${construction}
    const { user, system } = process.cpuUsage(cpuAtStart)
    const wallMs = performance.now() - startedAtMs
    process.stdout.write(JSON.stringify({ cpuMs: (user + system) / 1000, wallMs }))
    process.exit()`
  return { name, folder, code }
}

async function measureStart({ folder, code }: Program): Promise<Start> {
  const args = ['--input-type=module', '--eval', code]
  const { stdout } = await run(process.execPath, args, { cwd: folder })
  return JSON.parse(stdout) as Start // Written by the program above.
}
