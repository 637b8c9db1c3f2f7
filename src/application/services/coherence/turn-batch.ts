/** What a batch that is still open was given, and what becomes of it. */
interface OpenBatch<T, R> {
  readonly items: T[]
  readonly names: Set<unknown>
  readonly results: Promise<readonly R[]>
}

/** Where the result of an item will be. */
export interface BatchPlace<R> {
  readonly results: Promise<readonly R[]>
  readonly at: number
}

/**
 * Gathers what is asked in one turn of the event loop's microtasks, so that it leaves as one batch: callers
 * whose answers came together ask again together.
 */
export class TurnBatch<T, R> {
  readonly #limit: number
  readonly #send: (items: readonly T[]) => Promise<readonly R[]>
  #open: OpenBatch<T, R> | undefined

  /**
   * @param limit most items of a batch; a further one begins the next
   * @param send answers one result per item, in the same order
   */
  constructor(limit: number, send: (items: readonly T[]) => Promise<readonly R[]>) {
    this.#limit = limit
    this.#send = send
  }

  /**
   * Takes an item. All that share a batch wait for the same promise, so an item costs none of its own.
   *
   * @param name no batch holds two items of one name: the second begins the next; absent: it has none
   */
  add(item: T, name?: unknown): BatchPlace<R> {
    if (name !== undefined && this.#open?.names.has(name)) this.#open = undefined
    this.#open ??= this.#begin()
    const { items, names, results } = this.#open
    if (name !== undefined) names.add(name)
    const at = items.push(item) - 1
    if (items.length >= this.#limit) this.#open = undefined
    return { results, at }
  }

  #begin(): OpenBatch<T, R> {
    const items: T[] = []
    const results = Promise.resolve().then(() => {
      if (this.#open?.items === items) this.#open = undefined
      return this.#send(items)
    })
    return { items, names: new Set(), results }
  }
}
