/** Those who wait for a read of the log that is sent after they came: what was sent before may have missed what they want to know. */
export class ReadWaiters {
  readonly #waiting = new Set<{ readonly sinceTicket: number; readonly resolve: () => void }>()
  #lastTicket = 0

  wait(): Promise<void> {
    return new Promise((resolve) => {
      this.#waiting.add({ sinceTicket: this.#lastTicket, resolve })
    })
  }

  onSent(ticket: number): void {
    this.#lastTicket = ticket
  }

  /** The read was answered, or it failed. Answers to later reads come later. */
  onEnded(ticket: number): void {
    for (const waiter of this.#waiting) {
      if (waiter.sinceTicket >= ticket) continue
      this.#waiting.delete(waiter)
      waiter.resolve()
    }
  }

  /** Nothing will be answered any more. */
  endAll(): void {
    this.onEnded(Number.POSITIVE_INFINITY)
  }
}
