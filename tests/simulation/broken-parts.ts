/** Parts of a node that leave something out. */
import {
  type FollowerEffect,
  LogFollower,
} from '../../src/application/services/coherence/log-follower.ts'
import { Outbox } from '../../src/application/services/coherence/outbox.ts'
import { UnstoredKeys } from '../../src/application/services/coherence/unstored-keys.ts'
import { SingleFlight } from '../../src/application/services/single-flight.ts'
import type { InvalidationMark } from '../../src/core/entities/invalidation-mark.ts'
import type { LogAnswer, LogHorizon, LogRead } from '../../src/core/protocols/shared-log.ts'
import type { CacheKey } from '../../src/core/value-objects/cache-key.ts'
import type { Safeguards } from './safeguards.ts'

/** What becomes of an answer on its way to the follower. */
export type Bending = (answer: LogAnswer, horizon: LogHorizon | undefined) => LogAnswer

class BentFollower extends LogFollower {
  readonly #bend: Bending
  readonly #reads = new Map<number, LogRead>()

  constructor(settings: Safeguards['follower'], bend: Bending) {
    super(settings)
    this.#bend = bend
  }

  override onConnected(server: string, nowMs: number): readonly FollowerEffect[] {
    return this.#noted(super.onConnected(server, nowMs))
  }

  override onDoorbell(...told: Parameters<LogFollower['onDoorbell']>): readonly FollowerEffect[] {
    return this.#noted(super.onDoorbell(...told))
  }

  override onTick(nowMs: number): readonly FollowerEffect[] {
    return this.#noted(super.onTick(nowMs))
  }

  override onFounded(ticket: number, nowMs: number): readonly FollowerEffect[] {
    return this.#noted(super.onFounded(ticket, nowMs))
  }

  override onAppended(...told: Parameters<LogFollower['onAppended']>): readonly FollowerEffect[] {
    return this.#noted(super.onAppended(...told))
  }

  override onAnswer(ticket: number, answer: LogAnswer, nowMs: number): readonly FollowerEffect[] {
    const bent = this.#bend(answer, this.#reads.get(ticket)?.horizon)
    return this.#noted(super.onAnswer(ticket, bent, nowMs))
  }

  #noted(effects: readonly FollowerEffect[]): readonly FollowerEffect[] {
    for (const effect of effects) {
      if (effect.type === 'read') this.#reads.set(effect.ticket, effect.read)
    }
    return effects
  }
}

/** A follower that says one kind of effect differently, or not at all. */
class MuteFollower extends LogFollower {
  readonly #change: (effect: FollowerEffect) => FollowerEffect | undefined

  constructor(
    settings: Safeguards['follower'],
    change: (effect: FollowerEffect) => FollowerEffect | undefined,
  ) {
    super(settings)
    this.#change = change
  }

  override onConnected(server: string, nowMs: number): readonly FollowerEffect[] {
    return this.#changed(super.onConnected(server, nowMs))
  }

  override onAnswer(ticket: number, answer: LogAnswer, nowMs: number): readonly FollowerEffect[] {
    return this.#changed(super.onAnswer(ticket, answer, nowMs))
  }

  override onAppended(...told: Parameters<LogFollower['onAppended']>): readonly FollowerEffect[] {
    return this.#changed(super.onAppended(...told))
  }

  #changed(effects: readonly FollowerEffect[]): readonly FollowerEffect[] {
    return effects.flatMap((effect) => this.#change(effect) ?? [])
  }
}

export class ForgetfulOutbox extends Outbox {
  override add(): void {
    // Loses what it is given.
  }
}

export class UnheededOutbox extends Outbox {
  override covers(): boolean {
    return false
  }
}

export class UnfencedFlights extends SingleFlight {
  override fence(): void {
    // Lets them go on.
  }
}

export class ForgetfulKeys extends UnstoredKeys {
  override has(): boolean {
    return false
  }
}

const DUMMY_MARK: InvalidationMark = {
  namespace: 'elsewhere',
  scope: { kind: 'key', key: 'elsewhere' as CacheKey },
  soft: false,
  act: 'invalidate',
  origin: '',
  reason: undefined,
  atMs: 0,
}

/** Takes whatever record stands at the horizon for the one that was there, and a shorter log for the same. */
export const ignoreRollback: Bending = (answer, horizon) => {
  if (horizon === undefined || answer.generation !== horizon.position.generation) return answer
  const { seq } = horizon.position
  const same = { id: horizon.id, seq, mark: DUMMY_MARK, isAwaited: false }
  if (answer.tail.seq < seq) return { ...answer, tail: same, records: [same] }
  return { ...answer, records: answer.records.map((one) => (one.seq === seq ? same : one)) }
}

/** Takes the first record that is left for the next one, as a plain XREAD does. */
export const ignoreGap: Bending = (answer, horizon) => {
  const [first] = answer.records
  if (horizon === undefined || answer.generation !== horizon.position.generation) return answer
  if (first === undefined || first.seq <= horizon.position.seq + 1) return answer
  const missing = Array.from({ length: first.seq - horizon.position.seq }, (_, at) => ({
    id: at === 0 ? horizon.id : 'missing',
    seq: horizon.position.seq + at,
    mark: DUMMY_MARK,
    isAwaited: false,
  }))
  return { ...answer, records: [...missing, ...answer.records] }
}

/** Bends the answers of the log. */
export function bent(bend: Bending): Pick<Safeguards, 'newFollower'> {
  return { newFollower: (settings) => new BentFollower(settings, bend) }
}

/** Changes what the follower says, or keeps it from saying it. */
export function mute(
  change: (effect: FollowerEffect) => FollowerEffect | undefined,
): Pick<Safeguards, 'newFollower'> {
  return { newFollower: (settings) => new MuteFollower(settings, change) }
}
