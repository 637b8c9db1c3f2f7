import type { Command } from 'commander'
import type { KeyListResponse, ListedKey } from '../api/models/responses/key-list-response.ts'
import { describeValue } from '../core/exceptions/describe-value.ts'
import { addClientOptions, type ClientOptions, clientOf, wrongUsage } from './client-options.ts'
import type { ServiceClient } from './service-client.ts'
import type { Terminal } from './terminal.ts'

interface KeysOptions extends ClientOptions {
  readonly match?: string
  readonly limit?: string
  readonly all?: boolean
}

/** Keys when nothing is said. */
const DEFAULT_LIMIT = 100
/** Keys on one page; more than the service gives at once would be refused. */
const PAGE_LIMIT = 1000

const EXAMPLES = `Examples:
  platform-cache keys
  platform-cache keys --match 'user:*:profile' --limit 20
  platform-cache keys --all --cache sessions | wc -l
`

/** `platform-cache keys` */
export function listKeys(program: Command, terminal: Terminal): void {
  const command = program
    .command('keys')
    .description('List keys, one per line; with --json also what is known of each entry')
    .option('--match <pattern>', 'only keys that match, such as user:*')
    .option('--limit <number>', `at most this many (default: ${DEFAULT_LIMIT})`)
    .option('--all', 'all of them')
    .addHelpText('before', EXAMPLES)
  addClientOptions(command).action((options: KeysOptions) => run(options, terminal))
}

async function run(options: KeysOptions, terminal: Terminal): Promise<void> {
  const limit = limitOf(options)
  const keys: ListedKey[] = []
  let cursor: string | null = null
  do {
    const page: KeyListResponse = await readPage(clientOf(options, terminal), options, {
      limit: Math.min(limit - keys.length, PAGE_LIMIT),
      cursor,
    })
    keys.push(...page.keys)
    cursor = page.cursor
    if (options.json !== true)
      terminal.stdout.write(page.keys.map(({ key }) => `${key}\n`).join(''))
  } while (cursor !== null && keys.length < limit)
  const isComplete = cursor === null
  if (options.json === true) {
    terminal.stdout.write(`${JSON.stringify({ cache: options.cache, keys, isComplete })}\n`)
  } else if (!isComplete) {
    terminal.stderr.write('there are more; --all lists all of them\n')
  }
}

function limitOf({ limit, all }: KeysOptions): number {
  if (all === true) {
    if (limit === undefined) return Number.POSITIVE_INFINITY
    throw wrongUsage('Cannot use --all with --limit: all of them have no limit')
  }
  if (limit === undefined) return DEFAULT_LIMIT
  if (/^[1-9]\d{0,8}$/.test(limit)) return Number(limit)
  throw wrongUsage(
    `Cannot use --limit: expected a whole number from 1, got ${describeValue(limit)}`,
  )
}

function readPage(
  client: ServiceClient,
  { cache, match }: KeysOptions,
  page: { readonly limit: number; readonly cursor: string | null },
): Promise<KeyListResponse> {
  return client.ask({
    method: 'GET',
    path: ['caches', cache, 'keys'],
    query: { match, limit: String(page.limit), cursor: page.cursor ?? undefined },
  })
}
