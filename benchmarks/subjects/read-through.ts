import { itemKey } from '../measure/item-keys.ts'
import { Zipf } from '../measure/zipf.ts'
import { collectYoung } from './collect-young.ts'
import { costOf } from './cost-of.ts'
import type { Item, Subject } from './subject.ts'
import type { SubjectAnswer } from './subject-process.ts'

/** As in web traffic. Source: Breslau et al.: Web caching and Zipf-like distributions, INFOCOM 1999. */
const ZIPF_EXPONENT = 0.9

/** Looks keys up by Zipf's law and stores what isn't there, as a program before a database does. */
export class ReadThrough {
  readonly #peek: NonNullable<Subject['peek']>
  readonly #set: NonNullable<Subject['set']>
  readonly #zipf: Zipf
  /** Made when it is first drawn; the same string each time. */
  readonly #keys: string[]

  constructor(subject: Subject, universe: number) {
    const { peek, set } = subject
    if (peek === undefined || set === undefined)
      throw new Error('Cannot measure: no peek or no set')
    this.#peek = peek
    this.#set = set
    this.#zipf = new Zipf(universe, ZIPF_EXPONENT)
    this.#keys = new Array(universe)
  }

  async run(count: number): Promise<Partial<SubjectAnswer>> {
    const keys = Array.from({ length: count }, () => this.#draw())
    collectYoung()
    let misses = 0
    const cpuNs = await costOf(async () => {
      misses = await readOrStore(this.#peek, this.#set, keys)
    })
    return { cpuNs, hits: count - misses }
  }

  #draw(): string {
    const id = this.#zipf.next()
    const known = this.#keys[id]
    if (known !== undefined) return known
    const key = itemKey(id)
    this.#keys[id] = key
    return key
  }
}

/** @returns how many were missing */
async function readOrStore(
  peek: NonNullable<Subject['peek']>,
  set: NonNullable<Subject['set']>,
  keys: readonly string[],
): Promise<number> {
  let misses = 0
  let last: unknown
  for (let at = 0; at < keys.length; at += 1) {
    const key = keys[at] ?? ''
    if (peek(key) !== undefined) continue
    misses += 1
    const item: Item = { id: at }
    last = set(key, item)
  }
  await last
  return misses
}
