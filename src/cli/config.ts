import type { Command } from 'commander'
import { parseNamespaceName } from '../core/entities/cache-namespace.ts'
import { isCacheError } from '../core/exceptions/cache-error.ts'
import { describeValue } from '../core/exceptions/describe-value.ts'
import { parseCacheTtl } from '../core/value-objects/cache-ttl.ts'
import { createApiKey, digestApiKey, isApiKeyId } from '../server/api-key.ts'
import { type KeyHolder, parseScopes, scopesFor } from '../server/settings/parse-api-keys.ts'
import { showSettings } from '../server/settings/show-settings.ts'
import { addJsonOption, wrongUsage } from './client-options.ts'
import { addSettingOptions, type SettingOptions, settingsOf } from './setting-options.ts'
import type { Terminal } from './terminal.ts'

interface KeyOptions {
  readonly tenant?: string
  readonly admin?: boolean
  readonly scopes?: string
  readonly expires?: string
  readonly id?: string
  readonly json?: boolean
}

const SHOW_EXAMPLES = `Examples:
  platform-cache config show
  platform-cache config show --config /etc/platform-cache.json --json
`
const VALIDATE_EXAMPLES = `Examples:
  platform-cache config validate --config /etc/platform-cache.json
`
const KEY_EXAMPLES = `Examples:
  platform-cache config create-key --tenant acme --scopes cache:read,cache:write
  platform-cache config create-key --tenant acme --scopes cache:read --expires 90d
  platform-cache config create-key --admin --scopes admin:read --json
`

/** `platform-cache config` */
export function config(program: Command, terminal: Terminal): void {
  const group = program.command('config').description('Look into the settings, and make API keys')
  const show = group
    .command('show')
    .description('Print the settings in effect and who said them, secrets masked')
    .addHelpText('before', SHOW_EXAMPLES)
  addSettingOptions(addJsonOption(show)).action((options: SettingOptions) => {
    showConfig(options, terminal)
  })
  const validate = group
    .command('validate')
    .description('Say what is wrong with the settings; serve says the same before it starts')
    .addHelpText('before', VALIDATE_EXAMPLES)
  addSettingOptions(addJsonOption(validate)).action((options: SettingOptions) => {
    validateConfig(options, terminal)
  })
  const createKey = group
    .command('create-key')
    .description('Make an API key, which is shown once, and its record for the config file')
    .option('--tenant <name>', 'whose key it is')
    .option('--admin', 'the key of an operator instead')
    .option('--scopes <list>', 'what it allows, separated by commas')
    .option('--expires <when>', 'a duration such as 90d, an ISO 8601 instant, or never', 'never')
    .option('--id <id>', 'its public part (default: random)')
    .addHelpText('before', KEY_EXAMPLES)
    .addHelpText('after', scopesHelp())
  addJsonOption(createKey).action((options: KeyOptions) => createConfigKey(options, terminal))
}

function scopesHelp(): string {
  const tenant = scopesFor('tenant').join(', ')
  const operator = scopesFor('operator').join(', ')
  return `\nScopes of tenants: ${tenant}\nScopes of operators: ${operator}`
}

function showConfig(options: SettingOptions, terminal: Terminal): void {
  const loaded = settingsOf(options, terminal)
  const shown = showSettings(loaded)
  if (options['json'] === true) {
    const file = loaded.filePath ?? null
    terminal.stdout.write(`${JSON.stringify({ file, settings: shown })}\n`)
    return
  }
  const width = Math.max(...shown.map(({ name }) => name.length)) + 2
  for (const { name, value, from } of shown) {
    terminal.stdout.write(`${name.padEnd(width)}${valueText(value)}  (${from})\n`)
  }
}

function valueText(value: unknown): string {
  if (value === null) return 'not set'
  return typeof value === 'string' ? value : JSON.stringify(value)
}

function validateConfig(options: SettingOptions, terminal: Terminal): void {
  const file = settingsOf(options, terminal).filePath ?? null
  if (options['json'] === true) terminal.stdout.write(`${JSON.stringify({ ok: true, file })}\n`)
  else terminal.stderr.write(`ok${file === null ? ', without a config file' : `: ${file}`}\n`)
}

function createConfigKey(options: KeyOptions, terminal: Terminal): void {
  const holder = holderOf(options)
  const scopes = scopesOf(options.scopes, holder)
  const expiresAtMs = expiryOf(options.expires ?? 'never', Date.now())
  if (options.id !== undefined && !isApiKeyId(options.id)) {
    throw wrongUsage(
      `Cannot use --id: expected 1 to 32 letters and digits, got ${describeValue(options.id)}`,
    )
  }
  const { key, id } = createApiKey(options.id)
  const record = {
    id,
    sha256: digestApiKey(key).toString('hex'),
    scopes,
    ...(expiresAtMs === undefined ? {} : { expiresAt: new Date(expiresAtMs).toISOString() }),
  }
  const setting = holder === 'operator' ? 'adminKeys' : `tenants.${options.tenant}.apiKeys`
  if (options.json === true) {
    terminal.stdout.write(`${JSON.stringify({ key, setting, record })}\n`)
    return
  }
  terminal.stderr.write('The key, which nobody can show you again:\n')
  terminal.stdout.write(`${key}\n`)
  terminal.stderr.write(`Its record, for the list ${setting} in the config file:\n`)
  terminal.stdout.write(`${JSON.stringify(record)}\n`)
}

function holderOf({ tenant, admin }: KeyOptions): KeyHolder {
  if ((tenant === undefined) === (admin !== true)) {
    throw wrongUsage('Cannot tell whose key it is: expected either --tenant or --admin')
  }
  if (tenant === undefined) return 'operator'
  parseOption('--tenant', () => parseNamespaceName(tenant))
  return 'tenant'
}

function scopesOf(text: string | undefined, holder: KeyHolder): readonly string[] {
  const names = (text ?? '').split(',').map((name) => name.trim())
  return parseOption('--scopes', () =>
    parseScopes(
      names.filter((name) => name !== ''),
      holder,
    ),
  )
}

function expiryOf(text: string, nowMs: number): number | undefined {
  const ttl = parseOption('--expires', () => parseCacheTtl(text, nowMs))
  switch (ttl.kind) {
    case 'never':
      return undefined
    case 'span':
      return nowMs + ttl.ms
    case 'until':
      return ttl.atMs
    case 'instant':
      throw wrongUsage('Cannot use --expires: expected some time to live, got 0')
  }
}

function parseOption<T>(option: string, parse: () => T): T {
  try {
    return parse()
  } catch (error) {
    if (!isCacheError(error)) throw error
    throw wrongUsage(error.message.replace(/^Cannot [^:]*: /, `Cannot use ${option}: `), error)
  }
}
