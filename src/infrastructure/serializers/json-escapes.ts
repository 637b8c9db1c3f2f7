/**
 * What begins the only field of an object that stands for something else. All names that begin so are
 * reserved: a value of the user with such a field alone is wrapped itself, as `$cache:object`.
 */
export const ESCAPE_PREFIX = '$cache:'

/**
 * Deepest nesting, on the way out and on the way in. Data of people is rarely ten deep, and all that walks
 * over a value needs a bound.
 */
export const MAX_JSON_DEPTH = 256

/** Most objects in one value. One that is in it many times, each time with others, would else never end. */
export const MAX_JSON_OBJECTS = 2_000_000

/** The escapes. A name is never given to something else later. */
export const JSON_ESCAPES = {
  undefined: '$cache:undefined',
  number: '$cache:number',
  bigint: '$cache:bigint',
  date: '$cache:date',
  map: '$cache:map',
  set: '$cache:set',
  bytes: '$cache:bytes',
  error: '$cache:error',
  object: '$cache:object',
} as const

/** The kinds of bytes by the name they have in `{"$cache:bytes":["Float64Array","base64…"]}`; numbers in them are little-endian. */
export const BYTE_KINDS: Readonly<Record<string, { readonly prototype: object }>> = {
  Buffer,
  ArrayBuffer,
  DataView,
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
}

/** The kinds of errors that come back as what they were, by name. */
export const ERROR_KINDS: Readonly<Record<string, ErrorConstructor>> = {
  Error,
  EvalError,
  RangeError,
  ReferenceError,
  SyntaxError,
  TypeError,
  URIError,
}

/** The name whose constructor has this prototype; `undefined` if none has. */
export function kindNamed(
  kinds: Readonly<Record<string, { readonly prototype: object }>>,
  prototype: unknown,
): string | undefined {
  return Object.keys(kinds).find((name) => kinds[name]?.prototype === prototype)
}
