// hot path: benchmarks/memory-hit.bench.ts
/**
 * Values as bytes and back. What is read is always new: nobody can change what is stored.
 *
 * A value is a kind (three bits, kept beside the bytes) and bytes, so that most values need no header
 * and nothing to be parsed. Strings take the form that is shortest: a byte per unit if all are Latin-1,
 * otherwise UTF-8 or UTF-16, whichever is less; one with half a surrogate pair has no UTF-8. Objects that
 * JSON gives back as they were are JSON; everything else goes through the structured clone of Node, which
 * keeps dates, maps, sets, big integers, typed arrays, errors and cycles, and refuses functions and symbols.
 */
import { deserialize, serialize } from 'node:v8'
import { jsonForm } from './json-form.ts'

const SCALAR = 0
const LATIN1 = 1
const UTF8 = 2
const UTF16 = 3
const BUFFER = 4
const BYTES = 5
const JSON_TEXT = 6
const STRUCTURED = 7

/** A scalar of one byte is its place here; one of four is an integer, one of eight any number. */
const CONSTANTS: readonly unknown[] = [undefined, null, false, true]
const CONSTANT_BYTES = 1
const INT_BYTES = 4
const FLOAT_BYTES = 8

/** Takes no longer for a long string that has one byte per unit in V8: it needn't be looked through. */
const NOT_LATIN1 = /[^\0-\xff]/
const HALF_SURROGATE = /\p{Surrogate}/u

/** Up to this length a loop over the bytes is quicker than a call of `copy`. */
const SHORT_BYTES = 16

/** A value on its way into bytes. One is used for all, in turns, so that nothing is allocated. */
export class ValueCodec {
  /** 0 to 7. */
  kind = 0
  /** How many bytes `write` will write. */
  bytes = 0
  #value: unknown = undefined

  /**
   * Finds out kind and length, and keeps the value until `write`.
   *
   * @throws DataCloneError if there is a function, a symbol or the like in it
   */
  prepare(value: unknown): void {
    if (typeof value === 'string') this.#prepareText(value)
    else if (typeof value === 'number') this.#keep(SCALAR, value, numberBytes(value))
    else if (CONSTANTS.includes(value)) this.#keep(SCALAR, value, CONSTANT_BYTES)
    else if (Buffer.isBuffer(value)) this.#keep(BUFFER, value, value.length)
    else if (isPlainBytes(value)) this.#keep(BYTES, value, value.length)
    else this.#prepareOther(value)
  }

  /** Writes the value that was prepared, and forgets it. */
  write(target: Buffer, at: number): void {
    const value = this.#value
    this.#value = undefined
    if (this.kind === SCALAR) writeScalar(target, at, value)
    else if (typeof value === 'string') target.write(value, at, this.bytes, encodingOf(this.kind))
    else this.#writeBytes(target, at, value as Uint8Array) // All other kinds are bytes by now.
  }

  #keep(kind: number, value: unknown, bytes: number): void {
    this.kind = kind
    this.bytes = bytes
    this.#value = value
  }

  #prepareText(text: string): void {
    if (!NOT_LATIN1.test(text)) {
      this.#keep(LATIN1, text, text.length)
      return
    }
    const utf16Bytes = text.length * 2
    const utf8Bytes = Buffer.byteLength(text)
    if (utf8Bytes >= utf16Bytes || HALF_SURROGATE.test(text)) this.#keep(UTF16, text, utf16Bytes)
    else this.#keep(UTF8, text, utf8Bytes)
  }

  #prepareOther(value: unknown): void {
    const json = typeof value === 'object' && value !== null ? jsonForm(value) : undefined
    if (json !== undefined) {
      this.#keep(JSON_TEXT, json, Buffer.byteLength(json))
      return
    }
    const bytes = serialize(value)
    this.#keep(STRUCTURED, bytes, bytes.length)
  }

  /**
   * Bytes can change their length since they were prepared, by somebody who hears of what is evicted for
   * them; their neighbours in the slab must not notice.
   */
  #writeBytes(target: Buffer, at: number, value: Uint8Array): void {
    const length = Math.min(value.length, this.bytes)
    if (length < this.bytes) target.fill(0, at + length, at + this.bytes)
    if (length > 0) target.set(length < value.length ? value.subarray(0, length) : value, at)
  }
}

/** hot path: the value of this kind whose bytes lie from `from` up to `to`. */
export function decodeValue(kind: number, source: Buffer, from: number, to: number): unknown {
  switch (kind) {
    case SCALAR:
      return readScalar(source, from, to - from)
    case LATIN1:
      return source.toString('latin1', from, to)
    case UTF8:
      return source.toString('utf8', from, to)
    case UTF16:
      return source.toString('utf16le', from, to)
    case BUFFER:
      return copyOf(Buffer.allocUnsafe(to - from), source, from)
    case BYTES:
      return copyOf(new Uint8Array(to - from), source, from)
    case JSON_TEXT:
      return JSON.parse(source.toString('utf8', from, to))
    default:
      // Typed arrays in it become views of what they are read from, which must not be the slab.
      return deserialize(copyOf(new Uint8Array(to - from), source, from))
  }
}

function isPlainBytes(value: unknown): value is Uint8Array {
  return value instanceof Uint8Array && Object.getPrototypeOf(value) === Uint8Array.prototype
}

function numberBytes(value: number): number {
  return Object.is(value | 0, value) ? INT_BYTES : FLOAT_BYTES
}

function writeScalar(target: Buffer, at: number, value: unknown): void {
  if (typeof value !== 'number') target[at] = CONSTANTS.indexOf(value)
  else if (numberBytes(value) === INT_BYTES) target.writeInt32LE(value, at)
  else target.writeDoubleLE(value, at)
}

function readScalar(source: Buffer, from: number, length: number): unknown {
  if (length === INT_BYTES) return source.readInt32LE(from)
  if (length === FLOAT_BYTES) return source.readDoubleLE(from)
  return CONSTANTS[source[from] ?? 0]
}

function encodingOf(kind: number): 'latin1' | 'utf16le' | 'utf8' {
  if (kind === LATIN1) return 'latin1'
  return kind === UTF16 ? 'utf16le' : 'utf8'
}

function copyOf<T extends Uint8Array>(target: T, source: Buffer, from: number): T {
  const { length } = target
  if (length > SHORT_BYTES) source.copy(target, 0, from, from + length)
  else for (let at = 0; at < length; at += 1) target[at] = source[from + at] ?? 0
  return target
}
