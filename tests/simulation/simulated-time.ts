/** What happens next: a heap of what is due, in the order of time and, at the same time, of asking. */
interface Due {
  readonly atMs: number
  readonly order: number
  readonly act: () => void
}

/** The time of a simulated world, in milliseconds. It moves only when something is due. */
export class SimulatedTime {
  nowMs = 0
  readonly #heap: Due[] = []
  #order = 0

  after(delayMs: number, act: () => void): void {
    this.at(this.nowMs + delayMs, act)
  }

  at(atMs: number, act: () => void): void {
    this.#order += 1
    const due = { atMs: Math.max(atMs, this.nowMs), order: this.#order, act }
    const heap = this.#heap
    let at = heap.length
    heap.push(due)
    while (at > 0) {
      const parent = (at - 1) >> 1
      const above = heap[parent]
      if (above === undefined || !isBefore(due, above)) break
      heap[at] = above
      at = parent
    }
    heap[at] = due
  }

  /** Lets everything happen that is due up to this moment. */
  runUntil(untilMs: number): void {
    for (;;) {
      const [next] = this.#heap
      if (next === undefined || next.atMs > untilMs) break
      this.#removeFirst()
      this.nowMs = next.atMs
      next.act()
    }
    this.nowMs = Math.max(this.nowMs, untilMs)
  }

  #removeFirst(): void {
    const heap = this.#heap
    const last = heap.pop()
    if (last === undefined || heap.length === 0) return
    let at = 0
    for (;;) {
      const left = at * 2 + 1
      const a = heap[left]
      if (a === undefined) break
      const b = heap[left + 1]
      const isRight = b !== undefined && isBefore(b, a)
      const child = isRight ? b : a
      if (!isBefore(child, last)) break
      heap[at] = child
      at = isRight ? left + 1 : left
    }
    heap[at] = last
  }
}

function isBefore(a: Due, b: Due): boolean {
  return a.atMs === b.atMs ? a.order < b.order : a.atMs < b.atMs
}
