/** Of the cache that the nodes share. */
export const CACHE_NAME = 'faults'

const GROUPS = 6
const PER_GROUP = 4

/** The tag of all items of a group. */
export function groupTag(group: number): string {
  return `group-${group}`
}

/** The keys of a group, all of them below `item:<group>:`. */
export function groupKeys(group: number): readonly string[] {
  return Array.from({ length: PER_GROUP }, (_, index) => `item:${group}:${index}`)
}

export const GROUP_COUNT: number = GROUPS

/** All keys that are read and written. */
export const ITEM_KEYS: readonly string[] = Array.from({ length: GROUPS }, (_, group) =>
  groupKeys(group),
).flat()

export function tagOfKey(key: string): string {
  return groupTag(Number(key.split(':')[1]))
}
