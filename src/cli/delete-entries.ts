import type { Command } from 'commander'
import type { BatchResponse, ItemResponse } from '../api/models/responses/batch-response.ts'
import { CliFailure, EXIT_CODES, exitCodeOf } from './cli-failure.ts'
import { addClientOptions, type ClientOptions, clientOf } from './client-options.ts'
import type { Terminal } from './terminal.ts'

const EXAMPLES = `Examples:
  platform-cache delete user:1
  platform-cache delete user:1 user:2 --cache people --json
`

/** `platform-cache delete` */
export function deleteEntries(program: Command, terminal: Terminal): void {
  const command = program
    .command('delete <key...>')
    .description('Remove entries by their keys; to remove many at once see invalidate')
    .addHelpText('before', EXAMPLES)
  addClientOptions(command).action((keys: string[], options: ClientOptions) =>
    run(keys, options, terminal),
  )
}

async function run(
  keys: readonly string[],
  options: ClientOptions,
  terminal: Terminal,
): Promise<void> {
  const { items } = await clientOf(options, terminal).ask<BatchResponse>({
    method: 'POST',
    path: ['caches', options.cache, '_mdelete'],
    body: { keys },
  })
  const failed = items.filter(({ status }) => status >= 300)
  const deleted = items.filter((item) => item.deleted === true).length
  if (options.json === true) {
    terminal.stdout.write(`${JSON.stringify({ cache: options.cache, deleted, items })}\n`)
  } else {
    const absent = items.length - failed.length - deleted
    terminal.stderr.write(`deleted ${deleted}${absent === 0 ? '' : `, not there ${absent}`}\n`)
  }
  const [first] = failed
  if (first !== undefined) throw failure(failed, first, items.length)
}

function failure(failed: readonly ItemResponse[], first: ItemResponse, count: number): CliFailure {
  const exitCode = failed.length < count ? EXIT_CODES.partial : exitCodeOf(first.status)
  const lines = failed.map(({ key, detail }) => detail ?? `Cannot delete ${key}`)
  return new CliFailure(
    exitCode,
    lines.join('\n'),
    first.code === undefined ? {} : { code: first.code },
  )
}
