/** How often the factory runs when a thousand callers ask for one cold key at once. */
import { alternate } from './measure/alternate.ts'
import { median } from './measure/median.ts'
import { type Report, short } from './measure/report.ts'
import type { SubjectName } from './subjects/subject-factories.ts'
import { SubjectProcess } from './subjects/subject-process.ts'

const SUBJECTS: readonly SubjectName[] = [
  'platform-cache',
  'layered-loader',
  'bentocache',
  'cacheable',
  'cache-manager',
]
const CALLERS = 1000
const WARM_UP_BURSTS = 5
const BURSTS = 20

export async function singleFlight(): Promise<Report> {
  const processes = SUBJECTS.map((name) => new SubjectProcess(name))
  try {
    for (const subject of processes) {
      await subject.ask({ kind: 'fill', entries: 1000 })
      for (let round = 0; round < WARM_UP_BURSTS; round += 1) await burst(subject)
    }
    const loads = new Map<SubjectProcess, number>(processes.map((subject) => [subject, 0]))
    const costs = await alternate(processes, BURSTS, async (subject) => {
      const answer = await burst(subject)
      loads.set(subject, Math.max(loads.get(subject) ?? 0, answer.loads))
      return answer.cpuNs / CALLERS
    })
    return reportOf(costs, loads)
  } finally {
    await Promise.all(processes.map((subject) => subject.end()))
  }
}

function burst(subject: SubjectProcess): ReturnType<SubjectProcess['ask']> {
  return subject.ask({ kind: 'burst', callers: CALLERS })
}

function reportOf(
  costs: ReadonlyMap<SubjectProcess, readonly number[]>,
  loads: ReadonlyMap<SubjectProcess, number>,
): Report {
  const rows = [...costs].map(([subject, callNs]) => [
    subject.name,
    String(loads.get(subject)),
    short(median(callNs)),
  ])
  const ours = [...loads].find(([subject]) => subject.name === 'platform-cache')?.[1]
  return {
    title: 'Single flight',
    method: `${CALLERS} callers ask for one key that isn't there; the factory takes 5 ms. ${BURSTS} bursts each, in turns.`,
    columns: ['cache', 'factory calls, most in a burst', 'ns per call'],
    rows,
    targets: [
      {
        what: `factory calls for ${CALLERS} concurrent getOrSet of one cold key`,
        measured: ours ?? Number.NaN,
        bound: 'exactly',
        limit: 1,
      },
    ],
  }
}
