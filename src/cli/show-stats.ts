import type { Command } from 'commander'
import type { CacheStatsResponse } from '../api/models/responses/cache-stats-response.ts'
import type { CacheUsage, UsageResponse } from '../api/models/responses/usage-response.ts'
import { addClientOptions, type ClientOptions, clientOf } from './client-options.ts'
import type { Terminal } from './terminal.ts'

interface StatsOptions extends ClientOptions {
  readonly all?: boolean
}

const EXAMPLES = `Examples:
  platform-cache stats
  platform-cache stats --cache users --json
  platform-cache stats --all
`

/** `platform-cache stats` */
export function showStats(program: Command, terminal: Terminal): void {
  const command = program
    .command('stats')
    .description('Show what a cache holds, and what it has done since the start')
    .option('--all', 'all caches of the tenant')
    .addHelpText('before', EXAMPLES)
  addClientOptions(command).action((options: StatsOptions) => run(options, terminal))
}

async function run(options: StatsOptions, terminal: Terminal): Promise<void> {
  const client = clientOf(options, terminal)
  const path = options.all === true ? ['usage'] : ['caches', options.cache, 'stats']
  const answer = await client.ask<CacheStatsResponse | UsageResponse>({ method: 'GET', path })
  if (options.json === true) {
    terminal.stdout.write(`${JSON.stringify(answer)}\n`)
    return
  }
  const lines = 'caches' in answer ? usageLines(answer) : statsLines(answer)
  terminal.stdout.write(`${lines.join('\n')}\n`)
}

function statsLines(stats: CacheStatsResponse): string[] {
  const rows: (readonly [string, string])[] = [
    ['entries', limited(stats.entries, stats.maxEntries, String)],
    ['size', limited(stats.bytes, stats.maxBytes, sizeText)],
    ['hit ratio', percent(stats.hitRatio)],
    ['hits', String(stats.hits)],
    ['stale hits', String(stats.staleHits)],
    ['misses', String(stats.misses)],
    ['stored', String(stats.sets)],
    ['deleted', String(stats.deletes)],
    ['invalidated', `${stats.invalidated} by ${stats.invalidations} invalidations`],
    ['expired', String(stats.expired)],
    ['evicted', String(stats.evicted)],
    ['refused', String(stats.refused)],
  ]
  const hot = stats.hotKeys.slice(0, 5).map(({ key, count }) => `${key} (${count})`)
  if (hot.length > 0) rows.push(['hot keys', hot.join(', ')])
  return rows.map(([name, value]) => `${name.padEnd(13)}${value}`)
}

function usageLines({ caches, total }: UsageResponse): string[] {
  const rows = [
    ['cache', 'entries', 'size', 'hit ratio'],
    ...caches.map(usageRow),
    usageRow({ ...total, name: 'all together' }),
  ]
  const widths = [0, 1, 2, 3].map((at) => Math.max(...rows.map((row) => (row[at] ?? '').length)))
  return rows.map((row) =>
    row
      .map((cell, at) => (at === 0 ? cell.padEnd(widths[at] ?? 0) : cell.padStart(widths[at] ?? 0)))
      .join('  '),
  )
}

function usageRow({
  name,
  entries,
  bytes,
  hitRatio,
}: Pick<CacheUsage, 'name' | 'entries' | 'bytes' | 'hitRatio'>): string[] {
  return [name, String(entries), sizeText(bytes), percent(hitRatio)]
}

function limited(value: number, limit: number | null, text: (value: number) => string): string {
  return limit === null ? text(value) : `${text(value)} of ${text(limit)}`
}

function percent(ratio: number): string {
  return `${(ratio * 100).toFixed(1)} %`
}

/** In steps of 1024, as sizes are written in settings. */
function sizeText(bytes: number): string {
  if (bytes < 1024) return `${bytes} bytes`
  const units = ['kB', 'MB', 'GB', 'TB']
  const step = Math.min(Math.floor(Math.log(bytes) / Math.log(1024)), units.length)
  return `${(bytes / 1024 ** step).toFixed(1)} ${units[step - 1] ?? ''}`
}
