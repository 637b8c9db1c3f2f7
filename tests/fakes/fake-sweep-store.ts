import type {
  Retirement,
  SweepPage,
  SweepStore,
  SweepTable,
  SweptEntry,
} from '../../src/core/protocols/sweep-store.ts'
import { parseCacheKey } from '../../src/core/value-objects/cache-key.ts'
import type { CacheTag } from '../../src/core/value-objects/cache-tag.ts'
import type { LogPosition } from '../../src/core/value-objects/log-position.ts'

/** An entry of the namespace `ns`, as a sweep sees it. */
export function sweptEntry(
  key: string,
  birth: LogPosition,
  tags: readonly string[] = [],
): SweptEntry {
  return {
    ...{ namespace: 'ns', key: parseCacheKey(key), name: key, birth, dependsOn: [] },
    tags: tags as CacheTag[],
    identity: Buffer.from(`${birth.generation}-${birth.seq}`),
  }
}

/** Values in this process, two to a page, and what a sweep did with them. */
export class FakeSweepStore implements SweepStore {
  readonly values: Map<string, SweptEntry> = new Map()
  readonly retired: Retirement[] = []
  readonly did: string[] = []
  table: SweepTable | 'held' | 'idle' = 'idle'
  generation = 'g'
  layoutText: string | undefined = 'layout'
  holder: string | undefined
  /** Called before each page, and before each removal. */
  onPage: () => void = () => undefined
  onRemove: () => void = () => undefined

  put(...entries: readonly SweptEntry[]): void {
    for (const entry of entries) this.values.set(entry.name, entry)
  }

  async begin(token: string): Promise<SweepTable | 'held' | 'idle'> {
    this.did.push('begin')
    if (typeof this.table !== 'string') this.holder = token
    return this.table
  }

  async renew(token: string): Promise<boolean> {
    return this.holder === token
  }

  async end(token: string): Promise<void> {
    if (this.holder === token) this.holder = undefined
  }

  async layout(): Promise<string | undefined> {
    return this.layoutText
  }

  async page(cursor: string | undefined): Promise<SweepPage> {
    this.onPage()
    const from = Number(cursor ?? 0)
    const all = [...this.values.values()]
    const entries = all.slice(from, from + 2)
    const next = from + 2 < all.length ? String(from + 2) : undefined
    return { looked: entries.length, entries, cursor: next, generation: this.generation }
  }

  async reread(entries: readonly SweptEntry[]): Promise<readonly SweptEntry[]> {
    return entries.flatMap(({ name }) => this.values.get(name) ?? [])
  }

  async remove(entries: readonly SweptEntry[]): Promise<number> {
    this.onRemove()
    const there = entries.filter((one) => this.values.get(one.name)?.identity === one.identity)
    // Kept as a hole: a listing goes by places.
    for (const { name } of there) this.did.push(`removed ${name}`)
    for (const { name, birth } of there)
      this.values.set(name, sweptEntry(name, { ...birth, seq: 999 }))
    return there.length
  }

  async retire(retirement: Retirement): Promise<boolean> {
    if (this.holder !== retirement.token) return false
    this.holder = undefined
    this.retired.push(retirement)
    return true
  }
}
