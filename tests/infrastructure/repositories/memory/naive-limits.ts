/** What a namespace may hold, or all of them together. */
export interface NaiveLimits {
  readonly maxEntries: number | undefined
  readonly maxBytes: number | undefined
}

interface Charged {
  readonly charge: number
}

/** True if all of these together are within the limits. */
export function fits(items: readonly Charged[], limits: NaiveLimits): boolean {
  const { maxEntries = Number.POSITIVE_INFINITY, maxBytes = Number.POSITIVE_INFINITY } = limits
  return items.length <= maxEntries && sum(items) <= maxBytes
}

export function sum(items: readonly Charged[]): number {
  return items.reduce((bytes, { charge }) => bytes + charge, 0)
}
