/** Keys as applications have them, one for each number. */
export function itemKey(id: number): string {
  return flat(`user:${id}:profile`)
}

/** One run of bytes, as a key from a request is, not the tree that concatenation leaves behind. */
function flat(text: string): string {
  return Buffer.from(text, 'latin1').toString('latin1')
}

/** All numbers below `count`, in an order that is random and always the same, so that reads jump over the whole heap. */
export function shuffledNumbers(count: number): number[] {
  const result = Array.from({ length: count }, (_, id) => id)
  let state = 0x9e3779b9
  for (let at = count - 1; at > 0; at -= 1) {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0
    const other = Math.floor((state / 2 ** 32) * (at + 1))
    const id = result[at] ?? 0
    result[at] = result[other] ?? 0
    result[other] = id
  }
  return result
}
