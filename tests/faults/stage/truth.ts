import { ITEM_KEYS } from './item-keys.ts'

/** The source of truth: the newest version of each item. */
export class Truth {
  readonly #versions = new Map<string, number>(ITEM_KEYS.map((key) => [key, 1]))

  versionOf(key: string): number {
    return this.#versions.get(key) ?? 0
  }

  /** Writes, and answers the new version. */
  bump(key: string): number {
    const version = this.versionOf(key) + 1
    this.#versions.set(key, version)
    return version
  }
}
