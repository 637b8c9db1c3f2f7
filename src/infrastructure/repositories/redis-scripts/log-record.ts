import type {
  InvalidationMark,
  InvalidationScope,
} from '../../../core/entities/invalidation-mark.ts'
import { errorText } from '../../../core/exceptions/error-text.ts'
import { parseCacheKey } from '../../../core/value-objects/cache-key.ts'
import { parseCacheTag, parseDependencyName } from '../../../core/value-objects/cache-tag.ts'

/** The version of the form. A reader that doesn't know it has to take the record for one that reaches everything. */
const RECORD_VERSION = 1

const RETIRED = 'retired'
const ACTS = ['invalidate', 'set', 'delete', 'flush'] as const

/** A mark as a record of the log holds it, without its place. */
export interface LogRecord {
  /** Its maker's, and unique. */
  readonly id: string
  readonly mark: InvalidationMark
  /** Its maker waits until all nodes have applied it. */
  readonly isAwaited: boolean
}

/** Says, in place of a mark, that nothing is left of what hard marks of scopes reached up to this seq. */
export interface RetirementRecord {
  readonly id: string
  readonly retires: number
}

/** Why something in Redis can't be read. */
export interface ReadFault {
  readonly fault: string
}

/**
 * The record as JSON, so that every language and every person can read it:
 * `[1, id, awaited, namespace, kind, what, act, soft, origin, atMs, reason]`, where `what` is the text of the
 * scope, or the dependency and its closure in a list.
 */
export function encodeRecord({ id, mark, isAwaited }: LogRecord): string {
  const { namespace, scope, act, soft, origin, atMs, reason } = mark
  const kind = scope.kind
  const awaited = isAwaited ? 1 : 0
  const what = scopeContent(scope)
  const rest = [act, soft ? 1 : 0, origin, atMs, reason ?? null]
  return JSON.stringify([RECORD_VERSION, id, awaited, namespace, kind, what, ...rest])
}

/** As JSON: `[1, id, 0, '', 'retired', seq]`. */
export function encodeRetirement({ id, retires }: RetirementRecord): string {
  return JSON.stringify([RECORD_VERSION, id, 0, '', RETIRED, retires])
}

/** What `encodeRecord` or `encodeRetirement` made, or why it isn't that. Never throws. */
export function decodeRecord(text: string): LogRecord | RetirementRecord | ReadFault {
  try {
    const [version, id, awaited, namespace, kind, what, ...rest] = listOf(JSON.parse(text))
    if (version !== RECORD_VERSION) return { fault: `it has version ${String(version)}` }
    if (kind === RETIRED) return { id: textOf(id), retires: numberOf(what) }
    const [act, soft, origin, atMs, reason] = rest
    const mark: InvalidationMark = {
      namespace: textOf(namespace),
      scope: scopeOf(kind, what),
      soft: flagOf(soft),
      act: ACTS.find((known) => known === act) ?? fail('act'),
      origin: textOf(origin),
      reason: reason === null ? undefined : textOf(reason),
      atMs: numberOf(atMs),
    }
    return { id: textOf(id), isAwaited: flagOf(awaited), mark }
  } catch (error) {
    return { fault: errorText(error) }
  }
}

/** What a scope says beside its kind: a text, or a dependency and its closure. */
export function scopeContent(scope: InvalidationScope): string | readonly string[] {
  switch (scope.kind) {
    case 'key':
      return scope.key
    case 'prefix':
      return scope.prefix
    case 'pattern':
      return scope.pattern
    case 'regex':
      return scope.regex
    case 'tag':
      return scope.tag
    case 'dependency':
      return [scope.dependency, ...scope.closure]
    case 'namespace':
      return ''
  }
}

/** @throws Error or CacheError with the reason if there is no such scope */
export function scopeOf(kind: unknown, what: unknown): InvalidationScope {
  switch (kind) {
    case 'key':
      return { kind, key: parseCacheKey(what) }
    case 'prefix':
      return { kind, prefix: textOf(what) }
    case 'pattern':
      return { kind, pattern: textOf(what) }
    case 'regex':
      return { kind, regex: textOf(what) }
    case 'tag':
      return { kind, tag: parseCacheTag(what) }
    case 'dependency': {
      const [dependency, ...closure] = listOf(what).map(parseDependencyName)
      return dependency === undefined ? fail('scope') : { kind, dependency, closure }
    }
    case 'namespace':
      return { kind }
    default:
      return fail('scope')
  }
}

function listOf(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : fail('list')
}

function textOf(value: unknown): string {
  return typeof value === 'string' ? value : fail('text')
}

function numberOf(value: unknown): number {
  return typeof value === 'number' ? value : fail('number')
}

function flagOf(value: unknown): boolean {
  return value === 0 || value === 1 ? value === 1 : fail('flag')
}

function fail(what: string): never {
  throw new Error(`it has no ${what} where one belongs`)
}
