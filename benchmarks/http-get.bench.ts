/** What an entry costs over HTTP, beside a bare Fastify route that returns a constant of the same size. */
import { fileURLToPath } from 'node:url'
import { httpLoad } from './http/http-load.ts'
import { ServerProcess } from './http/server-process.ts'
import { alternate } from './measure/alternate.ts'
import { median } from './measure/median.ts'
import { type Report, short } from './measure/report.ts'

const BODY_BYTES = 1024
const PATH = '/v1/caches/items/entries/user:123:profile'
const CONNECTIONS = 32
const WARM_UP_ROUNDS = 3
const ROUNDS = 15
const ROUND_MS = 1000
const LEAST_RATIO = 0.7

export async function httpGet(): Promise<Report> {
  const service = await startService()
  try {
    await storeEntry(service)
    const bare = await startBareFastify()
    return await compare([service, bare]).finally(() => bare.end())
  } finally {
    await service.end()
  }
}

async function compare(servers: readonly [ServerProcess, ServerProcess]): Promise<Report> {
  const cpuUs = new Map<ServerProcess, number[]>(servers.map((server) => [server, []]))
  const measure = async (server: ServerProcess): Promise<number> => {
    const before = server.cpuUs()
    const { answers, elapsedMs } = await load(server)
    cpuUs.get(server)?.push((server.cpuUs() - before) / answers)
    return (elapsedMs * 1000) / answers
  }
  await alternate(servers, WARM_UP_ROUNDS, measure)
  for (const list of cpuUs.values()) list.length = 0
  return reportOf(servers, await alternate(servers, ROUNDS, measure), cpuUs)
}

function startService(): Promise<ServerProcess> {
  const cli = fileURLToPath(new URL('../dist/cli/main.js', import.meta.url))
  const args = [cli, 'serve', '--port', '0', '--internal-port', '0']
  return ServerProcess.start('platform-cache serve', args)
}

function startBareFastify(): Promise<ServerProcess> {
  const main = fileURLToPath(new URL('http/bare-fastify.ts', import.meta.url))
  const args = ['--import', import.meta.resolve('tsx'), main, String(BODY_BYTES)]
  return ServerProcess.start('bare Fastify route', args)
}

async function storeEntry(service: ServerProcess): Promise<void> {
  const { status } = await fetch(new URL(PATH, service.url), {
    method: 'PUT',
    headers: { 'content-type': 'application/octet-stream', 'cache-ttl': '1h' },
    body: Buffer.alloc(BODY_BYTES, 'x'),
  })
  if (status !== 201) throw new Error(`Cannot measure: storing the entry was answered ${status}`)
}

function load(server: ServerProcess): ReturnType<typeof httpLoad> {
  return httpLoad({
    url: server.url,
    path: PATH,
    bodyBytes: BODY_BYTES,
    connections: CONNECTIONS,
    durationMs: ROUND_MS,
  })
}

function reportOf(
  servers: readonly [ServerProcess, ServerProcess],
  measured: ReadonlyMap<ServerProcess, readonly number[]>,
  cpuUs: ReadonlyMap<ServerProcess, readonly number[]>,
): Report {
  const [ours, bare] = servers.map((server) => measured.get(server) ?? [])
  const ratios = (ours ?? []).map((us, round) => (bare?.[round] ?? Number.NaN) / us)
  const ratio = median(ratios)
  const rows = servers.map((server) => [
    server.name,
    short(1e6 / median(measured.get(server) ?? [])),
    short(median(cpuUs.get(server) ?? [])),
    server === servers[0] ? ratio.toFixed(2) : '1.00',
  ])
  return {
    title: `GET of an entry of ${BODY_BYTES} bytes`,
    method: `${CONNECTIONS} connections, one request at a time on each, ${ROUNDS} rounds of ${ROUND_MS} ms in turns; each server and the client in a process of its own.`,
    columns: ['server', 'requests per second', 'processor µs per request', 'throughput'],
    rows,
    targets: [
      {
        what: 'throughput of a GET against a bare Fastify route',
        measured: ratio,
        bound: 'at least',
        limit: LEAST_RATIO,
      },
    ],
  }
}
