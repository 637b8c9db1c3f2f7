import { isUtf8 } from 'node:buffer'
import { CacheError } from '../../core/exceptions/cache-error.ts'
import { describeValue } from '../../core/exceptions/describe-value.ts'
import type { CacheSerializer } from '../../core/protocols/cache-serializer.ts'
import { escapeJson } from './escape-json.ts'
import { ESCAPE_PREFIX, MAX_JSON_DEPTH } from './json-escapes.ts'
import { unescapeJson } from './unescape-json.ts'

/**
 * What may make a text more than plain JSON: an escape, the name `__proto__`, or an ASCII character that is
 * written as `\u00…`, behind which either could hide.
 */
const MARKERS: readonly string[] = [ESCAPE_PREFIX, '__proto__', '\\u00']

/**
 * Values as JSON in UTF-8. What is plain JSON stays exactly that, so that programs in any language read
 * and write it; what JSON has no form for is an object with one field, `{"$cache:date":"2026-…"}`
 * (docs/formats.md lists them).
 *
 * Comes back as it was: plain objects and arrays, `undefined`, `NaN`, infinities, `-0`, big integers,
 * dates, maps, sets, buffers, typed arrays, errors. An object that is in a value twice comes back as two,
 * and one without a prototype as a plain one.
 */
export class JsonSerializer implements CacheSerializer {
  readonly id = 1
  readonly name = 'json'

  serialize(value: unknown): Uint8Array {
    try {
      return Buffer.from(JSON.stringify(escapeJson(value)), 'utf8')
    } catch (cause) {
      if (cause instanceof CacheError) throw cause
      throw unwritable(value, cause)
    }
  }

  /** The value shares no memory with `bytes`. @throws CacheError CACHE_VALUE_INVALID */
  deserialize(bytes: Uint8Array): unknown {
    const text = textOf(bytes)
    const parsed = parse(text)
    return isPlain(text) ? parsed : unescapeJson(parsed)
  }
}

function textOf(bytes: Uint8Array): string {
  // Decoding would put a replacement character for what isn't UTF-8, and that would be another value.
  if (!isUtf8(bytes)) throw unreadable('UTF-8')
  const buffer = Buffer.isBuffer(bytes)
    ? bytes
    : Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  return buffer.toString('utf8')
}

function isPlain(text: string): boolean {
  for (const marker of MARKERS) if (text.includes(marker)) return false
  return !mayBeDeep(text)
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch (cause) {
    throw unreadable('JSON', cause)
  }
}

/** False only if the value can't be nested too deeply: it takes a bracket to get deeper. */
function mayBeDeep(text: string): boolean {
  return openings(text, '{') + openings(text, '[') > MAX_JSON_DEPTH
}

/** How many there are, counted no further than needed. */
function openings(text: string, bracket: string): number {
  let count = 0
  for (
    let at = text.indexOf(bracket);
    at !== -1 && count <= MAX_JSON_DEPTH;
    at = text.indexOf(bracket, at + 1)
  ) {
    count += 1
  }
  return count
}

/** A getter has thrown, or the text would be longer than a text can be. */
function unwritable(value: unknown, cause: unknown): CacheError {
  return new CacheError(
    'CACHE_VALUE_INVALID',
    `Cannot serialize the value: expected plain data, got ${describeValue(value)}`,
    { cause },
  )
}

function unreadable(expected: string, cause?: unknown): CacheError {
  return new CacheError(
    'CACHE_VALUE_INVALID',
    `Cannot read the value: expected ${expected}, got other bytes`,
    { cause },
  )
}
