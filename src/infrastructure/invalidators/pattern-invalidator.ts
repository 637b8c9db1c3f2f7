import type { RE2JS, RE2JSSyntaxException } from 're2js'
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

/** How many places that look like the fault are compiled to find it. */
const MAX_PLACES_TRIED = 8

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
    const compiled = (text: string): RE2JS | RE2JSSyntaxException => {
      try {
        return RE2JS.compile(text)
      } catch (error) {
        if (error instanceof RE2JSSyntaxException) return error
        throw error
      }
    }
    const regex = compiled(source)
    if (regex instanceof RE2JSSyntaxException) {
      throw regexError(source, `${regex.error}${whereIs(regex, source, compiled)}`, regex)
    }
    if (regex.programSize() > MAX_PROGRAM_SIZE) throw tooComplex(source)
    return (key) => regex.test(key)
  }
}

/** ` at 4, near "[z-a]"`: where the fault is. RE2 only says which part is wrong, not which of several like it. */
function whereIs(
  fault: RE2JSSyntaxException,
  source: string,
  compiled: (text: string) => RE2JS | RE2JSSyntaxException,
): string {
  // What isn't closed is seen at the end.
  if (fault.input === null || fault.error === 'missing closing )') return ` at ${source.length}`
  const part = fault.error === 'unexpected )' ? ')' : fault.input
  let at = source.indexOf(part)
  for (let tried = 0; at !== -1 && tried < MAX_PLACES_TRIED; tried += 1) {
    // The right one is the first that is wrong also when the expression ends right behind it.
    const beginning = compiled(source.slice(0, at + part.length))
    if ('error' in beginning && beginning.error === fault.error) {
      return ` at ${at}, near ${describeValue(part)}`
    }
    at = source.indexOf(part, at + 1)
  }
  return `, near ${describeValue(part)}`
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
