/** A value in the measured caches: an object, as most cached values are. */
export interface Item {
  readonly id: number
}

/** A cache under measurement. What it doesn't have, it leaves out. */
export interface Subject {
  /** Stores the items under their keys. Afterwards each key is a hit. */
  readonly fill: (keys: readonly string[], items: readonly Item[]) => Promise<void>
  /** Reads at once, from memory. */
  readonly peek?: (key: string) => Item | undefined
  /** Stores one value; at once, or when the promise it answers says so. */
  readonly set?: (key: string, item: Item) => unknown
  readonly get?: (key: string) => Promise<Item | null | undefined>
  /** Reads, or makes the value by `load`; those that are told their loader once were told this one. */
  readonly getOrSet?: (key: string) => Promise<Item | null | undefined>
}

/** Makes a subject that holds up to `entries`, each for five minutes, and loads by `load` what it lacks. */
export type SubjectFactory = (entries: number, load: () => Promise<Item>) => Promise<Subject>

/** The life of an entry in every cache that has one: the default of Platform Cache. */
export const TTL_MS = 300_000
