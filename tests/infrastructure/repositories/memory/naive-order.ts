import type { EvictionPolicy } from '../../../../src/core/value-objects/eviction-policy.ts'

/** What a naive order knows of an entry. */
export interface NaiveItem {
  readonly id: number
  readonly rank: number
  /** How often it was read. */
  accessCount: number
}

/** The eviction policies as their definitions say them, with a search through everything for each victim. */
export interface NaiveOrder {
  add(item: NaiveItem): void
  use(item: NaiveItem): void
  remove(item: NaiveItem, isEviction: boolean): void
  victim(except: NaiveItem | undefined): NaiveItem | undefined
}

const WEIGHTS = [1, 2, 4, 4]
const CRITICAL = 3

export function naiveOrder(policy: EvictionPolicy): NaiveOrder {
  return policy === 'lfu' ? naiveLfu() : naiveByAge(policy === 'lru')
}

function weightOf(item: NaiveItem): number {
  return WEIGHTS[item.rank] ?? 0
}

/** Lowest score first; critical ones only when there is no other. */
function lowest(
  items: Iterable<NaiveItem>,
  scoreOf: (item: NaiveItem) => readonly number[],
): NaiveItem | undefined {
  const all = [...items]
  const lower = all.filter(({ rank }) => rank < CRITICAL)
  return (lower.length > 0 ? lower : all).toSorted((a, b) => compare(scoreOf(a), scoreOf(b)))[0]
}

function compare(a: readonly number[], b: readonly number[]): number {
  const at = a.findIndex((number, index) => number !== b[index])
  return at === -1 ? 0 : (a[at] ?? 0) - (b[at] ?? 0)
}

function others(items: Iterable<NaiveItem>, except: NaiveItem | undefined): NaiveItem[] {
  return [...items].filter((item) => item !== except)
}

function naiveByAge(isRenewedByUse: boolean): NaiveOrder {
  const renewedAt = new Map<NaiveItem, number>()
  let tick = 0
  const renew = (item: NaiveItem): void => {
    tick += 1
    renewedAt.set(item, tick)
  }
  const ageOf = (item: NaiveItem): number => tick - (renewedAt.get(item) ?? 0)
  return {
    add: renew,
    use: (item) => (isRenewedByUse ? renew(item) : undefined),
    remove: (item) => renewedAt.delete(item),
    victim: (except) =>
      lowest(others(renewedAt.keys(), except), (item) =>
        item.rank === CRITICAL ? [-ageOf(item)] : [-ageOf(item) / weightOf(item), item.rank],
      ),
  }
}

function naiveLfu(): NaiveOrder {
  const places = new Map<NaiveItem, { level: number; since: number }>()
  let floor = 0
  let tick = 0
  const place = (item: NaiveItem): void => {
    tick += 1
    const uses = Math.min(item.accessCount + 1, 32)
    places.set(item, { level: floor + uses * weightOf(item), since: tick })
  }
  return {
    add: place,
    use: place,
    remove: (item, isEviction) => {
      if (isEviction && item.rank < CRITICAL) floor = places.get(item)?.level ?? floor
      places.delete(item)
    },
    victim: (except) =>
      lowest(others(places.keys(), except), (item) => {
        const { level = 0, since = 0 } = places.get(item) ?? {}
        return item.rank === CRITICAL ? [since] : [level, since]
      }),
  }
}
