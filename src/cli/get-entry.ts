import type { Command } from 'commander'
import { addClientOptions, type ClientOptions, clientOf } from './client-options.ts'
import type { Terminal } from './terminal.ts'

interface GetOptions extends ClientOptions {
  readonly stale?: boolean
}

/** The media type of an entry with its metadata; the API's is the same, and a test says so. */
const ENVELOPE_TYPE = 'application/vnd.platform-cache.entry+json'

const EXAMPLES = `Examples:
  platform-cache get user:1
  platform-cache get user:1 --json
  platform-cache get report.pdf --cache files > report.pdf
`

/** `platform-cache get` */
export function getEntry(program: Command, terminal: Terminal): void {
  const command = program
    .command('get <key>')
    .description('Print a value as it was stored; with --json also what is known of the entry')
    .option('--stale', 'also a value whose time is over, if it is still kept')
    .addHelpText('before', EXAMPLES)
  addClientOptions(command).action((key: string, options: GetOptions) =>
    run(key, options, terminal),
  )
}

async function run(key: string, options: GetOptions, terminal: Terminal): Promise<void> {
  const { stdout, stderr } = terminal
  const { body } = await clientOf(options, terminal).send({
    method: 'GET',
    path: ['caches', options.cache, 'entries', key],
    query: { stale: options.stale === true ? 'ok' : undefined },
    headers: options.json === true ? { accept: ENVELOPE_TYPE } : {},
  })
  stdout.write(body)
  if (options.json === true) stdout.write('\n')
  // The next prompt shall begin on a line of its own, but a file shall hold the value alone.
  else if (stdout.isTTY === true && body.at(-1) !== 0x0a) stderr.write('\n')
}
