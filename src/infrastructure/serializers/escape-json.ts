import { isNativeError } from 'node:util/types'
import { CacheError } from '../../core/exceptions/cache-error.ts'
import { cutText, describeValue } from '../../core/exceptions/describe-value.ts'
import {
  BYTE_KINDS,
  ERROR_KINDS,
  ESCAPE_PREFIX,
  JSON_ESCAPES,
  kindNamed,
  MAX_JSON_DEPTH,
  MAX_JSON_OBJECTS,
} from './json-escapes.ts'

/** What an error has beside the fields that somebody gave it. */
const ERROR_NAMES: readonly unknown[] = ['message', 'stack', 'cause']
const PLAIN_NAME = /^[A-Za-z_$][\w$]*$/

type Fields = Readonly<Record<string, unknown>>

/**
 * What `JSON.stringify` makes a text of from which `unescapeJson` gets the value back. It is the value
 * itself, untouched, if that is plain JSON; of what isn't, only the objects on the way to it are copied.
 *
 * @throws CacheError CACHE_VALUE_INVALID for functions, symbols, class instances, cycles, holes in arrays, a field called `__proto__`, and what is nested too deeply, with the place in the message
 */
export function escapeJson(value: unknown): unknown {
  return new Escaper().escape(value)
}

class Escaper {
  readonly #ancestors: object[] = []
  readonly #path: (string | number)[] = []
  #objects = 0

  escape(value: unknown): unknown {
    switch (typeof value) {
      case 'string':
      case 'boolean':
        return value
      case 'number':
        return Number.isFinite(value) && !Object.is(value, -0)
          ? value
          : { [JSON_ESCAPES.number]: Object.is(value, -0) ? '-0' : String(value) }
      case 'undefined':
        return { [JSON_ESCAPES.undefined]: true }
      case 'bigint':
        return { [JSON_ESCAPES.bigint]: String(value) }
      case 'object':
        return value === null ? null : this.#escapeObject(value)
      default:
        throw this.#refusal(describeValue(value))
    }
  }

  #escapeObject(value: object): unknown {
    if (this.#ancestors.includes(value)) throw this.#refusal('a cycle')
    if (this.#ancestors.length >= MAX_JSON_DEPTH) {
      throw this.#refusal(`more than ${MAX_JSON_DEPTH} levels`)
    }
    this.#objects += 1
    if (this.#objects > MAX_JSON_OBJECTS)
      throw this.#refusal(`more than ${MAX_JSON_OBJECTS} objects`)
    this.#ancestors.push(value)
    const escaped = this.#escapeKind(value, Object.getPrototypeOf(value))
    this.#ancestors.pop()
    return escaped
  }

  #escapeKind(value: object, kind: unknown): unknown {
    if (kind === Object.prototype || kind === null) return this.#escapePlain(value as Fields) // Whatever it has is read as unknown.
    if (kind === Array.prototype && Array.isArray(value)) return this.#escapeArray(value)
    if (value instanceof Date && kind === Date.prototype) return this.#escapeDate(value)
    if (value instanceof Map && kind === Map.prototype) return this.#escapeMap(value)
    if (value instanceof Set && kind === Set.prototype) return this.#escapeSet(value)
    const name = kindNamed(ERROR_KINDS, kind)
    return name !== undefined && isNativeError(value)
      ? this.#escapeError(value, name)
      : this.#escapeBytes(value, kind)
  }

  #escapePlain(value: Fields): unknown {
    const names = Object.keys(value)
    if (Reflect.ownKeys(value).length !== names.length) {
      throw this.#refusal('an object with fields that are hidden or symbols')
    }
    if ('toJSON' in value && typeof value['toJSON'] === 'function') {
      throw this.#refusal('an object with a method toJSON')
    }
    const escaped = this.#escapeFields(value, names)
    const [first = ''] = names
    const isEscapeLike = names.length === 1 && first.startsWith(ESCAPE_PREFIX)
    return isEscapeLike ? { [JSON_ESCAPES.object]: escaped } : escaped
  }

  /** The object itself if nothing in it needs an escape. */
  #escapeFields(value: Fields, names: readonly string[]): Fields {
    let copy: Record<string, unknown> | undefined
    for (const name of names) {
      // Whoever copies such an object field by field sets a prototype.
      if (name === '__proto__') throw this.#refusal('a field that is called __proto__')
      const inner = value[name]
      const escaped = this.#escapeAt(name, inner)
      if (escaped !== inner) {
        copy ??= { ...value }
        copy[name] = escaped
      }
    }
    return copy ?? value
  }

  #escapeArray(value: readonly unknown[]): unknown {
    // One of the own keys is `length`.
    if (Reflect.ownKeys(value).length !== value.length + 1) {
      throw this.#refusal('an array with holes or with more than elements')
    }
    let copy: unknown[] | undefined
    for (let index = 0; index < value.length; index += 1) {
      const inner = value[index]
      if (inner === undefined && !(index in value)) throw this.#refusal('an array with holes')
      const escaped = this.#escapeAt(index, inner)
      if (escaped !== inner) {
        copy ??= [...value]
        copy[index] = escaped
      }
    }
    return copy ?? value
  }

  #escapeDate(value: Date): unknown {
    this.#refuseExtras(value, [])
    const isValid = !Number.isNaN(value.getTime())
    return { [JSON_ESCAPES.date]: isValid ? value.toISOString() : null }
  }

  #escapeMap(value: ReadonlyMap<unknown, unknown>): unknown {
    this.#refuseExtras(value, [])
    const pairs = [...value].map((pair, index) => this.#escapeAt(index, pair))
    return { [JSON_ESCAPES.map]: pairs }
  }

  #escapeSet(value: ReadonlySet<unknown>): unknown {
    this.#refuseExtras(value, [])
    return { [JSON_ESCAPES.set]: [...value].map((each, index) => this.#escapeAt(index, each)) }
  }

  #escapeBytes(value: object, kind: unknown): unknown {
    const name = kindNamed(BYTE_KINDS, kind)
    if (name === undefined || !isBytes(value)) throw this.#refusal(instanceText(kind))
    const bytes = ArrayBuffer.isView(value)
      ? Buffer.from(value.buffer, value.byteOffset, value.byteLength)
      : Buffer.from(value)
    return { [JSON_ESCAPES.bytes]: [name, bytes.toString('base64')] }
  }

  #escapeError(error: Error, kind: string): unknown {
    const names = Object.keys(error).filter((name) => !ERROR_NAMES.includes(name))
    this.#refuseExtras(error, [...ERROR_NAMES, ...names])
    const { message, stack } = error
    if (typeof message !== 'string') throw this.#refusal('an error whose message is no text')
    const fields = this.#escapeFields(error as unknown as Fields, names) // Whatever it has is read as unknown.
    return {
      [JSON_ESCAPES.error]: {
        kind,
        ...(Object.hasOwn(error, 'message') ? { message } : {}),
        ...(typeof stack === 'string' ? { stack } : {}),
        ...(Object.hasOwn(error, 'cause') ? { cause: this.#escapeAt('cause', error.cause) } : {}),
        ...(names.length > 0
          ? { fields: Object.fromEntries(names.map((name) => [name, fields[name]])) }
          : {}),
      },
    }
  }

  #refuseExtras(value: object, known: readonly unknown[]): void {
    const extra = Reflect.ownKeys(value).find((name) => !known.includes(name))
    if (extra !== undefined)
      throw this.#refusal(`an object with a field of its own that it would lose`)
  }

  #escapeAt(step: string | number, value: unknown): unknown {
    this.#path.push(step)
    const escaped = this.escape(value)
    this.#path.pop()
    return escaped
  }

  #refusal(got: string): CacheError {
    const path = cutText(this.#path.map(stepText).join('').replace(/^\./, ''))
    return new CacheError(
      'CACHE_VALUE_INVALID',
      `Cannot serialize the value: expected plain data, got ${got}${path === '' ? '' : ` at ${path}`}`,
    )
  }
}

/** What only has the prototype of an array of bytes is none. */
function isBytes(value: object): value is ArrayBuffer | ArrayBufferView<ArrayBuffer> {
  return ArrayBuffer.isView(value) || value instanceof ArrayBuffer
}

function stepText(step: string | number): string {
  if (typeof step === 'number') return `[${step}]`
  return PLAIN_NAME.test(step) ? `.${step}` : `[${describeValue(step)}]`
}

function instanceText(kind: unknown): string {
  const name: unknown = typeof kind === 'object' && kind !== null ? kind.constructor?.name : ''
  return typeof name === 'string' && PLAIN_NAME.test(name)
    ? `an instance of ${cutText(name)}`
    : 'an instance of a class'
}
