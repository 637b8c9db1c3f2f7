import type { Command } from 'commander'
import { drainOnSignal } from '../server/drain-on-signal.ts'
import { CliFailure, EXIT_CODES } from './cli-failure.ts'
import { missingServicePackages } from './service-packages.ts'
import { addSettingOptions, type SettingOptions, settingsOf } from './setting-options.ts'
import type { Terminal } from './terminal.ts'

const EXAMPLES = `Examples:
  platform-cache serve
  platform-cache serve --port 8080 --memory-max-bytes 1gb
  platform-cache serve --config /etc/platform-cache.json --log-format json
`

/** `platform-cache serve` */
export function serve(program: Command, terminal: Terminal): void {
  const command = program
    .command('serve')
    .description('Start the service; Ctrl-C or SIGTERM drains it and stops it')
    .addHelpText('before', EXAMPLES)
    .option('--json', 'log as JSON, as --log-format json does')
  addSettingOptions(command).action((options: SettingOptions) =>
    run(options['json'] === true ? { logFormat: 'json', ...options } : options, terminal),
  )
}

async function run(options: SettingOptions, terminal: Terminal): Promise<void> {
  const { settings } = settingsOf(options, terminal)
  const missing = missingServicePackages(import.meta.url)
  if (missing !== undefined) throw missing
  // Only here: the other commands do without the packages of the service, and start faster.
  const { startServer } = await import('../server/start-server.ts')
  const server = await startServer(settings, terminal.stdout)
  const exitCode = await drainOnSignal(server, terminal.control)
  if (exitCode === EXIT_CODES.ok) return
  throw new CliFailure(exitCode, 'Stopped, but requests had to be cut off')
}
