import { readFileSync } from 'node:fs'
import { resolve } from 'node:path'
import type { Command } from 'commander'
import { isCacheError } from '../core/exceptions/cache-error.ts'
import { describeValue } from '../core/exceptions/describe-value.ts'
import { formatDuration, parseDuration } from '../core/value-objects/duration.ts'
import { CliFailure, EXIT_CODES } from './cli-failure.ts'
import { ServiceClient } from './service-client.ts'
import type { Terminal } from './terminal.ts'

/** What every command that asks the service can be told. */
export interface ClientOptions {
  readonly url?: string
  readonly tokenFile?: string
  readonly cache: string
  readonly timeout: string
  readonly json?: boolean
}

/** Where the service listens when nothing is said. */
const DEFAULT_URL = 'http://127.0.0.1:7400'
const DEFAULT_TIMEOUT = '10s'
/** Node takes a longer timer for one without any delay. */
const MAX_TIMEOUT_MS = 2_147_483_647

/** Adds the options of a command that asks the service. */
export function addClientOptions(command: Command): Command {
  return addJsonOption(command)
    .option('--cache <name>', 'which cache', 'default')
    .option('--url <url>', `where the service is (or PLATFORM_CACHE_URL; default ${DEFAULT_URL})`)
    .option('--token-file <path>', 'a file with the API key (or PLATFORM_CACHE_TOKEN: the key)')
    .option('--timeout <duration>', 'how long to wait for an answer', DEFAULT_TIMEOUT)
}

/** Adds `--json`, which every command has. */
export function addJsonOption(command: Command): Command {
  return command.option('--json', 'one JSON document on stdout')
}

/**
 * The client that the options describe.
 *
 * @throws CliFailure with the exit code of wrong usage
 */
export function clientOf(options: ClientOptions, terminal: Terminal): ServiceClient {
  return new ServiceClient({
    url: parseUrl(options.url ?? (terminal.environment['PLATFORM_CACHE_URL'] || DEFAULT_URL)),
    token: tokenOf(options, terminal),
    timeoutMs: parseTimeout(options.timeout),
  })
}

function parseUrl(text: string): URL {
  const url = URL.canParse(text) ? new URL(text) : undefined
  if (url !== undefined && (url.username !== '' || url.password !== '')) {
    throw wrongUsage(
      'Cannot use the URL: expected none with a user name or password in it; the API key goes into --token-file or PLATFORM_CACHE_TOKEN',
    )
  }
  if (url?.protocol === 'http:' || url?.protocol === 'https:') return url
  throw wrongUsage(
    `Cannot use the URL: expected one such as ${DEFAULT_URL}, got ${describeValue(text)}`,
  )
}

function tokenOf(
  { tokenFile }: Pick<ClientOptions, 'tokenFile'>,
  { environment, folder }: Terminal,
): string | undefined {
  const token =
    tokenFile === undefined
      ? environment['PLATFORM_CACHE_TOKEN'] || undefined
      : readToken(resolve(folder, tokenFile))
  if (token === undefined || /^[\x21-\x7e]+$/.test(token)) return token
  // What it is instead stays untold: it may be a secret all the same.
  throw wrongUsage(
    'Cannot use the API key: expected one word without spaces, as create-key prints it',
  )
}

function readToken(path: string): string {
  try {
    return readFileSync(path, 'utf8').trim()
  } catch (cause) {
    throw wrongUsage(`Cannot read the API key: ${messageOf(cause)}`, cause)
  }
}

function parseTimeout(text: string): number {
  const timeoutMs = parseDurationOption(text, '--timeout')
  if (timeoutMs >= 1 && timeoutMs <= MAX_TIMEOUT_MS) return timeoutMs
  const most = formatDuration(MAX_TIMEOUT_MS)
  throw wrongUsage(`Cannot use --timeout: expected from 1ms to ${most}, got ${describeValue(text)}`)
}

function parseDurationOption(text: string, option: string): number {
  try {
    return parseDuration(text, option)
  } catch (error) {
    if (isCacheError(error)) throw wrongUsage(error.message, error)
    throw error
  }
}

/** The command was called in a way that it can't be. */
export function wrongUsage(message: string, cause?: unknown): CliFailure {
  return new CliFailure(EXIT_CODES.usage, message, { cause })
}

/** What an unknown error says. */
export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error)
}
