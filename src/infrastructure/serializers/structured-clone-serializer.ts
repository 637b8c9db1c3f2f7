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

/**
 * The structured clone of V8 as bytes: plain objects, arrays, dates, maps, sets, big integers, bytes,
 * errors, holes, cycles.
 *
 * What would come back as something else is refused, and not only functions: V8 makes plain objects of
 * class instances, and of a URL an empty one.
 */
export class StructuredCloneSerializer implements CacheSerializer {
  readonly id = 3
  readonly name = 'structured-clone'

  serialize(value: unknown): Uint8Array {
    try {
      const stranger = strangerIn(value)
      if (stranger === undefined) return serialize(value)
      throw invalid(describeValue(stranger))
    } catch (cause) {
      if (cause instanceof CacheError) throw cause
      throw invalid(describeValue(value), cause)
    }
  }

  /** The value shares no memory with `bytes`. */
  deserialize(bytes: Uint8Array): unknown {
    // Node makes typed arrays and buffers from the bytes as they lie there; all else is a copy anyhow.
    return deserialize(bytes.includes(VIEW_TAG) ? new Uint8Array(bytes) : bytes)
  }
}

function invalid(got: string, cause?: unknown): CacheError {
  return new CacheError(
    'CACHE_VALUE_INVALID',
    `Cannot serialize the value: expected plain data, got ${got}`,
    { cause },
  )
}

/** An object, here or anywhere inside, that wouldn't come back as what it is. */
function strangerIn(root: unknown): object | undefined {
  if (typeof root !== 'object' || root === null) return undefined
  // Grows while it is walked, and so needs no stack however deep the value is.
  const met = new Set<object>([root])
  for (const value of met) {
    const kind: unknown = Object.getPrototypeOf(value)
    if (BYTE_KINDS.has(kind)) continue
    if (!isFaithful(value, kind)) return value
    addInner(met, value)
  }
  return undefined
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

function addInner(met: Set<object>, value: object): void {
  if (value instanceof Map) {
    for (const [key, inner] of value) addObjects(met, [key, inner])
  } else if (value instanceof Set) addObjects(met, value)
  else if (value instanceof Error) addObjects(met, [value.cause])
  else addObjects(met, Array.isArray(value) ? value : Object.values(value))
}

function addObjects(met: Set<object>, values: Iterable<unknown>): void {
  for (const value of values) if (typeof value === 'object' && value !== null) met.add(value)
}
