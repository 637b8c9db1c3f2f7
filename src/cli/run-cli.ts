import { Command, CommanderError } from 'commander'
import { isCacheError } from '../core/exceptions/cache-error.ts'
import { packageVersion } from '../server/package-version.ts'
import { SettingsInvalid } from '../server/settings/setting-faults.ts'
import { CliFailure, EXIT_CODES } from './cli-failure.ts'
import { colorsFor, type Terminal } from './terminal.ts'

/** Adds one command to the program. */
type AddCommand = (program: Command, terminal: Terminal) => void

/** The commands, in the order of the help. Each is loaded only if it is called, or listed. */
const COMMANDS: ReadonlyMap<string, () => Promise<AddCommand>> = new Map([
  ['serve', async () => (await import('./serve.ts')).serve],
  ['get', async () => (await import('./get-entry.ts')).getEntry],
  ['set', async () => (await import('./set-entry.ts')).setEntry],
  ['delete', async () => (await import('./delete-entries.ts')).deleteEntries],
  ['invalidate', async () => (await import('./invalidate-entries.ts')).invalidateEntries],
  ['keys', async () => (await import('./list-keys.ts')).listKeys],
  ['explain', async () => (await import('./explain-key.ts')).explainKey],
  ['stats', async () => (await import('./show-stats.ts')).showStats],
  ['config', async () => (await import('./config.ts')).config],
  ['version', async () => (await import('./show-version.ts')).showVersion],
])

const EXAMPLES = `Examples:
  platform-cache serve
  platform-cache set user:1 '{"name":"Ada"}' --ttl 5m --tag org:7
  platform-cache get user:1
  platform-cache invalidate --tag org:7
  platform-cache explain user:1
`

const EXIT_CODE_HELP = `
Exit codes: 0 ok, 1 failure, 2 wrong usage, 3 not allowed, 4 not found, 5 conflict, 6 quota, 7 partly done`

/**
 * Runs one command line and answers its exit code.
 *
 * @param argv without the names of the program
 */
export async function runCli(argv: readonly string[], terminal: Terminal): Promise<number> {
  const args = commandFirst(argv)
  try {
    const program = programOf(terminal, args.includes('--no-color'))
    for (const add of await commandsFor(args)) add(program, terminal)
    hintAfterErrors(program, program.name())
    await program.parseAsync(args, { from: 'user' })
    return EXIT_CODES.ok
  } catch (error) {
    return report(error, args, terminal)
  }
}

/** Options may also stand before the command; the parser wants the command first. */
function commandFirst(argv: readonly string[]): string[] {
  const at = argv.findIndex((word) => COMMANDS.has(word))
  const [command] = argv.slice(at, at + 1)
  if (at < 1 || command === undefined || argv[0]?.startsWith('-') !== true) return [...argv]
  return [command, ...argv.slice(0, at), ...argv.slice(at + 1)]
}

async function commandsFor([name = '']: readonly string[]): Promise<readonly AddCommand[]> {
  const load = COMMANDS.get(name)
  if (load !== undefined) return [await load()]
  return Promise.all([...COMMANDS.values()].map((each) => each()))
}

function programOf(terminal: Terminal, isPlain: boolean): Command {
  const { stdout, stderr, environment } = terminal
  const onOut = colorsFor(stdout, environment, isPlain)
  const onErr = colorsFor(stderr, environment, isPlain)
  return new Command('platform-cache')
    .description('A cache as a service: start it, use it, look into it')
    .version(packageVersion(), '-V, --version', 'print the version')
    .option('--no-color', 'no colours (or NO_COLOR)')
    .helpOption('-h, --help', 'show help')
    .helpCommand('help [command]', 'show the help of a command')
    .configureHelp({ showGlobalOptions: true, styleTitle: (title) => onOut.bold(title) })
    .configureOutput({
      writeOut: (text) => stdout.write(text),
      writeErr: (text) => stderr.write(text),
      outputError: (text, write) => write(text.replace(/^error:/, onErr.red('error:'))),
      getOutHasColors: () => onOut.isColorSupported,
      getErrHasColors: () => onErr.isColorSupported,
    })
    .exitOverride()
    .addHelpText('before', EXAMPLES)
    .addHelpText('after', EXIT_CODE_HELP)
}

/** Where the parser has no word that is near enough, the right one is in the list. */
function hintAfterErrors(command: Command, path: string): void {
  const words =
    command.commands.length === 0
      ? command.options.map(({ long, short }) => long ?? short ?? '')
      : command.commands.map((each) => each.name())
  command.showHelpAfterError(`There is: ${words.join(' ')}\nMore: ${path} --help`)
  for (const each of command.commands) hintAfterErrors(each, `${path} ${each.name()}`)
}

/** Tells what went wrong, and answers the exit code. */
function report(error: unknown, args: readonly string[], terminal: Terminal): number {
  // Commander has said it already.
  if (error instanceof CommanderError)
    return error.exitCode === 0 ? EXIT_CODES.ok : EXIT_CODES.usage
  const { stderr, environment } = terminal
  const failure = failureOf(error)
  if (args.includes('--json')) {
    const { message, code, exitCode } = failure
    stderr.write(`${JSON.stringify({ error: { message, code: code ?? null, exitCode } })}\n`)
  } else {
    const { red } = colorsFor(stderr, environment, args.includes('--no-color'))
    stderr.write(`${red('error:')} ${failure.message}\n`)
  }
  return failure.exitCode
}

function failureOf(error: unknown): CliFailure {
  if (error instanceof CliFailure) return error
  if (error instanceof SettingsInvalid) {
    return new CliFailure(EXIT_CODES.usage, error.message, { code: error.code, cause: error })
  }
  if (isCacheError(error)) {
    return new CliFailure(EXIT_CODES.failure, error.message, { code: error.code, cause: error })
  }
  // A mistake of ours: whoever reports it needs to know where.
  const text = error instanceof Error ? (error.stack ?? error.message) : String(error)
  return new CliFailure(EXIT_CODES.failure, `This should not happen: ${text}`, { cause: error })
}
