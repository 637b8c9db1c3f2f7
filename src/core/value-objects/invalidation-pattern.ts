import { CacheError } from '../exceptions/cache-error.ts'
import { describeValue } from '../exceptions/describe-value.ts'
import { MAX_KEY_BYTES, parseCacheKey } from './cache-key.ts'
import { textFault } from './text-fault.ts'

/**
 * A glob over keys, compiled once.
 *
 * `*` matches any characters within a segment, none included; `**` any characters, `:` included; `**`
 * alone between two colons, or before the first, any number of whole segments, none included
 * (`a:**:b` matches `a:b` and `a:x:y:b`). A `*` at the end matches everything below, so `user:123:*`
 * is `user:123:**`. `?` matches one code point other than `:`. Keys contain neither `*` nor `?`, so
 * there is nothing to escape.
 */
export interface InvalidationPattern {
  /** The pattern as it was written. */
  readonly source: string
  /** `key`: no wildcard. `prefix`: one wildcard, at the end. `glob`: anything else. */
  readonly kind: 'key' | 'prefix' | 'glob'
  /** The literal head before the first wildcard; every matching key starts with it. May be empty. */
  readonly prefix: string
  /** Linear in the key's length times the number of wildcards, whatever the pattern. */
  matches(key: string): boolean
}

/** Longest pattern, in bytes of UTF-8: that of the longest key. */
export const MAX_PATTERN_BYTES: number = MAX_KEY_BYTES

/** Most wildcards of a pattern, `**` counted as one. */
export const MAX_WILDCARDS = 16

const COLON = 0x3a

/** What the text of a pattern is made of, after its literal head. */
type Token =
  | { readonly kind: 'literal'; readonly text: string }
  | { readonly kind: 'character' | 'within-segment' | 'anything' | 'segments' }

/**
 * Compiles a pattern: 1 to 512 bytes of UTF-8 with at most 16 wildcards. One without a wildcard must
 * be a valid key.
 *
 * @throws CacheError CACHE_PATTERN_INVALID
 */
export function parseInvalidationPattern(value: unknown): InvalidationPattern {
  if (typeof value !== 'string') {
    throw patternError(value, `expected a string, got ${describeValue(value)}`)
  }
  const headLength = value.search(/[*?]/)
  if (headLength === -1) return keyPattern(value)
  const fault = textFault(value, MAX_PATTERN_BYTES)
  if (fault !== undefined) throw patternError(value, fault)
  const prefix = value.slice(0, headLength)
  const tokens = tokenize(value, headLength)
  const wildcards = tokens.filter((token) => token.kind !== 'literal').length
  if (wildcards > MAX_WILDCARDS) {
    throw patternError(value, `expected at most ${MAX_WILDCARDS} wildcards, got ${wildcards}`)
  }
  if (tokens.length === 1 && tokens[0]?.kind === 'anything') {
    return { source: value, kind: 'prefix', prefix, matches: (key) => key.startsWith(prefix) }
  }
  return { source: value, kind: 'glob', prefix, matches: globMatcher(prefix, tokens) }
}

function keyPattern(text: string): InvalidationPattern {
  try {
    parseCacheKey(text)
  } catch (cause) {
    throw patternError(text, 'without a wildcard it is a key, and it is no valid one', cause)
  }
  return { source: text, kind: 'key', prefix: text, matches: (key) => key === text }
}

function patternError(value: unknown, why: string, cause?: unknown): CacheError {
  const message = `Cannot use pattern ${describeValue(value)}: ${why}`
  return new CacheError('CACHE_PATTERN_INVALID', message, cause === undefined ? {} : { cause })
}

function tokenize(source: string, headLength: number): readonly Token[] {
  const tokens: Token[] = []
  // `**:` at the start of a segment swallows its colon, since with no segment there is none.
  for (const match of source.slice(headLength).matchAll(/\*\*+:?|\*|\?|[^*?]+/g)) {
    const at = headLength + match.index
    const text = match[0]
    if (text === '?') tokens.push({ kind: 'character' })
    else if (!text.startsWith('*')) tokens.push({ kind: 'literal', text })
    else if (text !== '*') tokens.push(...doubleStar(text, at === 0 || source[at - 1] === ':'))
    else if (at === source.length - 1) tokens.push({ kind: 'anything' })
    else tokens.push({ kind: 'within-segment' })
  }
  return tokens
}

/** The tokens of `**` or `**:`; more stars than two say nothing more. */
function doubleStar(text: string, startsSegment: boolean): readonly Token[] {
  if (!text.endsWith(':')) return [{ kind: 'anything' }]
  if (startsSegment) return [{ kind: 'segments' }]
  return [{ kind: 'anything' }, { kind: 'literal', text: ':' }]
}

/**
 * Keeps the set of positions in the key that the tokens so far can have come to, and moves the whole
 * set on by one token at a time. No position is looked at twice per token, so nothing can make it
 * backtrack, as regular expressions do and as the usual greedy matcher does once `*` follows `**`.
 *
 * The literals at both ends are compared at once, which tells most keys apart; the rest is about what
 * lies between them.
 */
function globMatcher(prefix: string, tokens: readonly Token[]): (key: string) => boolean {
  const last = tokens.at(-1)
  const tail = last?.kind === 'literal' ? last.text : ''
  const inner = last?.kind === 'literal' ? tokens.slice(0, -1) : tokens
  // One buffer per pattern, grown to the longest key seen: a match runs to its end before the next begins.
  let reach = new Uint8Array(64)
  return (key) => {
    if (key.length < prefix.length + tail.length) return false
    if (!key.startsWith(prefix) || !key.endsWith(tail)) return false
    const text = key.slice(prefix.length, key.length - tail.length)
    if (reach.length <= text.length) reach = new Uint8Array(text.length * 2)
    reach.fill(0, 0, text.length + 1)
    reach[0] = 1
    for (const token of inner) advance(reach, text, token)
    return reach[text.length] === 1
  }
}

/** Replaces the reached positions by those reached after one more token. */
function advance(reach: Uint8Array, text: string, token: Token): void {
  switch (token.kind) {
    case 'literal':
      advanceLiteral(reach, text, token.text)
      break
    case 'character':
      advanceCharacter(reach, text)
      break
    case 'within-segment':
      advanceWithinSegment(reach, text)
      break
    case 'anything':
      reachFrom(reach, text, () => true)
      break
    case 'segments':
      reachFrom(reach, text, (at) => text.charCodeAt(at - 1) === COLON)
      break
  }
}

// Both of these go backwards, so that a position is read before it is overwritten.

function advanceLiteral(reach: Uint8Array, text: string, literal: string): void {
  for (let at = text.length; at >= 0; at -= 1) {
    const from = at - literal.length
    reach[at] = reach[from] === 1 && text.startsWith(literal, from) ? 1 : 0
  }
}

function advanceCharacter(reach: Uint8Array, text: string): void {
  for (let at = text.length; at >= 0; at -= 1) {
    const isPair = (text.codePointAt(at - 2) ?? 0) > 0xffff
    const from = isPair ? at - 2 : at - 1
    reach[at] = reach[from] === 1 && text.charCodeAt(from) !== COLON ? 1 : 0
  }
}

function advanceWithinSegment(reach: Uint8Array, text: string): void {
  for (let at = 1; at <= text.length; at += 1) {
    if (reach[at - 1] === 1 && text.charCodeAt(at - 1) !== COLON) reach[at] = 1
  }
}

/** Adds every position after the first reached one at which the wildcard may end. */
function reachFrom(reach: Uint8Array, text: string, mayEndAt: (at: number) => boolean): void {
  const first = reach.indexOf(1)
  if (first === -1) return
  for (let at = first + 1; at <= text.length; at += 1) {
    if (mayEndAt(at)) reach[at] = 1
  }
}
