import type { LogFormat, LogLevel } from './settings/server-settings.ts'

/** Where log lines go; a stream is one. */
export interface LogOutput {
  write(line: string): unknown
  /** True on a terminal. */
  readonly isTTY?: boolean
}

/** How Fastify's logger, which is pino, is set up. */
export interface ServerLog {
  readonly level: LogLevel
  readonly stream: { write(line: string): void }
}

const LEVEL_NAMES: ReadonlyMap<unknown, string> = new Map([
  [10, 'trace'],
  [20, 'debug'],
  [30, 'info'],
  [40, 'warn'],
  [50, 'error'],
  [60, 'fatal'],
])
/** What a line has already, or what no person reads. */
const HIDDEN = new Set(['level', 'time', 'msg', 'pid', 'hostname', 'err'])

/** The log of the service: JSON lines as pino writes them, or text for a person. */
export function serverLog(
  settings: { readonly logLevel: LogLevel; readonly logFormat: LogFormat },
  output: LogOutput,
): ServerLog {
  const isText =
    settings.logFormat === 'text' || (settings.logFormat === 'auto' && output.isTTY === true)
  const write = (line: string): void => {
    output.write(isText ? logText(line) : line)
  }
  return { level: settings.logLevel, stream: { write } }
}

/** A log line as text: time, level where it isn't `info`, message, fields; the stack of an error below. */
export function logText(line: string): string {
  const { level, time, msg, err, ...rest } = JSON.parse(line) as Record<string, unknown>
  const clock = new Date(Number(time)).toTimeString().slice(0, 8)
  const name = LEVEL_NAMES.get(level) ?? String(level)
  const fields = Object.entries(rest).flatMap(([field, value]) =>
    HIDDEN.has(field) ? [] : [` ${field}=${fieldText(value)}`],
  )
  const label = name === 'info' ? '' : `${name}: `
  return `${clock} ${label}${String(msg ?? '')}${fields.join('')}\n${stackText(err)}`
}

function fieldText(value: unknown): string {
  return typeof value === 'string' && /^[\w./:@-]+$/.test(value) ? value : JSON.stringify(value)
}

function stackText(error: unknown): string {
  if (typeof error !== 'object' || error === null || !('stack' in error)) return ''
  return `${String(error.stack).replace(/^/gm, '  ')}\n`
}
