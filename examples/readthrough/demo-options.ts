import { parseArgs } from 'node:util'

/** What the shop can read through. */
export const THROUGH = ['none', 'library', 'service'] as const
export type Through = (typeof THROUGH)[number]

/** What the demo is told. */
export interface DemoOptions {
  /** Length of the whole run, shared equally by the ways to read. */
  readonly seconds: number
  /** Most requests of each way to read. */
  readonly requests: number
  readonly rows: number
  readonly connections: number
  readonly through: readonly Through[]
  /** A trace file in place of the usual one; see request-stream.ts. */
  readonly trace: string | undefined
  readonly isQuiet: boolean
  readonly isHelp: boolean
  readonly invalidates: boolean
}

export const DEMO_HELP = `Usage: npm run demo -- [options]

  --seconds <n>      length of the whole run (15)
  --requests <n>     most requests of each part of it (no limit)
  --rows <n>         products in the database (100000)
  --connections <n>  requests at the same time (16)
  --through <list>   what the shop reads through, one after the other (none,library,service)
  --trace <file>     a trace of requests to replay; also DEMO_TRACE
  --quiet            no live line
  --without-invalidation
                     break the shop on purpose: the check at the end must fail
`

/** Throws an `Error` for people if an option is wrong. */
export function demoOptions(
  args: readonly string[],
  environment: Readonly<Record<string, string | undefined>>,
): DemoOptions {
  const { values } = parseArgs({
    args: [...args],
    options: {
      seconds: { type: 'string', default: '15' },
      requests: { type: 'string', default: String(Number.MAX_SAFE_INTEGER) },
      rows: { type: 'string', default: '100000' },
      connections: { type: 'string', default: '16' },
      through: { type: 'string', default: THROUGH.join(',') },
      trace: { type: 'string' },
      quiet: { type: 'boolean', default: false },
      help: { type: 'boolean', default: false },
      'without-invalidation': { type: 'boolean', default: false },
    },
  })
  const seconds = Number(values.seconds)
  if (!(seconds > 0)) throw wrong('seconds', 'a number above 0', values.seconds)
  return {
    seconds,
    requests: wholeNumber('requests', values.requests),
    rows: wholeNumber('rows', values.rows),
    connections: wholeNumber('connections', values.connections),
    through: parseThrough(values.through),
    trace: values.trace ?? environment['DEMO_TRACE'],
    isQuiet: values.quiet,
    isHelp: values.help,
    invalidates: !values['without-invalidation'],
  }
}

function wholeNumber(name: string, text: string): number {
  const value = Number(text)
  if (Number.isSafeInteger(value) && value > 0) return value
  throw wrong(name, 'a whole number from 1', text)
}

/** Each way once, since the second time round the rows would have changed behind its cache's back. */
function parseThrough(text: string): readonly Through[] {
  const names = text.split(',').map((name) => name.trim())
  const through = THROUGH.filter((known) => names.includes(known))
  if (through.length === names.length) return through
  throw wrong('through', `some of ${THROUGH.join(', ')}, each once`, text)
}

function wrong(name: string, rule: string, got: string): Error {
  return new Error(`Cannot use --${name}: expected ${rule}, got ${got}`)
}
