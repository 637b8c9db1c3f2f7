/** The eviction policies as their definitions say them, in lists that are searched from end to end. */
import type { NaiveOrder, NaiveSpace, StageItem } from './order-stage.ts'

/** Lowest score first, number by number; at equal scores who is first in the list. */
function lowest(
  items: readonly StageItem[],
  scoreOf: (item: StageItem) => readonly number[],
): StageItem | undefined {
  return items.toSorted((a, b) => compare(scoreOf(a), scoreOf(b)))[0]
}

function compare(a: readonly number[], b: readonly number[]): number {
  const at = a.findIndex((number, index) => number !== b[index])
  return at === -1 ? 0 : (a[at] ?? 0) - (b[at] ?? 0)
}

function others(items: Iterable<StageItem>, except: StageItem | undefined): StageItem[] {
  return [...items].filter((item) => item !== except)
}

/** Takes an item out of a list. */
function take(list: StageItem[], item: StageItem): void {
  list.splice(list.indexOf(item), 1)
}

/** Oldest age divided by weight first; at a tie the lower priority. */
export function naiveByAge({ weights }: NaiveSpace, isRenewedByUse: boolean): NaiveOrder {
  const renewedAt = new Map<StageItem, number>()
  let tick = 0
  const renew = (item: StageItem): void => {
    tick += 1
    renewedAt.set(item, tick)
  }
  const agingOf = (item: StageItem): number =>
    (tick - (renewedAt.get(item) ?? 0)) / (weights[item.rank] ?? 0)
  return {
    add: renew,
    use: (item) => (isRenewedByUse ? renew(item) : undefined),
    replace: renew,
    remove: (item) => renewedAt.delete(item),
    victim: (except) =>
      lowest(others(renewedAt.keys(), except), (item) => [-agingOf(item), item.rank]),
  }
}

/** Lowest level first; on one level who is there longest. */
export function naiveLfu({ weights }: NaiveSpace): NaiveOrder {
  const places = new Map<StageItem, { level: number; since: number; uses: number }>()
  let floor = 0
  let tick = 0
  const place = (item: StageItem, wanted: number): void => {
    tick += 1
    const uses = Math.min(wanted, 32)
    const weight = Math.min(weights[item.rank] ?? 0, 64)
    places.set(item, { level: floor + Math.round(uses * weight), since: tick, uses })
  }
  return {
    add: (item) => place(item, 1),
    use: (item) => place(item, (places.get(item)?.uses ?? 0) + 1),
    replace: (item) => place(item, 1),
    remove: (item, isEviction) => {
      if (isEviction) floor = Math.min(...[...places.values()].map(({ level }) => level))
      places.delete(item)
    },
    victim: (except) =>
      lowest(others(places.keys(), except), (item) => {
        const { level = 0, since = 0 } = places.get(item) ?? {}
        return [level, since]
      }),
  }
}

/** Soonest deadline first; then the lower priority; then who is there longest. */
export function naiveTtl(): NaiveOrder {
  const places = new Map<StageItem, readonly number[]>()
  let tick = 0
  const place = (item: StageItem): void => {
    tick += 1
    places.set(item, [item.deadline, item.rank, tick])
  }
  return {
    add: place,
    use: () => undefined,
    replace: place,
    remove: (item) => places.delete(item),
    victim: (except) => lowest(others(places.keys(), except), (item) => places.get(item) ?? []),
  }
}

/** How many more rounds a weight is worth: by doubling, three at most. */
function roundsFor({ weights }: NaiveSpace, item: StageItem): number {
  const weight = weights[item.rank] ?? 0
  return [2, 4, 8].filter((doubled) => weight >= doubled).length
}

/** A hand over the order of arrival; `list` has the oldest first. */
export function naiveSieve(space: NaiveSpace): NaiveOrder {
  const list: StageItem[] = []
  const used = new Set<StageItem>()
  const rounds = new Map<StageItem, number>()
  let hand = 0
  const stays = (item: StageItem): boolean => {
    if (used.delete(item)) {
      rounds.set(item, roundsFor(space, item))
      return true
    }
    const left = rounds.get(item) ?? 0
    rounds.set(item, Math.max(left - 1, 0))
    return left > 0
  }
  return {
    add: (item) => {
      // A hand that has come to the newest stands at the oldest next, not at who arrives meanwhile.
      if (hand === list.length) hand = 0
      list.push(item)
      rounds.set(item, roundsFor(space, item))
    },
    use: (item) => used.add(item),
    replace: (item) => used.add(item),
    remove: (item) => {
      const at = list.indexOf(item)
      list.splice(at, 1)
      if (at < hand) hand -= 1
      used.delete(item)
      if (hand === list.length) hand = 0
    },
    victim: (except) => {
      if (others(list, except).length === 0) return undefined
      for (;;) {
        hand %= list.length
        const item = list[hand]
        if (item !== undefined && item !== except && !stays(item)) return item
        hand += 1
      }
    },
  }
}

/** A small and a main list, oldest first, and the hashes of who left the small one. */
export function naiveS3Fifo(space: NaiveSpace): NaiveOrder {
  const small: StageItem[] = []
  const main: StageItem[] = []
  let ghosts: (number | undefined)[] = []
  const uses = new Map<StageItem, number>()
  let hasEvicted = false
  const sizeOf = (list: readonly StageItem[]): number =>
    space.isByBytes ? list.reduce((sum, { charge }) => sum + charge, 0) : list.length
  const share = (): number => Math.max(1, Math.floor(space.capacity() / 10))
  const join = (list: StageItem[], item: StageItem): void => {
    list.push(item)
    uses.set(item, roundsFor(space, item))
  }
  /** One step of the hand: who leaves, if it is somebody. */
  const step = (except: StageItem | undefined): StageItem | undefined => {
    const candidates = [others(small, except)[0], others(main, except)[0]]
    if (sizeOf(main) > space.capacity() - share()) candidates.reverse()
    const item = candidates.find((candidate) => candidate !== undefined)
    if (item === undefined) return undefined
    const count = uses.get(item) ?? 0
    if (small.includes(item)) {
      if (count <= 1) return item
      take(small, item)
      join(main, item)
      return undefined
    }
    if (count === 0) return item
    take(main, item)
    main.push(item)
    uses.set(item, count - 1)
    return undefined
  }
  return {
    add: (item) => {
      const isGhost = ghosts.includes(item.hash)
      ghosts = ghosts.map((hash) => (hash === item.hash ? undefined : hash))
      const isMain = isGhost || (!hasEvicted && sizeOf(small) >= share())
      join(isMain ? main : small, item)
    },
    use: (item) => uses.set(item, Math.min((uses.get(item) ?? 0) + 1, 3)),
    replace: (item) => {
      const count = Math.max((uses.get(item) ?? 0) + 1, roundsFor(space, item))
      uses.set(item, Math.min(count, 3))
    },
    remove: (item, isEviction) => {
      if (isEviction) hasEvicted = true
      const isSmall = small.includes(item)
      if (isEviction && isSmall) {
        const entries = small.length + main.length
        ghosts = ghosts.map((hash) => (hash === item.hash ? undefined : hash))
        ghosts = [...ghosts, item.hash].slice(-(entries - Math.floor(entries / 10)))
      }
      take(isSmall ? small : main, item)
    },
    victim: (except) => {
      while (others([...small, ...main], except).length > 0) {
        const item = step(except)
        if (item !== undefined) return item
      }
      return undefined
    },
  }
}
