/**
 * Says what was wrong with what the nodes served, from the history of a fault. Pure. All instants are on the same
 * clock, see `machineTimeMs`.
 */
import { groupBy } from './group-by.ts'
import type { LoadRecord, ReadRecord, Span } from './node-messages.ts'
import type { WriteRecord } from './writer.ts'

export interface NodeRead extends ReadRecord {
  readonly node: number
}

export interface NodeSpan extends Span {
  /** `undefined`: all of them wait for this process. */
  readonly node: number | undefined
}

export interface FaultHistory {
  readonly reads: readonly NodeRead[]
  readonly loads: readonly LoadRecord[]
  readonly stalls: readonly NodeSpan[]
  readonly writes: readonly WriteRecord[]
  /** When the fault began. */
  readonly struckMs: number
  /** When it had ended. */
  readonly healedMs: number
  /** From when on everybody had to serve the newest versions; no write came after it. */
  readonly settledMs: number
}

export interface JudgeRules {
  /** How long others may serve what was invalidated. */
  readonly maxStaleMs: number
  /**
   * True if the fault is everybody's: while it lasts nobody may go on with what was invalidated, even if nobody
   * could tell. Else only a mark that was propagated binds other nodes; that of who is cut off alone reaches them
   * once it is connected again.
   */
  readonly isEverybodys: boolean
}

export interface Verdict {
  readonly violations: readonly string[]
  /** How long after its invalidation an older version was still served by another node, at worst. */
  readonly worstStaleMs: number
  /** Of reads since the fault began, beyond the factory's own time. */
  readonly p50Ms: number
  readonly p999Ms: number
  readonly maxMs: number
  /** Which reads took the longest, counted from the beginning of the fault. */
  readonly slowest: readonly string[]
}

export function judge(history: FaultHistory, rules: JudgeRules): Verdict {
  const reads = history.reads.filter(({ version }) => version !== undefined)
  const writesOf = groupBy(history.writes, ({ key }) => key)
  const violations = goneBack(reads)
  let worstStaleMs = 0
  for (const read of reads) {
    const newer = (writesOf.get(read.key) ?? []).filter(
      (write) => write.version > (read.version ?? 0) && write.resolvedMs < read.startMs,
    )
    const bindsAll = rules.isEverybodys && read.startMs < history.healedMs
    const binding = newer.filter(({ isPropagated }) => isPropagated || bindsAll)
    const staleMs = read.startMs - Math.min(read.startMs, ...binding.map((w) => w.resolvedMs))
    worstStaleMs = Math.max(worstStaleMs, staleMs)
    if (staleMs > rules.maxStaleMs) violations.push(`served too long: ${tell(read, newer)}`)
    if (newer.some(({ node }) => node === read.node))
      violations.push(`served what it had invalidated itself: ${tell(read, newer)}`)
    if (newer.length > 0 && read.startMs > history.settledMs)
      violations.push(`stale for ever: ${tell(read, newer)}`)
  }
  return { violations, worstStaleMs, ...latencies(history) }
}

/** Nobody serves an older version than it has served before. */
function goneBack(reads: readonly NodeRead[]): string[] {
  const ofEach = groupBy(reads, ({ node, key }) => `${node} ${key}`)
  return [...ofEach.values()].flatMap(goneBackWithin)
}

/** Of reads of one key on one node. */
function goneBackWithin(reads: readonly NodeRead[]): string[] {
  const ended = reads.toSorted((one, other) => one.endMs - other.endMs)
  const started = reads.toSorted((one, other) => one.startMs - other.startMs)
  const violations: string[] = []
  let endedCount = 0
  let newest = 0
  for (const read of started) {
    while ((ended[endedCount]?.endMs ?? read.startMs) < read.startMs) {
      newest = Math.max(newest, ended[endedCount]?.version ?? 0)
      endedCount += 1
    }
    if ((read.version ?? 0) < newest)
      violations.push(`went back: ${tell(read, [])} after ${newest}`)
  }
  return violations
}

function tell(read: NodeRead, newer: readonly WriteRecord[]): string {
  const { node, key, version, startMs } = read
  const of = newer.map((write) => {
    const agoMs = Math.round(startMs - write.resolvedMs)
    const how = write.isPropagated ? 'propagated' : 'not propagated'
    return `${write.version} by node ${write.node} ${agoMs} ms ago (${how})`
  })
  return `node ${node} served ${key} version ${version} at ${startMs}, newer: ${of.join(', ')}`
}

function latencies(history: FaultHistory): Pick<Verdict, 'p50Ms' | 'p999Ms' | 'maxMs' | 'slowest'> {
  const loadsOf = groupBy(history.loads, ({ key }) => key)
  const waits = history.reads
    .filter(({ startMs }) => startMs >= history.struckMs)
    .map((read) => {
      const stalls = history.stalls.filter(({ node }) => node === undefined || node === read.node)
      return { read, waitMs: beyond(read, [...(loadsOf.get(read.key) ?? []), ...stalls]) }
    })
    .toSorted((one, other) => one.waitMs - other.waitMs)
  const spans = waits.map(({ waitMs }) => waitMs)
  return {
    p50Ms: quantile(spans, 0.5),
    p999Ms: quantile(spans, 0.999),
    maxMs: spans.at(-1) ?? 0,
    slowest: waits.slice(-5).map(({ read, waitMs }) => {
      const atMs = Math.round(read.startMs - history.struckMs)
      return `${read.key} on node ${read.node} at ${atMs} ms: ${Math.round(waitMs)} ms`
    }),
  }
}

/** How much of a span is in none of the others. */
function beyond({ startMs, endMs }: Span, excuses: readonly Span[]): number {
  let untilMs = startMs
  let beyondMs = 0
  const relevant = excuses.filter((one) => one.endMs > startMs && one.startMs < endMs)
  for (const excuse of relevant.toSorted((one, other) => one.startMs - other.startMs)) {
    beyondMs += Math.max(0, excuse.startMs - untilMs)
    untilMs = Math.max(untilMs, excuse.endMs)
  }
  return beyondMs + Math.max(0, endMs - untilMs)
}

function quantile(sorted: readonly number[], share: number): number {
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? 0
}
