/** Longest piece of a caller's text in a message; past it a log line stops being readable. */
const MAX_TEXT_LENGTH = 100

/** The beginning of a text, at most 100 characters of it, never half a surrogate pair. */
export function cutText(text: string): string {
  if (text.length <= MAX_TEXT_LENGTH) return text
  const last = text.charCodeAt(MAX_TEXT_LENGTH - 1)
  const splitsPair = last >= 0xd800 && last <= 0xdbff
  return text.slice(0, splitsPair ? MAX_TEXT_LENGTH - 1 : MAX_TEXT_LENGTH)
}

/**
 * Short text for any value, for the `got …` of an error message.
 *
 * Texts are quoted, cut at 100 characters, and escaped, so that a key can't forge a line in a log.
 * Of objects it says what they are, never what is in them, since that may be a secret.
 */
export function describeValue(value: unknown): string {
  if (typeof value === 'string') return quoted(value)
  if (typeof value === 'bigint') return `${cutText(String(value))}n`
  if (typeof value === 'symbol') return 'a symbol'
  if (typeof value === 'function') return 'a function'
  if (typeof value !== 'object' || value === null) return String(value)
  return Array.isArray(value) ? `an array of ${value.length}` : 'an object'
}

function quoted(text: string): string {
  // JSON escapes C0 and lone surrogates, but neither DEL, C1 and the line separators, which also
  // break lines in terminals, nor the marks that reverse the reading direction.
  const escaped = JSON.stringify(cutText(text)).replace(
    /[\u007f-\u009f\u200e\u200f\u2028-\u202e\u2066-\u2069]/g,
    (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`,
  )
  return text.length > MAX_TEXT_LENGTH ? `${escaped}…` : escaped
}
