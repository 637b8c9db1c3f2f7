import { CacheError } from '../../core/exceptions/cache-error.ts'
import { describeValue } from '../../core/exceptions/describe-value.ts'
import type { KeyMatcher, RegexEngine } from '../../core/protocols/regex-engine.ts'

/** Longest expression, in UTF-16 units. */
export const MAX_REGEX_LENGTH = 256

/**
 * Most instructions of a compiled expression. One match costs up to instructions × characters: with 450
 * and keys of 512 characters 6 ms in the median and 12 at worst (`[^b]*a.{450}$`), usually under 0.1 ms.
 */
const MAX_PROGRAM_SIZE = 500

/**
 * Longest an expression may get with its counted repetitions written out. Looked at before it is
 * compiled, since compiling `(ab…){1000}` in its longest form took 164 ms; this much takes 5.
 */
const MAX_UNFOLDED_LENGTH = 2000

/**
 * What an expression is made of, as far as its length goes: escapes, classes, counts, single characters.
 * Every position has one way to go on, so it is linear too.
 */
const REGEX_TOKEN =
  /\\(?:[pP]\{[^}]*\}|x\{[^}]*\}|.)|\[\^?\]?(?:\\.|[^\]\\])*\]|\{(\d{1,4})(?:,(\d{0,4}))?\}|./gsu

/**
 * Regular expressions in linear time, whatever the expression, by RE2 (the package re2js, loaded when the
 * first one comes). The syntax is RE2's: no backreferences, no lookaround.
 */
export class PatternInvalidator implements RegexEngine {
  async compile(source: string): Promise<KeyMatcher> {
    if (source.length > MAX_REGEX_LENGTH) {
      throw regexError(
        source,
        `expected at most ${MAX_REGEX_LENGTH} characters, got ${source.length}`,
      )
    }
    if (unfoldedLength(source) > MAX_UNFOLDED_LENGTH) throw tooComplex(source)
    const { RE2JS, RE2JSSyntaxException } = await import('re2js')
    try {
      const regex = RE2JS.compile(source)
      if (regex.programSize() > MAX_PROGRAM_SIZE) throw tooComplex(source)
      return (key) => regex.test(key)
    } catch (cause) {
      if (!(cause instanceof RE2JSSyntaxException)) throw cause
      const part = cause.input ?? ''
      throw regexError(source, `${cause.error}${whereIs(source, part)}`, cause)
    }
  }
}

/** ` at 4, near "[z-a]"`: where the part at fault stands; empty if it can't be told. */
function whereIs(source: string, part: string): string {
  const at = source.indexOf(part)
  if (part === '' || at === -1) return ` at ${source.length}`
  // An expression that isn't closed is at fault as a whole, and is seen to be at its end.
  return part === source ? ` at ${source.length}` : ` at ${at}, near ${describeValue(part)}`
}

/** How long the expression is with its counted repetitions written out, escapes and classes counted as one. */
function unfoldedLength(source: string): number {
  const outer: number[] = []
  let length = 0
  /** The part of `length` that a count after it repeats. */
  let last = 0
  for (const [text, least, most] of source.matchAll(REGEX_TOKEN)) {
    if (least !== undefined) {
      const times = Math.max(Number(least), Number(most ?? 0))
      length += last * (times - 1)
      last *= times
    } else if (text === '(') {
      outer.push(length)
      length = 0
    } else if (text === ')') {
      last = length
      length += outer.pop() ?? 0
    } else {
      last = 1
      length += 1
    }
  }
  return outer.reduce((sum, part) => sum + part, length)
}

function tooComplex(source: string): CacheError {
  return regexError(source, 'expected an expression with fewer or smaller counted repetitions')
}

function regexError(source: string, why: string, cause?: unknown): CacheError {
  const message = `Cannot use regex ${describeValue(source)}: ${why}`
  return new CacheError('CACHE_PATTERN_INVALID', message, cause === undefined ? {} : { cause })
}
