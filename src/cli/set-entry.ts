import { readFile } from 'node:fs/promises'
import { extname, resolve } from 'node:path'
import type { Command } from 'commander'
import {
  addClientOptions,
  type ClientOptions,
  clientOf,
  messageOf,
  wrongUsage,
} from './client-options.ts'
import type { Terminal } from './terminal.ts'

interface SetOptions extends ClientOptions {
  readonly file?: string
  readonly contentType?: string
  readonly ttl?: string
  readonly tag: readonly string[]
  readonly dependsOn: readonly string[]
  readonly priority?: string
  readonly staleWhileRevalidate?: string
  readonly staleIfError?: string
  readonly ifMatch?: string
  readonly ifAbsent?: boolean
}

/** A value on its way in. */
interface Value {
  readonly bytes: Uint8Array
  readonly contentType: string
}

const TEXT_TYPE = 'text/plain; charset=utf-8'
const JSON_TYPE = 'application/json'
const BYTES_TYPE = 'application/octet-stream'

const EXAMPLES = `Examples:
  platform-cache set greeting hello
  platform-cache set user:1 '{"name":"Ada"}' --content-type application/json --ttl 5m --tag org:7
  platform-cache set report.pdf --file report.pdf --cache files --ttl never
  date | platform-cache set now -
  platform-cache set lock:nightly "$HOSTNAME" --if-absent --ttl 10m
`

/** `platform-cache set` */
export function setEntry(program: Command, terminal: Terminal): void {
  const command = program
    .command('set <key> [value]')
    .description('Store a value: the text given, a file, or with - what comes from stdin')
    .option('--file <path>', 'store this file')
    .option(
      '--content-type <type>',
      'what the value is (default: text, JSON for .json files, else bytes)',
    )
    .option('--ttl <ttl>', 'how long it is fresh: 30s, 5m, never, or an ISO 8601 instant')
    .option('--tag <name>', 'a name to invalidate it by; may be repeated', collect, [])
    .option('--depends-on <name>', 'what it was made from; may be repeated', collect, [])
    .option('--priority <priority>', 'who stays when space runs out: low, medium, high, critical')
    .option(
      '--stale-while-revalidate <duration>',
      'how long it may be served stale while it is refreshed',
    )
    .option('--stale-if-error <duration>', 'how long it may be served stale if the refresh fails')
    .option('--if-match <etag>', 'only over the value with this ETag')
    .option('--if-absent', 'only if there is no fresh value')
    .addHelpText('before', EXAMPLES)
  addClientOptions(command).action((key: string, value: string | undefined, options: SetOptions) =>
    run(key, value, options, terminal),
  )
}

function collect(name: string, names: readonly string[]): string[] {
  return [...names, name]
}

async function run(
  key: string,
  text: string | undefined,
  options: SetOptions,
  terminal: Terminal,
): Promise<void> {
  const client = clientOf(options, terminal)
  const { bytes, contentType } = await readValue(text, options, terminal)
  const { status, headers } = await client.send({
    method: 'PUT',
    path: ['caches', options.cache, 'entries', key],
    headers: { 'content-type': options.contentType ?? contentType, ...headersOf(options) },
    body: bytes,
  })
  // RFC 9211: `stored=?0` is false; so it is with a TTL of 0.
  const isStored = !/;\s*stored=\?0/.test(headers.get('cache-status') ?? '')
  const isNew = status === 201
  if (options.json === true) {
    const etag = headers.get('etag')
    const answer = { cache: options.cache, key, stored: isStored, created: isNew, etag }
    terminal.stdout.write(`${JSON.stringify(answer)}\n`)
    return
  }
  const done = isNew ? 'stored' : 'replaced'
  terminal.stderr.write(
    isStored ? `${done} ${key}\n` : `not stored: its time would be over at once\n`,
  )
}

async function readValue(
  text: string | undefined,
  { file }: SetOptions,
  { stdin, folder }: Terminal,
): Promise<Value> {
  if ((text === undefined) === (file === undefined)) {
    const got = text === undefined ? 'none of them' : 'more than one'
    throw wrongUsage(
      `Cannot tell what to store: expected a value, - for stdin, or --file, got ${got}`,
    )
  }
  if (file !== undefined) return readValueFile(resolve(folder, file))
  if (text !== '-') return { bytes: Buffer.from(text ?? ''), contentType: TEXT_TYPE }
  const chunks: Uint8Array[] = []
  for await (const chunk of stdin) chunks.push(chunk)
  return { bytes: Buffer.concat(chunks), contentType: BYTES_TYPE }
}

async function readValueFile(path: string): Promise<Value> {
  try {
    const contentType = extname(path).toLowerCase() === '.json' ? JSON_TYPE : BYTES_TYPE
    return { bytes: await readFile(path), contentType }
  } catch (cause) {
    throw wrongUsage(`Cannot read the file: ${messageOf(cause)}`, cause)
  }
}

function headersOf(options: SetOptions): Record<string, string> {
  const headers: Record<string, string | undefined> = {
    'cache-ttl': options.ttl,
    'cache-tags': nameList(options.tag),
    'cache-depends-on': nameList(options.dependsOn),
    'cache-priority': options.priority,
    'cache-stale-while-revalidate': options.staleWhileRevalidate,
    'cache-stale-if-error': options.staleIfError,
    'if-match': options.ifMatch,
    'if-none-match': options.ifAbsent === true ? '*' : undefined,
  }
  return Object.fromEntries(
    Object.entries(headers).flatMap(([name, value]) =>
      value === undefined ? [] : [[name, value]],
    ),
  )
}

/** Names are text of any kind; a header holds ASCII, and a comma would begin the next one. */
function nameList(names: readonly string[]): string | undefined {
  return names.length === 0 ? undefined : names.map(encodeURIComponent).join(', ')
}
