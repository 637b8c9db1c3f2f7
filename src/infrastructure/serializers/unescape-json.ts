import { CacheError } from '../../core/exceptions/cache-error.ts'
import { describeValue } from '../../core/exceptions/describe-value.ts'
import {
  BYTE_KINDS,
  ERROR_KINDS,
  ESCAPE_PREFIX,
  JSON_ESCAPES,
  MAX_JSON_DEPTH,
} from './json-escapes.ts'

const NUMBERS: ReadonlyMap<unknown, number> = new Map([
  ['NaN', Number.NaN],
  ['Infinity', Number.POSITIVE_INFINITY],
  ['-Infinity', Number.NEGATIVE_INFINITY],
  ['-0', -0],
])
const BIGINT_TEXT = /^(?:0|-?[1-9]\d*)$/

type Fields = Record<string, unknown>

/**
 * The value that `escapeJson` was given, of what `JSON.parse` made. What is plain stays as it is, in place.
 *
 * @throws CacheError CACHE_VALUE_INVALID for an escape that nobody here wrote, a field called `__proto__`, and what is nested too deeply
 */
export function unescapeJson(parsed: unknown): unknown {
  return unescaped(parsed, 0)
}

function unescaped(value: unknown, depth: number): unknown {
  if (typeof value !== 'object' || value === null) return value
  if (depth >= MAX_JSON_DEPTH) throw unreadable(`at most ${MAX_JSON_DEPTH} levels`, 'more')
  if (Array.isArray(value)) return eachUnescaped(value, depth)
  const fields = value as Fields // JSON knows no other objects.
  const names = Object.keys(fields)
  const [first = ''] = names
  if (names.length === 1 && first.startsWith(ESCAPE_PREFIX)) {
    return meaningOf(first, fields[first], depth)
  }
  return fieldsUnescaped(fields, depth)
}

function eachUnescaped(values: unknown[], depth: number): unknown[] {
  for (let index = 0; index < values.length; index += 1) {
    values[index] = unescaped(values[index], depth + 1)
  }
  return values
}

function fieldsUnescaped(fields: Fields, depth: number): Fields {
  for (const name of Object.keys(fields)) {
    if (name === '__proto__') throw unreadable('no field that is called __proto__', 'one')
    fields[name] = unescaped(fields[name], depth + 1)
  }
  return fields
}

function meaningOf(escapeName: string, content: unknown, depth: number): unknown {
  switch (escapeName) {
    case JSON_ESCAPES.undefined:
      return content === true ? undefined : fail(escapeName)
    case JSON_ESCAPES.number:
      return NUMBERS.get(content) ?? fail(escapeName)
    case JSON_ESCAPES.bigint:
      return typeof content === 'string' && BIGINT_TEXT.test(content)
        ? BigInt(content)
        : fail(escapeName)
    case JSON_ESCAPES.date:
      return dateOf(content)
    case JSON_ESCAPES.map:
      return mapOf(content, depth)
    case JSON_ESCAPES.set:
      return new Set(eachUnescaped(listOf(content, escapeName), depth))
    case JSON_ESCAPES.bytes:
      return bytesOf(listOf(content, escapeName))
    case JSON_ESCAPES.error:
      return errorOf(fieldsOf(content, escapeName), depth)
    case JSON_ESCAPES.object:
      return fieldsUnescaped(fieldsOf(content, escapeName), depth)
    default:
      return fail(escapeName)
  }
}

function dateOf(content: unknown): Date {
  if (content === null) return new Date(Number.NaN)
  const date = new Date(typeof content === 'string' ? content : Number.NaN)
  const isIso = !Number.isNaN(date.getTime()) && date.toISOString() === content
  return isIso ? date : fail(JSON_ESCAPES.date)
}

function mapOf(content: unknown, depth: number): Map<unknown, unknown> {
  const map = new Map<unknown, unknown>()
  for (const pair of listOf(content, JSON_ESCAPES.map)) {
    const [key, value] = eachUnescaped(pairOf(pair, JSON_ESCAPES.map), depth + 1)
    map.set(key, value)
  }
  return map
}

function bytesOf([name, text, ...rest]: readonly unknown[]): unknown {
  if (typeof text !== 'string' || rest.length > 0) return fail(JSON_ESCAPES.bytes)
  const bytes = Buffer.from(text, 'base64')
  // Node reads over what isn't base64, and that would be other bytes.
  if (bytes.toString('base64') !== text) return fail(JSON_ESCAPES.bytes)
  if (name === 'Buffer') return bytes
  // In memory of its own: numbers have to lie at places that they can be divided by.
  const { buffer } = new Uint8Array(bytes)
  return name === 'ArrayBuffer' ? buffer : viewOf(name, buffer)
}

function viewOf(name: unknown, buffer: ArrayBuffer): unknown {
  const isKind = typeof name === 'string' && Object.hasOwn(BYTE_KINDS, name)
  const kind: unknown = isKind ? BYTE_KINDS[name] : undefined
  if (typeof kind !== 'function') return fail(JSON_ESCAPES.bytes)
  const elementBytes: unknown = Reflect.get(kind, 'BYTES_PER_ELEMENT') ?? 1
  if (buffer.byteLength % Number(elementBytes) !== 0) return fail(JSON_ESCAPES.bytes)
  return Reflect.construct(kind, [buffer])
}

function errorOf(content: Fields, depth: number): Error {
  const { kind, message, stack, fields } = content
  const isKind = typeof kind === 'string' && Object.hasOwn(ERROR_KINDS, kind)
  const Kind = isKind ? ERROR_KINDS[kind] : undefined
  const areTexts = [message, stack].every((text) => text === undefined || typeof text === 'string')
  if (Kind === undefined || !areTexts) return fail(JSON_ESCAPES.error)
  const error = typeof message === 'string' ? new Kind(message) : new Kind()
  // Without it there would be the stack of whoever reads the value.
  define(error, 'stack', stack ?? String(error), false)
  if ('cause' in content) define(error, 'cause', unescaped(content['cause'], depth + 1), false)
  if (fields === undefined) return error
  const own = fieldsUnescaped(fieldsOf(fields, JSON_ESCAPES.error), depth)
  for (const [name, value] of Object.entries(own)) define(error, name, value, true)
  return error
}

function define(error: Error, name: string, value: unknown, isEnumerable: boolean): void {
  Object.defineProperty(error, name, {
    value,
    enumerable: isEnumerable,
    writable: true,
    configurable: true,
  })
}

function listOf(content: unknown, escapeName: string): unknown[] {
  return Array.isArray(content) ? content : fail(escapeName)
}

function pairOf(content: unknown, escapeName: string): unknown[] {
  return Array.isArray(content) && content.length === 2 ? content : fail(escapeName)
}

function fieldsOf(content: unknown, escapeName: string): Fields {
  const isObject = typeof content === 'object' && content !== null && !Array.isArray(content)
  return isObject ? (content as Fields) : fail(escapeName) // JSON knows no other objects.
}

function fail(escapeName: string): never {
  throw unreadable('an escape that is known here', describeValue(escapeName))
}

function unreadable(expected: string, got: string): CacheError {
  return new CacheError(
    'CACHE_VALUE_INVALID',
    `Cannot read the value: expected ${expected}, got ${got}`,
  )
}
