/**
 * Removes from servers that nodes share what marks of tags, patterns and so on have made invalid there, and what is
 * left of older generations; then it retires those marks. One node at a time, in the background, and only if
 * something was invalidated.
 *
 * A mark may go only when nothing that it reaches can be there or come any more (docs/decisions/0020): first all
 * nodes have applied it, then every store that was sent before has ended with its lease, then all values are
 * looked at, then what lags behind has caught up. Whatever goes wrong on the way, nothing is retired, and
 * the next sweep begins anew.
 */
import type { Clock } from '../../../core/protocols/clock.ts'
import type { PositionedMark } from '../../../core/protocols/invalidation-log.ts'
import type { Random } from '../../../core/protocols/random.ts'
import type { KeyMatcher } from '../../../core/protocols/regex-engine.ts'
import type { CancelTask, Scheduler } from '../../../core/protocols/scheduler.ts'
import type { SharedLog } from '../../../core/protocols/shared-log.ts'
import type {
  SweepPage,
  SweepStore,
  SweepTable,
  SweptEntry,
} from '../../../core/protocols/sweep-store.ts'
import type { CoherenceNode } from '../coherence/coherence-node.ts'
import { type SweepJudge, sweepJudge } from './sweep-judge.ts'

/** What was removed, and which marks are gone for that. */
export interface Swept {
  readonly examined: number
  readonly removed: number
  readonly retired: number
  readonly durationMs: number
}

export interface SharedSweeperPorts {
  readonly store: SweepStore
  readonly log: Pick<SharedLog, 'haveAllApplied'>
  readonly node: Pick<CoherenceNode, 'subscribe' | 'watch' | 'coherenceLeaseMs'>
  readonly clock: Clock
  readonly scheduler: Scheduler
  readonly random: Random
  readonly matcherOf: (scope: PositionedMark['mark']['scope']) => Promise<KeyMatcher | undefined>
  readonly onSwept: (swept: Swept) => void
  readonly report: (did: string, error: unknown) => void
}

/** How soon after a mark a sweep begins, at most twice this, so that the nodes don't begin together. In milliseconds, as all here. */
const DELAY_MS = 2000
/** How soon to try again what somebody else does now, or what failed. */
const AGAIN_MS = 30_000
const LEASE_MS = 15_000
/** How often the lease is renewed while there is nothing to do but wait. */
const STEP_MS = 2000
/** How long to wait until all nodes have applied the marks. */
const MAX_APPLYING_MS = 60_000
/**
 * A node stores only while it is coherent (1.5 s after it has last read the log), under a lease that ends
 * 2 s after it was last renewed, which ends with the store's own deadline. Forgotten nodes have been silent for 10 s.
 */
const STORES_END_MS = 10_000
/** How long the sweep rests after a page, per time that the page took: the servers must not feel it. */
const REST_PER_WORK = 4
/** How often what was rewritten while it was looked at is judged again. */
const MAX_REREADS = 5

/** A sweep that can't be brought to its end; nothing is wrong. */
class SweepBroken extends Error {}

export class SharedSweeper {
  readonly #ports: SharedSweeperPorts
  #isDue = false
  #isBusy = false
  #isClosed = false
  /** The newest mark that was heard of, and up to where marks were retired. */
  #newestSeq = 0
  #cancelTimer: CancelTask | undefined
  #endPause: (() => void) | undefined
  #last: Swept | undefined

  constructor(ports: SharedSweeperPorts) {
    this.#ports = ports
    ports.node.subscribe(({ mark, position }) => {
      if (mark.scope.kind === 'key' || mark.soft) return
      // A node's own mark may be known before those of others that stand below it.
      this.#newestSeq = Math.max(this.#newestSeq, position.seq)
      this.#want(DELAY_MS)
    })
    ports.node.watch({
      onStarted: () => {
        this.#newestSeq = 0
        this.#want(DELAY_MS)
      },
      onRetired: ({ seq }) => {
        if (seq >= this.#newestSeq) this.#isDue = false
      },
    })
  }

  get isRunning(): boolean {
    return this.#isBusy
  }

  /** What the last sweep of this node did that came to its end; `undefined`: none has. */
  get last(): Swept | undefined {
    return this.#last
  }

  close(): void {
    this.#isClosed = true
    this.#cancelTimer?.()
    this.#endPause?.()
  }

  #want(delayMs: number): void {
    this.#isDue = true
    if (this.#isBusy || this.#isClosed || this.#cancelTimer !== undefined) return
    const { scheduler, random } = this.#ports
    this.#cancelTimer = scheduler.after(delayMs * (1 + random.next()), () => {
      this.#cancelTimer = undefined
      if (this.#isDue) void this.#run()
    })
  }

  async #run(): Promise<void> {
    const { random, store, report } = this.#ports
    const token = random.token()
    this.#isBusy = true
    this.#isDue = false
    let isToRepeat = true
    try {
      const table = await store.begin(token, LEASE_MS)
      if (typeof table === 'string') isToRepeat = table === 'held'
      else {
        try {
          await this.#sweep(token, table)
          isToRepeat = false
        } catch (error) {
          // Else it ends by itself.
          await store.end(token).catch(() => undefined)
          throw error
        }
      }
    } catch (error) {
      if (!this.#isClosed && !(error instanceof SweepBroken)) {
        report('left what is invalid for the next sweep', error)
      }
    }
    this.#isBusy = false
    if (isToRepeat) this.#want(AGAIN_MS)
    else if (this.#isDue) this.#want(DELAY_MS)
  }

  async #sweep(token: string, table: SweepTable): Promise<void> {
    const { store, clock, matcherOf, onSwept } = this.#ports
    const startedAtMs = clock.monotonicMs()
    const { position, settleMs } = table
    await this.#untilAllApplied(token, table)
    await this.#pause(token, STORES_END_MS)
    const judge = await sweepJudge(table, matcherOf)
    const layout = await store.layout()
    const { examined, removed } = await this.#passThrough(token, table, judge)
    await this.#pause(token, settleMs)
    const isStill = layout !== undefined && layout === (await store.layout())
    const marks = judge.retirable
    if (!isStill || !(await store.retire({ token, position, marks, layout }))) {
      throw new SweepBroken('the servers are not what they were')
    }
    const durationMs = clock.monotonicMs() - startedAtMs
    this.#last = { examined, removed, retired: marks.length, durationMs }
    onSwept(this.#last)
  }

  async #untilAllApplied(token: string, { position }: SweepTable): Promise<void> {
    const { log, node, clock } = this.#ports
    const untilMs = clock.monotonicMs() + MAX_APPLYING_MS
    while (!(await log.haveAllApplied(position, node.coherenceLeaseMs))) {
      if (clock.monotonicMs() >= untilMs) throw new SweepBroken('a node has not applied the marks')
      await this.#pause(token, STEP_MS)
    }
  }

  async #passThrough(
    token: string,
    { position }: SweepTable,
    judge: SweepJudge,
  ): Promise<Pick<Swept, 'examined' | 'removed'>> {
    const { store, clock } = this.#ports
    let examined = 0
    let removed = 0
    let cursor: string | undefined
    let renewedAtMs = clock.monotonicMs()
    do {
      const startedAtMs = clock.monotonicMs()
      const page: SweepPage = await store.page(cursor)
      if (page.generation !== position.generation) throw new SweepBroken('the log began anew')
      examined += page.looked
      removed += await this.#remove(page.entries, judge)
      cursor = page.cursor
      const nowMs = clock.monotonicMs()
      await this.#rest((nowMs - startedAtMs) * REST_PER_WORK)
      if (nowMs - renewedAtMs < STEP_MS) continue
      await this.#renew(token)
      renewedAtMs = nowMs
    } while (cursor !== undefined)
    return { examined, removed }
  }

  /** Removes those that are invalid, however often they are rewritten meanwhile: one that stayed unseen would come back to life. */
  async #remove(entries: readonly SweptEntry[], judge: SweepJudge): Promise<number> {
    const { store } = this.#ports
    let removed = 0
    let invalid = entries.filter((entry) => judge.isInvalid(entry))
    for (let times = 0; invalid.length > 0; times += 1) {
      if (times > MAX_REREADS) throw new SweepBroken('a value is rewritten all the time')
      const gone = await store.remove(invalid)
      removed += gone
      if (gone === invalid.length) break
      const left = await store.reread(invalid)
      invalid = left.filter((entry) => judge.isInvalid(entry))
    }
    return removed
  }

  /** Keeps the lease while nothing else is to be done. */
  async #pause(token: string, delayMs: number): Promise<void> {
    for (let leftMs = delayMs; leftMs > 0; leftMs -= STEP_MS) {
      await this.#rest(Math.min(leftMs, STEP_MS))
      await this.#renew(token)
    }
  }

  async #renew(token: string): Promise<void> {
    if (!(await this.#ports.store.renew(token, LEASE_MS))) throw new SweepBroken('lost the lease')
  }

  async #rest(delayMs: number): Promise<void> {
    await new Promise<void>((resolve) => {
      this.#endPause = resolve
      this.#ports.scheduler.after(delayMs, resolve)
    })
    if (this.#isClosed) throw new SweepBroken('the cache is closed')
  }
}
