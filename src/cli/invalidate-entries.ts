import type { Command } from 'commander'
import type { InvalidateRequest } from '../api/models/requests/invalidate-request.ts'
import type { InvalidationResponse } from '../api/models/responses/invalidation-response.ts'
import { CliFailure, EXIT_CODES } from './cli-failure.ts'
import { addClientOptions, type ClientOptions, clientOf, wrongUsage } from './client-options.ts'
import type { Terminal } from './terminal.ts'

interface InvalidateOptions extends ClientOptions {
  readonly tag?: string
  readonly prefix?: string
  readonly regex?: string
  readonly dependency?: string
  readonly all?: boolean
  readonly soft?: boolean
  readonly dryRun?: boolean
  readonly reason?: string
}

/** What to invalidate: a route, its body, and how a person calls it. */
interface Target {
  readonly route: '_invalidate' | '_flush'
  readonly body: InvalidateRequest
  readonly words: string
}

const EXAMPLES = `Examples:
  platform-cache invalidate 'user:1:*'
  platform-cache invalidate --tag org:7 --reason 'moved to another plan'
  platform-cache invalidate --prefix user: --dry-run
  platform-cache invalidate --regex '^user:\\d+:rights$'
  platform-cache invalidate --all --cache sessions
`

/** `platform-cache invalidate` */
export function invalidateEntries(program: Command, terminal: Terminal): void {
  const command = program
    .command('invalidate [pattern]')
    .description('Make entries invalid, by what they have in common')
    .option('--tag <name>', 'all entries with this tag')
    .option('--prefix <text>', 'all keys that begin so')
    .option('--regex <regex>', 'all keys that match (RE2 syntax)')
    .option('--dependency <name>', 'all entries made from this, or from what depends on it')
    .option('--all', 'everything in the cache')
    .option('--soft', 'keep the values for answers that accept stale ones')
    .option('--dry-run', 'only count what would be hit, and list some of it')
    .option('--reason <text>', 'why; shown by explain and in the history')
    .addHelpText('before', EXAMPLES)
  addClientOptions(command).action((pattern: string | undefined, options: InvalidateOptions) =>
    run(pattern, options, terminal),
  )
}

async function run(
  pattern: string | undefined,
  options: InvalidateOptions,
  terminal: Terminal,
): Promise<void> {
  const { cache, json, dryRun } = options
  const target = targetOf(pattern, options)
  const answer = await clientOf(options, terminal).ask<InvalidationResponse>({
    method: 'POST',
    path: ['caches', cache, target.route],
    query: { dryRun: dryRun === true ? '1' : undefined },
    body: target.body,
  })
  if (json === true) terminal.stdout.write(`${JSON.stringify({ cache, ...answer })}\n`)
  else if (answer.dryRun) tellDryRun(answer, target, terminal)
  else if (answer.position !== undefined) {
    terminal.stderr.write(`invalidated ${target.words} (position ${answer.position})\n`)
  }
  if (answer.propagated !== false) return
  throw new CliFailure(
    EXIT_CODES.partial,
    'Cannot say that it has reached every node: the invalidation log could not be reached, and will get it later',
  )
}

function tellDryRun(answer: InvalidationResponse, target: Target, terminal: Terminal): void {
  const { matched = 0, scanned = 0, isComplete, sample = [] } = answer
  for (const key of sample) terminal.stdout.write(`${key}\n`)
  const atLeast = isComplete === false ? 'at least ' : ''
  terminal.stderr.write(
    `would invalidate ${target.words}: ${atLeast}${matched} of the ${scanned} entries looked at\n`,
  )
}

function targetOf(pattern: string | undefined, options: InvalidateOptions): Target {
  const { tag, prefix, regex, dependency, all, soft, reason } = options
  const said = Object.entries({ pattern, tag, prefix, regex, dependency }).filter(
    ([, value]) => value !== undefined,
  )
  if (said.length + Number(all === true) !== 1) {
    throw wrongUsage(
      `Cannot tell what to invalidate: expected exactly one of a pattern, --tag, --prefix, --regex, --dependency and --all, got ${said.length + Number(all === true)}`,
    )
  }
  const why = reason === undefined ? {} : { reason }
  if (all !== true) {
    const body = { ...Object.fromEntries(said), ...why, ...(soft === true ? { soft } : {}) }
    return { route: '_invalidate', body, words: said.flat().join(' ') }
  }
  if (soft !== true) return { route: '_flush', body: why, words: 'everything' }
  throw wrongUsage(
    "Cannot use --soft with --all: a flush keeps nothing; say '**' to keep the values",
  )
}
