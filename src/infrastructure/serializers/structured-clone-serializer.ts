import { deserialize, serialize } from 'node:v8'
import { CacheError } from '../../core/exceptions/cache-error.ts'
import { describeValue } from '../../core/exceptions/describe-value.ts'
import type { CacheSerializer } from '../../core/protocols/cache-serializer.ts'

/** What an error may have of its own: the clone keeps nothing else of it. */
const ERROR_FIELDS: readonly unknown[] = ['stack', 'message', 'cause']

/** What a typed array or a buffer begins with, a "host object" of V8's format; other values may happen to have this byte. */
const VIEW_TAG = 0x5c

/** What of these comes back as it was, if there is nothing added to it. */
const PLAIN_KINDS: ReadonlySet<unknown> = new Set(
  [Object, Date, Map, Set].map(({ prototype }) => prototype),
)
const ERROR_KINDS: ReadonlySet<unknown> = new Set(
  [Error, EvalError, RangeError, ReferenceError, SyntaxError, TypeError, URIError].map(
    ({ prototype }) => prototype,
  ),
)
const BYTE_KINDS: ReadonlySet<unknown> = new Set(
  [
    ArrayBuffer,
    DataView,
    Buffer,
    Int8Array,
    Uint8Array,
    Uint8ClampedArray,
    Int16Array,
    Uint16Array,
    Int32Array,
    Uint32Array,
    Float32Array,
    Float64Array,
    BigInt64Array,
    BigUint64Array,
  ].map(({ prototype }) => prototype),
)

/** What V8's format begins with. No JSON does. */
const V8_TAG = 0xff
/** Longest array that is looked through for what JSON would lose of it. */
const MAX_JSON_LENGTH = 1000

/**
 * The structured clone of V8 as bytes: plain objects, arrays, dates, maps, sets, big integers, bytes,
 * errors, holes, cycles. What JSON gives back just the same, as most values are, is JSON: Node reads and
 * writes it faster, and each result of V8's has memory of its own outside the heap, which cost the
 * collector ten milliseconds at a time when there were many (November 2026).
 *
 * What would come back as something else is refused, and not only functions: V8 makes plain objects of
 * class instances, and of a URL an empty one.
 */
export class StructuredCloneSerializer implements CacheSerializer {
  readonly id = 3
  readonly name = 'structured-clone'

  serialize(value: unknown): Uint8Array {
    try {
      const survey = new ValueSurvey(value)
      if (survey.stranger !== undefined) throw invalid(describeValue(survey.stranger))
      return survey.isJson ? Buffer.from(JSON.stringify(value)) : serialize(value)
    } catch (cause) {
      if (cause instanceof CacheError) throw cause
      throw invalid(describeValue(value), cause)
    }
  }

  /** The value shares no memory with `bytes`. */
  deserialize(bytes: Uint8Array): unknown {
    if (bytes[0] !== V8_TAG) return JSON.parse(textOf(bytes))
    // Node makes typed arrays and buffers from the bytes as they lie there; all else is a copy anyhow.
    return deserialize(bytes.includes(VIEW_TAG) ? new Uint8Array(bytes) : bytes)
  }
}

function textOf({ buffer, byteOffset, byteLength }: Uint8Array): string {
  return Buffer.from(buffer, byteOffset, byteLength).toString('utf8')
}

function invalid(got: string, cause?: unknown): CacheError {
  return new CacheError(
    'CACHE_VALUE_INVALID',
    `Cannot serialize the value: expected plain data, got ${got}`,
    { cause },
  )
}

/** What there is in a value, however deep it is: it grows a list, not the stack. */
class ValueSurvey {
  /** An object, here or anywhere inside, that wouldn't come back as what it is. */
  readonly stranger: object | undefined
  /** True if JSON gives back the same. */
  isJson = true
  readonly #met = new Set<object>()

  constructor(root: unknown) {
    this.#note(root)
    // Objects are added while it is walked.
    for (const value of this.#met) {
      const kind: unknown = Object.getPrototypeOf(value)
      if (!BYTE_KINDS.has(kind) && !isFaithful(value, kind)) {
        this.stranger = value
        return
      }
      this.isJson &&= isJsonKind(value, kind)
      if (!BYTE_KINDS.has(kind)) this.#noteInner(value)
    }
  }

  #noteInner(value: object): void {
    if (value instanceof Map) {
      for (const [key, inner] of value) {
        this.#note(key)
        this.#note(inner)
      }
    } else if (value instanceof Error) this.#note(value.cause)
    else for (const inner of innerOf(value)) this.#note(inner)
  }

  #note(value: unknown): void {
    if (typeof value !== 'object' || value === null) {
      this.isJson &&= isJsonPrimitive(value)
      return
    }
    // What is met twice is one thing; of JSON there would be two.
    if (this.#met.has(value)) this.isJson = false
    else this.#met.add(value)
  }
}

function innerOf(value: object): Iterable<unknown> {
  return value instanceof Set || Array.isArray(value) ? value : Object.values(value)
}

function isFaithful(value: object, kind: unknown): boolean {
  if (kind === Array.prototype) return true
  const names = Reflect.ownKeys(value)
  if (ERROR_KINDS.has(kind)) return names.every((name) => ERROR_FIELDS.includes(name))
  if (kind === RegExp.prototype) return names.length === 1 && Reflect.get(value, 'lastIndex') === 0
  // Symbols and hidden fields are lost in a clone, and so is all that maps, sets and dates have beside their contents.
  const kept = kind === Object.prototype ? Object.keys(value).length : 0
  return PLAIN_KINDS.has(kind) && names.length === kept
}

/** A method `toJSON` could answer anything, and what an array has beside its elements is lost. */
function isJsonKind(value: object, kind: unknown): boolean {
  if ('toJSON' in value) return false
  if (kind === Object.prototype) return true
  if (!Array.isArray(value) || value.length > MAX_JSON_LENGTH) return false
  return Object.keys(value).length === value.length
}

function isJsonPrimitive(value: unknown): boolean {
  if (typeof value === 'number') return Number.isFinite(value) && !Object.is(value, -0)
  return typeof value === 'string' || typeof value === 'boolean' || value === null
}
