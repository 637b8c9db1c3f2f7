/**
 * The meaning of a pattern, word for word and without a thought for time: tries every way to divide
 * the key among the parts of the pattern.
 */
export function matchesNaively(pattern: string, key: string): boolean {
  const trailing = pattern.endsWith('*') ? pattern.replace(/\*+$/, '**') : pattern
  const parts = trailing.replace(/\*{2,}/g, '**').match(/\*\*|./gu) ?? []
  return divides(parts, [...key], true)
}

function divides(
  parts: readonly string[],
  key: readonly string[],
  startsSegment: boolean,
): boolean {
  const [part, ...rest] = parts
  if (part === undefined) return key.length === 0
  const isWholeSegment = part === '**' && startsSegment && rest[0] === ':'
  if (isWholeSegment) {
    const afterColon = rest.slice(1)
    const starts = key.flatMap((character, at) => (character === ':' ? [at + 1] : []))
    return [0, ...starts].some((at) => divides(afterColon, key.slice(at), true))
  }
  if (part === '**' || part === '*') {
    const colon = key.indexOf(':')
    const longest = part === '*' && colon !== -1 ? colon : key.length
    const lengths = Array.from({ length: longest + 1 }, (_, length) => length)
    return lengths.some((length) => divides(rest, key.slice(length), false))
  }
  const [character, ...others] = key
  const fits = part === '?' ? character !== undefined && character !== ':' : character === part
  return fits && divides(rest, others, part === ':')
}
