/** How long a program with millions of cached entries is ever held up. */
import { fork } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import { type Report, short, type Target } from './measure/report.ts'
import { NOTHING, type PauseFigures } from './pauses/pause-figures.ts'
import { whyNoBuffer } from './subjects/platform-cache.ts'
import type { SubjectName } from './subjects/subject-factories.ts'

const ENTRIES = 5_000_000
const LOAD_MS = 30_000
const CONTROL_MS = 10_000
const MOST_STALL_MS = 20
const MOST_SET_MS = 5
const MOST_GC_RATIO = 0.2
const BUFFER: SubjectName = 'platform-cache, buffer'
const YARDSTICK: SubjectName = 'lru-cache'
const SUBJECTS: readonly (SubjectName | typeof NOTHING)[] = [BUFFER, YARDSTICK, NOTHING]
/** Without it, Node's own limit ends the process that holds millions of entries in its heap. */
const LARGE_HEAP = '--max-old-space-size=12288'

export async function memoryPauses(): Promise<Report> {
  const refusal = whyNoBuffer()
  const figures = new Map<string, PauseFigures>()
  for (const subject of SUBJECTS) {
    if (subject === BUFFER && refusal !== undefined) continue
    figures.set(subject, await measure(subject, subject === NOTHING ? CONTROL_MS : LOAD_MS))
  }
  return {
    title: 'Pauses',
    method:
      `${ENTRIES} entries with short texts as values, 90 % reads and 10 % writes with keys at random for ${LOAD_MS / 1000} s, ` +
      'a slice in each turn of the event loop; the longest of each, in milliseconds of the clock. Turn: from one turn to the next, as the program ' +
      'saw it. Busy: the same, of each turn no more than its processor time. Delay: as monitorEventLoopDelay saw it. ' +
      'Forced GC: the median of five full collections at the end. Set: while the cache filled, without collections, and no more than its processor time. ' +
      '"nothing" shows what the machine does to a program that holds none.',
    columns: [
      'cache',
      'turn',
      'busy',
      'delay',
      'major GC',
      'majors',
      'minor GC',
      'forced GC',
      'set',
      'operations/s',
    ],
    rows: [...figures].map(([subject, one]) => rowOf(subject, one)),
    targets: targetsOf(figures, refusal),
  }
}

async function measure(subject: string, loadMs: number): Promise<PauseFigures> {
  const main = fileURLToPath(new URL('pauses/pause-main.ts', import.meta.url))
  const execArgv = ['--expose-gc', LARGE_HEAP, '--import', import.meta.resolve('tsx')]
  const entries = subject === NOTHING ? 0 : ENTRIES
  const child = fork(main, [subject, String(entries), String(loadMs)], { execArgv })
  const exited = once(child, 'exit')
  const ended = exited.then(() => {
    throw new Error(`Cannot measure the pauses of ${subject}: its process ended`)
  })
  ended.catch(() => undefined) // It ends in any case, mostly after it has answered.
  const [figures] = await Promise.race([once(child, 'message'), ended])
  await exited
  return figures as PauseFigures // Sent by pause-main.ts, which answers this type.
}

function rowOf(subject: string, figures: PauseFigures): string[] {
  const loadMs = subject === NOTHING ? CONTROL_MS : LOAD_MS
  return [
    subject,
    short(figures.longestTurnMs),
    short(figures.longestBusyMs),
    short(figures.longestDelayMs),
    short(figures.longestMajorGcMs),
    String(figures.majorGcs),
    short(figures.longestMinorGcMs),
    short(figures.forcedGcMs),
    short(figures.longestSetMs),
    short((figures.operations / loadMs) * 1000),
  ]
}

function targetsOf(
  figures: ReadonlyMap<string, PauseFigures>,
  refusal: string | undefined,
): readonly Target[] {
  const [ours, theirs] = [figures.get(BUFFER), figures.get(YARDSTICK)]
  const targets = [
    stallTarget('as the program saw it', ours?.longestBusyMs),
    onQuietMachine(
      stallTarget('as monitorEventLoopDelay saw it', ours?.longestDelayMs),
      figures.get(NOTHING),
    ),
    {
      what: `full collection with ${ENTRIES} entries against ${YARDSTICK}`,
      measured: ratioOf(ours?.forcedGcMs, theirs?.forcedGcMs),
      bound: 'at most',
      limit: MOST_GC_RATIO,
    },
    ...majorTargets(ours, theirs),
    {
      what: `longest set while growing to ${ENTRIES} entries, without collections, in ms`,
      measured: ours?.longestSetMs ?? Number.NaN,
      bound: 'below',
      limit: MOST_SET_MS,
    },
  ] as const
  return refusal === undefined
    ? targets
    : targets.map((target) => ({ ...target, unmeasured: refusal }))
}

function stallTarget(seen: string, stallMs: number | undefined): Target {
  return {
    what: `longest event-loop stall with ${ENTRIES} entries, ${seen}, in ms`,
    measured: stallMs ?? Number.NaN,
    bound: 'below',
    limit: MOST_STALL_MS,
  }
}

/** What stalls a program that holds nothing is no fault of a cache, and can't be told from one. */
function onQuietMachine(target: Target, control: PauseFigures | undefined): Target {
  const stallMs = control?.longestDelayMs ?? 0
  if (stallMs < MOST_STALL_MS || target.measured < MOST_STALL_MS) return target
  const unmeasured = `the machine stalled a program without a cache for ${short(stallMs)} ms`
  return { ...target, unmeasured }
}

/** Of the collections that came by themselves, if the yardstick had any. */
function majorTargets(
  ours: PauseFigures | undefined,
  theirs: PauseFigures | undefined,
): readonly Target[] {
  if (theirs === undefined || theirs.majorGcs === 0) return []
  return [
    {
      what: `longest major collection that came by itself with ${ENTRIES} entries against ${YARDSTICK}`,
      measured: ratioOf(ours?.longestMajorGcMs, theirs.longestMajorGcMs),
      bound: 'at most',
      limit: MOST_GC_RATIO,
    },
  ]
}

function ratioOf(ours: number | undefined, theirs: number | undefined): number {
  return (ours ?? Number.NaN) / (theirs ?? Number.NaN)
}
