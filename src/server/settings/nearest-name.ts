/** Most wrong letters that are still taken for a slip, in long names; short ones may have fewer. */
const MAX_SLIPS = 4

/**
 * Of `names` the one that `typed` was probably meant to be; `undefined` if none is near enough.
 *
 * Capitals don't count, and a name with a path also counts by its last part alone, so that `maxBytes`
 * finds `memory.maxBytes`.
 */
export function nearestName(typed: string, names: readonly string[]): string | undefined {
  let nearest: string | undefined
  let fewest = Math.min(MAX_SLIPS, Math.floor(typed.length * 0.4)) + 1
  for (const name of names) {
    const slips = Math.min(slipsBetween(typed, name), slipsBetween(typed, lastPart(name)))
    if (slips < fewest) {
      nearest = name
      fewest = slips
    }
  }
  return nearest
}

/** The rest of a message about an unknown name: empty if nothing is near. */
export function didYouMean(typed: string, names: readonly string[]): string {
  const nearest = nearestName(typed, names)
  return nearest === undefined ? '' : `; did you mean ${nearest}?`
}

function lastPart(name: string): string {
  return name.slice(name.lastIndexOf('.') + 1)
}

/**
 * Letters to insert, drop, replace or swap with their neighbour to get from one to the other. Source:
 * optimal string alignment distance.
 */
function slipsBetween(one: string, other: string): number {
  const a = one.toLowerCase()
  const b = other.toLowerCase()
  // A name that is much longer or shorter is no slip; and a text of a megabyte isn't worth the table.
  if (Math.abs(a.length - b.length) > MAX_SLIPS) return Number.POSITIVE_INFINITY
  const table: number[][] = [Array.from({ length: b.length + 1 }, (_, at) => at)]
  const slips = (i: number, j: number): number => table[i]?.[j] ?? Number.POSITIVE_INFINITY
  for (let i = 1; i <= a.length; i += 1) {
    const row = [i]
    table.push(row)
    for (let j = 1; j <= b.length; j += 1) {
      const replaced = slips(i - 1, j - 1) + Number(a[i - 1] !== b[j - 1])
      const isSwap = a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1]
      const swapped = slips(i - 2, j - 2) + 1
      row.push(
        Math.min(slips(i - 1, j) + 1, slips(i, j - 1) + 1, isSwap ? swapped : replaced, replaced),
      )
    }
  }
  return slips(a.length, b.length)
}
