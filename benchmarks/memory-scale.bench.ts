/** Whether an operation costs as much in a large cache as in a small one. */
import { alternate } from './measure/alternate.ts'
import { median } from './measure/median.ts'
import { type Report, short, type Target } from './measure/report.ts'
import { whyNoBuffer } from './subjects/platform-cache.ts'
import type { SubjectName } from './subjects/subject-factories.ts'
import { type HitWork, type SetWork, SubjectProcess } from './subjects/subject-process.ts'

const SMALL = 50_000
const LARGE = 5_000_000
const MOST_RATIO = 2
const COUNT = 50_000
const WARM_UP_ROUNDS = 3
const ROUNDS = 9
const LARGE_HEAP = ['--max-old-space-size=12288']

type Work = ({ readonly kind: 'hits' } & HitWork) | ({ readonly kind: 'sets' } & SetWork)

interface Operation {
  readonly name: string
  readonly work: Work
  /** Keys that are all alike in frequency meet the processor's caches, not ours: for information. */
  readonly hasTarget: boolean
}

const OPERATIONS: readonly Operation[] = [
  {
    name: 'peek, Zipf 0.9',
    work: { kind: 'hits', method: 'peek', keys: 'decoded', spread: 'zipf' },
    hasTarget: true,
  },
  {
    name: 'peek, even',
    work: { kind: 'hits', method: 'peek', keys: 'decoded', spread: 'even' },
    hasTarget: false,
  },
  { name: 'set, new key', work: { kind: 'sets', how: 'awaited', keys: 'new' }, hasTarget: true },
  { name: 'set, old key', work: { kind: 'sets', how: 'awaited', keys: 'old' }, hasTarget: false },
]
const OURS: SubjectName = 'platform-cache'
const BUFFER: SubjectName = 'platform-cache, buffer'
const SUBJECTS: readonly SubjectName[] = [OURS, BUFFER, 'lru-cache']

interface Growth {
  readonly subject: SubjectName
  readonly operation: Operation
  readonly smallNs: number
  readonly largeNs: number
}

export async function memoryScale(): Promise<Report> {
  const refusal = whyNoBuffer()
  const growths: Growth[] = []
  for (const subject of SUBJECTS) {
    if (subject === BUFFER && refusal !== undefined) continue
    growths.push(...(await measure(subject)))
  }
  return {
    title: 'Cost by size',
    method:
      `Processor time of an operation in a full cache of ${SMALL} and of ${LARGE} entries, in turns; keys are ` +
      'decoded before the measurement begins. Ratio: large to small.',
    columns: ['cache', 'operation', `ns at ${SMALL}`, `ns at ${LARGE}`, 'ratio'],
    rows: growths.map(({ subject, operation, smallNs, largeNs }) => [
      subject,
      operation.name,
      short(smallNs),
      short(largeNs),
      (largeNs / smallNs).toFixed(2),
    ]),
    targets: [OURS, BUFFER].flatMap((subject) => targetsOf(subject, growths, refusal)),
  }
}

async function measure(subject: SubjectName): Promise<readonly Growth[]> {
  const small = new SubjectProcess(subject)
  const large = new SubjectProcess(subject, LARGE_HEAP)
  try {
    await small.ask({ kind: 'fill', entries: SMALL, keys: 'dropped' })
    await large.ask({ kind: 'fill', entries: LARGE, keys: 'dropped' })
    const growths: Growth[] = []
    for (const operation of OPERATIONS) {
      const round = async (process: SubjectProcess): Promise<number> => {
        const { cpuNs } = await process.ask({ ...operation.work, count: COUNT })
        return cpuNs / COUNT
      }
      await alternate([small, large], WARM_UP_ROUNDS, round)
      const costs = await alternate([small, large], ROUNDS, round)
      const smallNs = median(costs.get(small) ?? [])
      const largeNs = median(costs.get(large) ?? [])
      growths.push({ subject, operation, smallNs, largeNs })
    }
    return growths
  } finally {
    await Promise.all([small.end(), large.end()])
  }
}

function targetsOf(
  subject: SubjectName,
  growths: readonly Growth[],
  refusal: string | undefined,
): Target[] {
  return OPERATIONS.filter(({ hasTarget }) => hasTarget).map((operation) => {
    const growth = growths.find((one) => one.subject === subject && one.operation === operation)
    const target = {
      what: `${subject}: ${operation.name} at ${LARGE} entries against the same at ${SMALL}`,
      measured: growth === undefined ? Number.NaN : growth.largeNs / growth.smallNs,
      bound: 'at most',
      limit: MOST_RATIO,
    } as const
    const isRefused = subject === BUFFER && refusal !== undefined
    return isRefused ? { ...target, unmeasured: refusal } : target
  })
}
