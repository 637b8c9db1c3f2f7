import type { Command } from 'commander'
import { packageVersion } from '../server/package-version.ts'
import { addJsonOption } from './client-options.ts'
import type { Terminal } from './terminal.ts'

/** `platform-cache version` */
export function showVersion(program: Command, terminal: Terminal): void {
  const command = program
    .command('version')
    .description('Print the version of this command line, and of Node')
    .addHelpText('before', 'Examples:\n  platform-cache version\n  platform-cache version --json\n')
  addJsonOption(command).action(({ json }: { readonly json?: boolean }) => {
    const version = packageVersion()
    const node = process.version
    const text = json === true ? JSON.stringify({ version, node }) : `${version} (Node ${node})`
    terminal.stdout.write(`${text}\n`)
  })
}
