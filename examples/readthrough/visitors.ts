import { Agent, type IncomingMessage, request } from 'node:http'
import { FreshnessCheck } from './freshness-check.ts'
import { Latencies } from './latencies.ts'
import type { ProductPage } from './product-page.ts'
import type { RequestStream, ShopRequest } from './request-stream.ts'

/** An answer of the shop. */
interface Answer {
  readonly body: unknown
  readonly isHit: boolean
}

const SHARED = { keepAlive: true, noDelay: true }

/** Those who ask: each sends its next request when it has the answer to the last one. */
export class Visitors {
  readonly freshness: FreshnessCheck = new FreshnessCheck()
  readonly hits: Latencies = new Latencies()
  readonly misses: Latencies = new Latencies()
  readonly writes: Latencies = new Latencies()
  readonly #shopUrl: string
  readonly #stream: RequestStream
  readonly #agent = new Agent(SHARED)
  #sent = 0

  constructor(shopUrl: string, stream: RequestStream) {
    this.#shopUrl = shopUrl
    this.#stream = stream
  }

  /** Answers so far. */
  get answers(): number {
    return this.hits.count + this.misses.count + this.writes.count
  }

  /** Share of the reads that were hits; not a number before the first one. */
  get hitRatio(): number {
    return this.hits.count / (this.hits.count + this.misses.count)
  }

  /**
   * Sends requests until one of the limits is reached, and waits for the last answers.
   *
   * @param limits of how many visitors at a time, how many requests in all, and how long; `stop` ends it early
   */
  async visit(limits: {
    readonly connections: number
    readonly requests: number
    readonly seconds: number
    readonly stop: AbortSignal
  }): Promise<void> {
    const endsAtMs = performance.now() + limits.seconds * 1000
    const goesOn = (): boolean =>
      this.#sent < limits.requests && performance.now() < endsAtMs && !limits.stop.aborted
    const visitor = async (): Promise<void> => {
      while (goesOn()) {
        this.#sent += 1
        await this.#send(this.#stream.next())
      }
    }
    try {
      await Promise.all(Array.from({ length: limits.connections }, visitor))
    } finally {
      this.#agent.destroy()
    }
  }

  /** Asks the shop how often it read a page from its database. */
  async pagesReadFromDatabase(): Promise<number> {
    const answer = await fetch(`${this.#shopUrl}/numbers`)
    const numbers = (await answer.json()) as { readonly pagesReadFromDatabase: number } // By shop.ts.
    return numbers.pagesReadFromDatabase
  }

  async #send({ kind, id }: ShopRequest): Promise<void> {
    const startedAtMs = performance.now()
    if (kind === 'read') {
      const floor = this.freshness.floorOf(id)
      const { body, isHit } = await this.#ask('GET', `/products/${id}`)
      const latencies = isHit ? this.hits : this.misses
      latencies.add(performance.now() - startedAtMs)
      this.freshness.check(body as ProductPage, floor) // By shop.ts.
      return
    }
    const isPrice = kind === 'change-price'
    const path = isPrice ? `/products/${id}/price` : `/categories/${id}/discount`
    const { body } = await this.#ask('POST', path)
    this.writes.add(performance.now() - startedAtMs)
    const { version } = body as { readonly version: number } // By shop.ts.
    if (isPrice) this.freshness.productAcknowledged(id, version)
    else this.freshness.categoryAcknowledged(id, version)
  }

  #ask(method: 'GET' | 'POST', path: string): Promise<Answer> {
    const url = new URL(path, this.#shopUrl)
    return new Promise((resolve, reject) => {
      const sent = request(url, { method, agent: this.#agent }, (answer) => {
        read(answer).then(resolve, reject)
      })
      sent.on('error', reject)
      sent.end()
    })
  }
}

async function read(answer: IncomingMessage): Promise<Answer> {
  const chunks: Buffer[] = []
  for await (const chunk of answer) chunks.push(chunk as Buffer) // No encoding is set.
  const text = Buffer.concat(chunks).toString()
  if (answer.statusCode !== 200) throw new Error(`The shop said ${answer.statusCode}: ${text}`)
  return { body: JSON.parse(text), isHit: answer.headers['x-cache'] === 'hit' }
}
