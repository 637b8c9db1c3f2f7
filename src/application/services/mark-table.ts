/**
 * The marks that this node has applied to one namespace, and the rule of validity over them
 * (DESIGN.md, section 6): an entry is valid if its generation is the node's and no mark that matches it
 * has a `seq` above its birth.
 *
 * Idea: a mark is noted once under its scope, whatever it hits; entries are compared when they are read.
 * `version` counts the scope marks, so that a store compares an entry at most once per mark.
 * A mark is forgotten (`retire`) when a sweep has removed what it hit and nothing older is still on its
 * way. When too many stand, one mark over the whole namespace takes their place: that may drop too much,
 * never keep too much.
 */

import type { CacheEntry } from '../../core/entities/cache-entry.ts'
import { type InvalidationMark, isAncestorPrefix } from '../../core/entities/invalidation-mark.ts'
import type { EntryValidity, Validity } from '../../core/protocols/cache-repository.ts'
import type { PositionedMark } from '../../core/protocols/invalidation-log.ts'
import type { KeyMatcher } from '../../core/protocols/regex-engine.ts'
import { ancestorPrefixes } from '../../core/value-objects/cache-key.ts'
import type { CacheTag, DependencyName } from '../../core/value-objects/cache-tag.ts'
import type { LogPosition } from '../../core/value-objects/log-position.ts'
import type { KeyCrowd } from './key-crowd.ts'

/** Most scopes that stand in a table before one mark over the whole namespace takes their place. */
export const MAX_SCOPES = 100_000
/** Most hard marks of keys that are known one by one, where there is a crowd for the rest. */
const MAX_KEYS_IN_DETAIL = 50_000
const VALID: Validity = Object.freeze({ kind: 'valid' })

/** What the rule looks at. */
type MarkedEntry = Pick<CacheEntry, 'key' | 'birth'> & {
  readonly tags: Iterable<CacheTag>
  readonly dependsOn: Iterable<DependencyName>
}

/** The newest marks of one scope; the newest hard and the newest soft one decide. */
interface ScopeMarks {
  hard: PositionedMark | undefined
  soft: PositionedMark | undefined
}

interface Rule extends ScopeMarks {
  readonly matches: KeyMatcher
}

/** Marks by scope, whatever else is noted beside them. */
type Table = Iterable<readonly [string, ScopeMarks]> &
  Pick<Map<string, unknown>, 'clear' | 'delete'>

/** What a table does when there is too much. */
export interface MarkTableOptions {
  readonly maxScopes?: number
  /** Takes what is too much of hard marks of keys, which then must be forgotten by `forgetKeys`. */
  readonly crowd?: KeyCrowd
  /** Told when one mark over the whole namespace has taken the place of all others. Must not throw. */
  readonly onCollapsed?: (marks: number) => void
}

export class MarkTable implements EntryValidity {
  #version = 0
  #sweepingVersion = 0
  #newestSeq = -1
  /** Whatever was born before this place in the log is invalid. */
  #floor: LogPosition | undefined
  readonly #generation: () => string
  readonly #keys = new Map<string, ScopeMarks>()
  readonly #prefixes = new Map<string, ScopeMarks>()
  readonly #tags = new Map<string, ScopeMarks>()
  readonly #dependencies = new Map<string, ScopeMarks>()
  /** What has to be matched key by key, by what was written, so that a pattern said again is one rule. */
  readonly #rules = new Map<string, Rule>()
  readonly #whole: ScopeMarks = { hard: undefined, soft: undefined }
  readonly #maxScopes: number
  readonly #crowd: KeyCrowd | undefined
  readonly #onCollapsed: (marks: number) => void
  /** At most so many hard marks stand in `#keys`. */
  #hardKeys = 0

  constructor(head: () => LogPosition, options: MarkTableOptions = {}) {
    this.#generation = () => head().generation
    this.#maxScopes = options.maxScopes ?? MAX_SCOPES
    this.#crowd = options.crowd
    this.#onCollapsed = options.onCollapsed ?? (() => undefined)
  }

  get version(): number {
    return this.#version
  }

  /** The same rule for a store that drops itself what a hard mark of a single key reaches: these don't count in `version`. */
  get withoutKeys(): EntryValidity {
    const sweepingVersion = (): number => this.#sweepingVersion
    return {
      get version() {
        return sweepingVersion()
      },
      check: (entry) => this.check(entry),
    }
  }

  /** How many scopes stand in the table. */
  get size(): number {
    return (
      this.#keys.size +
      this.#prefixes.size +
      this.#tags.size +
      this.#dependencies.size +
      this.#rules.size
    )
  }

  /** Notes a mark. `matches` is the compiled form of a `pattern` or `regex` scope; without it the whole namespace is hit. */
  apply(positioned: PositionedMark, matches: KeyMatcher | undefined): void {
    this.#version += 1
    if (positioned.mark.scope.kind !== 'key' || positioned.mark.soft) this.#sweepingVersion += 1
    this.#newestSeq = Math.max(this.#newestSeq, positioned.position.seq)
    for (const marks of this.#slotsFor(positioned.mark, matches)) noteIn(marks, positioned)
    if (this.#crowd !== undefined) this.#makeRoom(this.#crowd, positioned.mark)
    if (this.size > this.#maxScopes) this.#collapse(positioned)
  }

  check(entry: MarkedEntry): Validity {
    if (entry.birth.generation !== this.#generation()) {
      return { kind: 'invalid', mark: undefined, position: entry.birth }
    }
    if (this.#floor !== undefined && entry.birth.seq < this.#floor.seq) {
      return { kind: 'invalid', mark: undefined, position: this.#floor }
    }
    if (this.#newestSeq <= entry.birth.seq) return VALID
    const crowdSeq = this.#crowd?.seqOf(entry.key) ?? -1
    if (crowdSeq > entry.birth.seq) {
      const position = { generation: entry.birth.generation, seq: crowdSeq }
      return { kind: 'invalid', mark: undefined, position }
    }
    if (!this.#hasScopes && !this.#keys.has(entry.key)) return VALID
    const { hard, soft } = this.#hitsOn(entry)
    if (hard !== undefined) return verdict('invalid', hard)
    return soft === undefined ? VALID : verdict('soft', soft)
  }

  /**
   * From here on all that was born before this place in the log is invalid, and stays so: for a store that
   * may hold, or get late, what nobody here knows of.
   */
  raiseFloor(position: LogPosition): void {
    this.#version += 1
    this.#sweepingVersion += 1
    this.#floor = position
  }

  /** Forgets everything: the log begins anew, or this node's knowledge of it. */
  clear(): void {
    this.#version += 1
    this.#sweepingVersion += 1
    this.#newestSeq = -1
    this.#floor = undefined
    this.#clearTables()
    forgetIn(this.#whole, Number.POSITIVE_INFINITY, false)
  }

  /**
   * Forgets the marks of one key up to `seq`: no older value of it is left or on its way. With `keepsSoft` the
   * soft one stays: it deletes nothing where values are shared.
   */
  forgetKey(key: string, seq: number, keepsSoft = false): void {
    const marks = this.#keys.get(key)
    if (marks === undefined) return
    forgetIn(marks, seq, keepsSoft)
    if (isEmpty(marks)) this.#keys.delete(key)
  }

  /** Hard marks of keys up to `seq` needn't be known any more: lets go of those that nobody knows one by one. */
  forgetKeys(seq: number): void {
    this.#crowd?.forget(seq)
  }

  /**
   * Forgets the marks up to `seq`: nothing that they hit is left anywhere, but for `open`, the writes that
   * may yet land: if they are hit, their keys stay marked. With `keepsSoft` the soft marks stay, for a
   * store whose entries can't remember that one reached them.
   */
  retire(seq: number, keepsSoft: boolean, open: Iterable<MarkedEntry> = []): void {
    const hits = [...open].map((entry) => ({ key: entry.key, ...this.#hitsOn(entry) }))
    for (const table of this.#tables()) forgetAll(table, seq, keepsSoft)
    forgetIn(this.#whole, seq, keepsSoft)
    for (const { key, hard, soft } of hits) {
      for (const one of [hard, soft]) if (one !== undefined) noteIn(slotOf(this.#keys, key), one)
    }
    const isCrowded = this.#crowd?.isEmpty === false
    if (this.size === 0 && isEmpty(this.#whole) && !isCrowded) this.#newestSeq = -1
  }

  /** True if marks stand of other scopes than keys. */
  get #hasScopes(): boolean {
    return (
      this.#prefixes.size + this.#tags.size + this.#dependencies.size + this.#rules.size > 0 ||
      !isEmpty(this.#whole)
    )
  }

  /** The newest marks that came after the entry's birth and match it. */
  #hitsOn(entry: MarkedEntry): ScopeMarks {
    const found: ScopeMarks = { hard: undefined, soft: undefined }
    include(found, this.#whole)
    include(found, this.#keys.get(entry.key))
    if (this.#prefixes.size > 0) includeAll(found, this.#prefixes, ancestorPrefixes(entry.key))
    if (this.#tags.size > 0) includeAll(found, this.#tags, entry.tags)
    if (this.#dependencies.size > 0) includeAll(found, this.#dependencies, entry.dependsOn)
    for (const rule of this.#rules.values()) if (rule.matches(entry.key)) include(found, rule)
    forgetIn(found, entry.birth.seq, false)
    return found
  }

  #slotsFor(mark: InvalidationMark, matches: KeyMatcher | undefined): ScopeMarks[] {
    const { scope } = mark
    switch (scope.kind) {
      case 'key':
        return [slotOf(this.#keys, scope.key)]
      case 'tag':
        return [slotOf(this.#tags, scope.tag)]
      case 'dependency':
        return scope.closure.map((name) => slotOf(this.#dependencies, name))
      case 'prefix':
        if (isAncestorPrefix(scope.prefix)) return [slotOf(this.#prefixes, scope.prefix)]
        return [this.#ruleOf(`prefix ${scope.prefix}`, (key) => key.startsWith(scope.prefix))]
      case 'pattern':
        return [
          matches === undefined ? this.#whole : this.#ruleOf(`glob ${scope.pattern}`, matches),
        ]
      case 'regex':
        return [matches === undefined ? this.#whole : this.#ruleOf(`regex ${scope.regex}`, matches)]
      case 'namespace':
        return [this.#whole]
    }
  }

  #ruleOf(text: string, matches: KeyMatcher): Rule {
    const known = this.#rules.get(text)
    if (known !== undefined) return known
    const rule: Rule = { matches, hard: undefined, soft: undefined }
    this.#rules.set(text, rule)
    return rule
  }

  #tables(): readonly Table[] {
    return [this.#keys, this.#prefixes, this.#tags, this.#dependencies, this.#rules]
  }

  #clearTables(): void {
    for (const table of this.#tables()) table.clear()
    this.#crowd?.clear()
    this.#hardKeys = 0
  }

  #makeRoom(crowd: KeyCrowd, { scope, soft }: InvalidationMark): void {
    if (scope.kind !== 'key' || soft) return
    this.#hardKeys += 1
    if (this.#hardKeys <= MAX_KEYS_IN_DETAIL || crowd.isFull) return
    crowd.take(this.#keys)
    this.#hardKeys = 0
  }

  #collapse(newest: PositionedMark): void {
    const { mark } = newest
    // Marks don't come in order: a node's own may have come before others below them.
    const position = { ...newest.position, seq: this.#newestSeq }
    this.#sweepingVersion += 1
    const { size } = this
    this.#clearTables()
    this.#onCollapsed(size)
    this.#whole.hard = { position, mark: { ...mark, scope: { kind: 'namespace' }, soft: false } }
  }
}

function include(found: ScopeMarks, marks: ScopeMarks | undefined): void {
  if (marks === undefined) return
  found.hard = newerOf(found.hard, marks.hard)
  found.soft = newerOf(found.soft, marks.soft)
}

function includeAll(
  found: ScopeMarks,
  table: ReadonlyMap<string, ScopeMarks>,
  names: Iterable<string>,
): void {
  for (const name of names) include(found, table.get(name))
}

function slotOf(table: Map<string, ScopeMarks>, scope: string): ScopeMarks {
  const known = table.get(scope)
  if (known !== undefined) return known
  const marks: ScopeMarks = { hard: undefined, soft: undefined }
  table.set(scope, marks)
  return marks
}

function noteIn(marks: ScopeMarks, positioned: PositionedMark): void {
  if (positioned.mark.soft) marks.soft = newerOf(marks.soft, positioned)
  else marks.hard = newerOf(marks.hard, positioned)
}

function forgetIn(marks: ScopeMarks, seq: number, keepsSoft: boolean): void {
  if (marks.hard !== undefined && marks.hard.position.seq <= seq) marks.hard = undefined
  if (!keepsSoft && marks.soft !== undefined && marks.soft.position.seq <= seq)
    marks.soft = undefined
}

function forgetAll(table: Table, seq: number, keepsSoft: boolean): void {
  for (const [scope, marks] of table) {
    forgetIn(marks, seq, keepsSoft)
    if (isEmpty(marks)) table.delete(scope)
  }
}

function isEmpty(marks: ScopeMarks): boolean {
  return marks.hard === undefined && marks.soft === undefined
}

function newerOf(
  a: PositionedMark | undefined,
  b: PositionedMark | undefined,
): PositionedMark | undefined {
  if (a === undefined || b === undefined) return a ?? b
  return a.position.seq >= b.position.seq ? a : b
}

function verdict(kind: 'soft' | 'invalid', positioned: PositionedMark): Validity {
  return { kind, mark: positioned.mark, position: positioned.position }
}
