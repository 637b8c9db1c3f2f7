import { alternate } from '../measure/alternate.ts'
import { median } from '../measure/median.ts'
import type { SubjectName } from './subject-factories.ts'
import {
  type HitWork,
  type SetWork,
  SubjectProcess,
  type SubjectRequest,
} from './subject-process.ts'

/** A cache of a size, and what is done to it. */
export interface Contestant {
  readonly subject: SubjectName
  readonly entries: number
  readonly work: Work
}

/** What is measured, over and over. */
export type Work =
  | ({ readonly kind: 'hits' } & HitWork)
  | ({ readonly kind: 'sets' } & SetWork)
  | { readonly kind: 'read-through'; readonly universe: number }

/** What an operation costs a contestant. */
export interface Cost {
  readonly contestant: Contestant
  /** Median processor time of an operation, without the making of its key. */
  readonly opNs: number
  /** Median processor time of the making of its key; zero if that was done before. */
  readonly buildNs: number
  /** Hits among the operations. */
  readonly hitRatio: number
}

/** Fresh processes each time, since how the compiler goes about a program is partly luck. */
const LAUNCHES = 3
const ROUNDS = 9
const WARM_UP_ROUNDS = 3
/** Long enough that the resolution of the processor's clock, some microseconds, doesn't show. */
const ROUND_NS = 60e6
const FIRST_COUNT = 2000
const MAX_COUNT = 500_000
/** A read-through begins with this many reads for each place of the cache, so that it is full and knows its keys. */
const READS_PER_PLACE = 4
const READS_AT_ONCE = 100_000
/** From here on a heap outgrows what Node allows by itself. */
const LARGE = 2_000_000

/** One round of one contestant. */
interface Round {
  readonly opNs: number
  readonly buildNs: number
  readonly hitRatio: number
}

/**
 * Measures the contestants in rounds that alternate between them.
 *
 * @param launches how many times each is launched anew
 */
export async function compareCosts(
  contestants: readonly Contestant[],
  launches: number = LAUNCHES,
): Promise<readonly Cost[]> {
  const rounds = new Map<Contestant, Round[]>(contestants.map((contestant) => [contestant, []]))
  for (let launch = 0; launch < launches; launch += 1) await measureOnce(rounds)
  return [...rounds].map(([contestant, measured]) => ({
    contestant,
    opNs: median(measured.map(({ opNs }) => opNs)),
    buildNs: median(measured.map(({ buildNs }) => buildNs)),
    hitRatio: median(measured.map(({ hitRatio }) => hitRatio)),
  }))
}

/** How many times as fast the second one is. */
export function ratioOf(theirs: Cost | undefined, ours: Cost | undefined): number {
  return (theirs?.opNs ?? Number.NaN) / (ours?.opNs ?? Number.NaN)
}

async function measureOnce(rounds: ReadonlyMap<Contestant, Round[]>): Promise<void> {
  const launched = [...rounds.keys()].map((contestant) => new Launched(contestant))
  try {
    // Two at a time, as many as the smallest machine has processors.
    for (let at = 0; at < launched.length; at += 2) {
      await Promise.all(launched.slice(at, at + 2).map((one) => one.prepare()))
    }
    for (const one of launched) await one.warmUp()
    await alternate(launched, ROUNDS, async (one) => {
      const round = await one.round()
      rounds.get(one.contestant)?.push(round)
      return round.opNs
    })
  } finally {
    await Promise.all(launched.map((one) => one.end()))
  }
}

/** A contestant with its process. */
class Launched {
  readonly contestant: Contestant
  readonly #process: SubjectProcess
  #count = FIRST_COUNT

  constructor(contestant: Contestant) {
    this.contestant = contestant
    const flags = contestant.entries >= LARGE ? ['--max-old-space-size=12288'] : []
    this.#process = new SubjectProcess(contestant.subject, flags)
  }

  async prepare(): Promise<void> {
    const { entries, work } = this.contestant
    if (work.kind === 'read-through') {
      await this.#process.ask({ kind: 'open', entries, universe: work.universe })
      let left = entries * READS_PER_PLACE
      for (; left > 0; left -= READS_AT_ONCE) {
        await this.#process.ask({ kind: 'read-through', count: Math.min(left, READS_AT_ONCE) })
      }
    } else {
      const isKept = work.kind === 'hits' && work.keys !== 'decoded'
      await this.#process.ask({ kind: 'fill', entries, keys: isKept ? 'kept' : 'dropped' })
    }
  }

  /** Finds out how many operations fill a round. */
  async warmUp(): Promise<void> {
    for (let round = 0; round < WARM_UP_ROUNDS; round += 1) {
      const { opNs, buildNs } = await this.round()
      const count = Math.round(ROUND_NS / (Math.max(opNs, 0) + buildNs + 1))
      this.#count = Math.min(MAX_COUNT, Math.max(1, count))
    }
  }

  async round(): Promise<Round> {
    const count = this.#count
    const request: SubjectRequest = { ...this.contestant.work, count }
    const { cpuNs, buildNs, hits } = await this.#process.ask(request)
    return { opNs: cpuNs / count, buildNs: buildNs / count, hitRatio: hits / count }
  }

  end(): Promise<void> {
    return this.#process.end()
  }
}
