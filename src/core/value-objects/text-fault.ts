/**
 * Why a text can't be a name in the cache, as `expected <rule>, got <value>`; `undefined` if it can.
 *
 * Names are keys, tags, dependencies and patterns. They share these rules: 1 to `maxBytes` bytes of
 * UTF-8, no control characters (C0, DEL, C1), no white space at the ends, no lone surrogates. Those
 * would get lost or forged on the way through logs, HTTP headers and UTF-8.
 *
 * Looks at no more than `maxBytes` characters, however long the text is.
 */
export function textFault(text: string, maxBytes: number): string | undefined {
  if (text === '') return `expected 1 to ${maxBytes} bytes, got none`
  // A UTF-16 unit takes at least one byte of UTF-8.
  if (text.length > maxBytes) return `expected at most ${maxBytes} bytes, got more`
  if (isWhiteSpace(text.charCodeAt(0))) return 'expected no white space at the ends, got it first'
  if (isWhiteSpace(text.charCodeAt(text.length - 1))) {
    return 'expected no white space at the ends, got it last'
  }
  return characterFault(text, maxBytes)
}

function characterFault(text: string, maxBytes: number): string | undefined {
  let sizeBytes = 0
  for (let at = 0; at < text.length; at += 1) {
    const code = text.codePointAt(at) ?? 0
    if (isControl(code)) return `expected no control characters, got ${unicodeName(code)} at ${at}`
    if (isSurrogate(code)) return `expected well-formed Unicode, got a lone surrogate at ${at}`
    if (code > 0xffff) at += 1
    sizeBytes += utf8Bytes(code)
  }
  return sizeBytes > maxBytes ? `expected at most ${maxBytes} bytes, got ${sizeBytes}` : undefined
}

function isControl(code: number): boolean {
  return code < 0x20 || (code >= 0x7f && code <= 0x9f)
}

/** A code point in this range is half a pair that has lost the other half. */
function isSurrogate(code: number): boolean {
  return code >= 0xd800 && code <= 0xdfff
}

function unicodeName(code: number): string {
  return `U+${code.toString(16).toUpperCase().padStart(4, '0')}`
}

function utf8Bytes(code: number): number {
  if (code < 0x80) return 1
  if (code < 0x800) return 2
  return code <= 0xffff ? 3 : 4
}

/** What `String.prototype.trim` takes away. Source: ECMA-262, WhiteSpace and LineTerminator. */
function isWhiteSpace(code: number): boolean {
  if (code <= 0x20) return code === 0x20 || (code >= 0x09 && code <= 0x0d)
  if (code < 0x1680) return code === 0xa0
  return (code >= 0x2000 && code <= 0x200a) || RARE_WHITE_SPACE.includes(code)
}

const RARE_WHITE_SPACE: readonly number[] = [0x1680, 0x2028, 0x2029, 0x202f, 0x205f, 0x3000, 0xfeff]
