import { type ChildProcess, fork } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import type { DatabaseAnswer, DatabaseQuestion } from './database-process.ts'
import type { ProductPage } from './product-page.ts'

/** Leaves out the number that pairs questions with answers. */
type Question =
  | { readonly kind: 'page'; readonly id: number }
  | { readonly kind: 'change-price'; readonly id: number }
  | { readonly kind: 'change-discount'; readonly id: number }

/**
 * The shop's database: a SQLite file, held by a process of its own, so that a query keeps nobody waiting
 * who doesn't need it, as with a database server.
 */
export class ProductDatabase {
  readonly #process: ChildProcess
  readonly #waiting = new Map<number, (result: unknown) => void>()
  #questions = 0
  #pagesRead = 0

  private constructor(child: ChildProcess) {
    this.#process = child
    child.on('message', ({ number, result }: DatabaseAnswer) => {
      this.#waiting.get(number)?.(result)
      this.#waiting.delete(number)
    })
  }

  /** Opens the file, and creates it with `rows` products and three times as many reviews if it isn't there. */
  static async open(path: string, rows: number): Promise<ProductDatabase> {
    const main = fileURLToPath(new URL('database-process.ts', import.meta.url))
    const child = fork(main, [path, String(rows)])
    await once(child, 'message') // It has opened the file.
    return new ProductDatabase(child)
  }

  /** How often a page was read so far. */
  get pagesRead(): number {
    return this.#pagesRead
  }

  /** Gathers a page; `undefined` if there is no such product. */
  async page(id: number): Promise<ProductPage | undefined> {
    this.#pagesRead += 1
    return (await this.#ask({ kind: 'page', id })) as ProductPage | undefined // By database-process.ts.
  }

  /** Raises the price by one. @returns the new version of the product, or `undefined` if there is none */
  async changePrice(id: number): Promise<number | undefined> {
    return (await this.#ask({ kind: 'change-price', id })) as number | undefined // As above.
  }

  /** Raises the discount by one. @returns the new version of the category, or `undefined` if there is none */
  async changeDiscount(categoryId: number): Promise<number | undefined> {
    return (await this.#ask({ kind: 'change-discount', id: categoryId })) as number | undefined // As above.
  }

  async close(): Promise<void> {
    const exited = once(this.#process, 'exit')
    this.#process.disconnect()
    await exited
  }

  #ask(question: Question): Promise<unknown> {
    const number = this.#questions
    this.#questions += 1
    const numbered: DatabaseQuestion = { ...question, number }
    this.#process.send(numbered)
    return new Promise((resolve) => this.#waiting.set(number, resolve))
  }
}
