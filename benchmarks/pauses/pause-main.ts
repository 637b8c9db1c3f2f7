/**
 * Holds many small entries, works with them for a while, and says how long the program was ever held up:
 * `tsx pause-main.ts <subject> <entries> <ms>`. Answers `PauseFigures` by message, and ends.
 *
 * Values are short strings. Keys are built for each call and dropped: a list of them would be more for the
 * collector to walk than what is measured. A ring of the program's own objects is replaced all the time, as
 * by a server, so that the collector has reason to run.
 */
import { monitorEventLoopDelay } from 'node:perf_hooks'
import { setImmediate, setTimeout } from 'node:timers/promises'
import { median } from '../measure/median.ts'
import type { Item, Subject } from '../subjects/subject.ts'
import { type SubjectName, subjectFactories } from '../subjects/subject-factories.ts'
import { GcLog } from './gc-log.ts'
import { NOTHING, type PauseFigures } from './pause-figures.ts'

const [, , name = NOTHING, entriesText, loadMsText] = process.argv
const entries = Number(entriesText)
const loadMs = Number(loadMsText)

/** So many operations are done in one turn of the event loop: about half a millisecond. */
const SLICE = 256
/** One in so many operations is a write. */
const WRITE_EVERY = 10
/** So many keys per entry: some reads miss, and some writes evict. */
const KEYS_PER_ENTRY = 1.1
/** Live objects of the program itself, and how many of them a slice replaces. */
const LIVE = 150_000
const REPLACED = 64
/** A set that takes longer is looked at. */
const SLOW_MS = 1
const SETTLE_MS = 1000
const FORCED = 5

type Store = Required<Pick<Subject, 'peek' | 'set'>>

const gcLog = new GcLog()
const ring: unknown[] = Array.from({ length: LIVE }, (_, at) => ({ at, of: [at] }))

process.send?.(await measure())
process.disconnect()

async function measure(): Promise<PauseFigures> {
  const store = await open()
  const slow = await grow(store)
  await setTimeout(SETTLE_MS)
  const delays = monitorEventLoopDelay({ resolution: 1 })
  delays.enable()
  const fromMs = performance.now()
  const worked = await work(store)
  const toMs = performance.now()
  delays.disable()
  const forcedGcMs = median(Array.from({ length: FORCED }, forcedMs))
  await setTimeout(SETTLE_MS)
  const collections = gcLog.between(fromMs, toMs)
  const lengths = (kind: string): number[] =>
    collections.filter((one) => one.kind === kind).map(({ startMs, endMs }) => endMs - startMs)
  return {
    ...worked,
    longestDelayMs: delays.max / 1e6,
    longestMajorGcMs: Math.max(0, ...lengths('major')),
    majorGcs: lengths('major').length,
    longestMinorGcMs: Math.max(0, ...lengths('minor')),
    forcedGcMs,
    longestSetMs: Math.max(0, ...slow.map((set) => Math.min(withoutGc(set), set.busyMs))),
  }
}

function forcedMs(): number {
  const startMs = performance.now()
  globalThis.gc?.()
  return performance.now() - startMs
}

/** Processor time of this process so far, all of its threads. */
function busyMs(): number {
  const { user, system } = process.cpuUsage()
  return (user + system) / 1000
}

async function open(): Promise<Store> {
  if (name === NOTHING) return { peek: () => undefined, set: () => undefined }
  const factory = subjectFactories[name as SubjectName] // Given by memory-pauses.bench.ts.
  const { peek, set } = await factory(entries, () => Promise.reject(new Error('nothing to load')))
  if (peek === undefined || set === undefined) throw new Error(`${name} has no peek or no set`)
  return { peek, set }
}

interface SlowSet {
  readonly startMs: number
  readonly endMs: number
  /** Processor time since the slice began: the set took no more. */
  readonly busyMs: number
}

/** Fills the cache; answers the sets that took long. */
async function grow({ set }: Store): Promise<readonly SlowSet[]> {
  const slow: SlowSet[] = []
  for (let from = 0; from < entries; from += SLICE) {
    const to = Math.min(from + SLICE, entries)
    const busyBeforeMs = busyMs()
    let last: unknown
    for (let id = from; id < to; id += 1) {
      const key = keyOf(id)
      const value = textOf(id)
      const startMs = performance.now()
      last = set(key, value)
      const endMs = performance.now()
      if (endMs - startMs > SLOW_MS) {
        slow.push({ startMs, endMs, busyMs: busyMs() - busyBeforeMs })
      }
    }
    await last
    await setImmediate()
  }
  return slow
}

function withoutGc({ startMs, endMs }: SlowSet): number {
  return gcLog
    .between(startMs, endMs)
    .reduce(
      (ms, gc) => ms - (Math.min(gc.endMs, endMs) - Math.max(gc.startMs, startMs)),
      endMs - startMs,
    )
}

type Worked = Pick<PauseFigures, 'longestTurnMs' | 'longestBusyMs' | 'operations' | 'hits'>

async function work({ peek, set }: Store): Promise<Worked> {
  const universe = Math.floor(entries * KEYS_PER_ENTRY)
  let operations = 0
  let hits = 0
  let longestTurnMs = 0
  let longestBusyMs = 0
  let busyBeforeMs = busyMs()
  const endMs = performance.now() + loadMs
  for (let turnMs = performance.now(); turnMs < endMs; ) {
    for (let at = 0; at < SLICE; at += 1) {
      const id = Math.floor(Math.random() * universe)
      if (at % WRITE_EVERY === 0) void set(keyOf(id), textOf(id))
      else if (peek(keyOf(id)) !== undefined) hits += 1
    }
    operations += SLICE
    for (let at = 0; at < REPLACED; at += 1) {
      ring[(operations + at * 7919) % LIVE] = { at, of: [operations] }
    }
    await setImmediate()
    const nowMs = performance.now()
    const busyNowMs = busyMs()
    longestTurnMs = Math.max(longestTurnMs, nowMs - turnMs)
    longestBusyMs = Math.max(longestBusyMs, Math.min(nowMs - turnMs, busyNowMs - busyBeforeMs))
    turnMs = nowMs
    busyBeforeMs = busyNowMs
  }
  return { longestTurnMs, longestBusyMs, operations, hits }
}

function keyOf(id: number): string {
  return `item:${id}`
}

/** No cache here looks into its values. */
function textOf(id: number): Item {
  return `the value of number ${id}` as unknown as Item
}
