import { describe, expect, it } from 'vitest'
import {
  type LoadStore,
  PatientStore,
} from '../../../../src/application/services/coherence/patient-store.ts'
import type { LeaseFinding, SharedFinding } from '../../../../src/core/protocols/shared-store.ts'
import type { CacheKey } from '../../../../src/core/value-objects/cache-key.ts'
import { entryFixture } from '../../../../src/testing/entry-fixture.ts'
import { createFakeClock } from '../../../../src/testing/fake-clock.ts'
import { countingScheduler } from '../../../fakes/counting-scheduler.ts'

const KEY = 'key' as CacheKey
const TERMS = { token: 'mine', leaseMs: 2000 }
const ABSENT: SharedFinding = { kind: 'absent' }
const LEASED: LeaseFinding = { kind: 'leased' }

/** A store whose answers take as long as is said. */
function stage(firstAnswersAfterMs: number) {
  let answersAfterMs = firstAnswersAfterMs
  const answersAfter = (ms: number): void => {
    answersAfterMs = ms
  }
  const time = createFakeClock()
  const scheduler = countingScheduler(time.scheduler)
  const released: string[] = []
  const outcomes: ('stored' | 'refused' | 'unknown')[] = []
  const later = <T>(answer: T): Promise<T> =>
    new Promise((resolve) => time.scheduler.after(answersAfterMs, () => resolve(answer)))
  const store: LoadStore = {
    getMany: (keys) => later(keys.map(() => ABSENT)),
    lease: () => later(LEASED),
    renew: () => undefined,
    release: (key, token) => released.push(`${key} ${token}`),
    store: () => later(outcomes.shift() ?? 'stored'),
  }
  const patient = new PatientStore(store, scheduler)
  /** What is answered within 80 ms. */
  const soon = async <T>(asked: Promise<T>): Promise<T | undefined> => {
    let answer: T | undefined
    void asked.then((given) => {
      answer = given
    })
    for (let ms = 0; ms < 80; ms += 5) await time.advance(5)
    return answer
  }
  return { time, scheduler, patient, released, outcomes, soon, answersAfter }
}

describe('PatientStore', () => {
  it('answers what the store answers within 55 ms, and leaves no timer behind', async () => {
    const { patient, soon, released, scheduler } = stage(55)
    const answers = await Promise.all([
      soon(patient.getMany([KEY])),
      patient.lease(KEY, TERMS, 'none'),
    ])
    expect(answers).toEqual([[ABSENT], LEASED])
    expect([released, scheduler.tasks.size]).toEqual([[], 0])
  })

  it('answers a fault for each key after 80 ms without an answer', async () => {
    const { patient, soon } = stage(200)
    const answer = await soon(patient.getMany([KEY, KEY]))
    expect(answer?.map(({ kind }) => kind)).toEqual(['fault', 'fault'])
  })

  it('gives back the lease that it may get after it has given up, thrice, since the connection may be lost', async () => {
    const { patient, soon, released, time } = stage(200)
    expect((await soon(patient.lease(KEY, TERMS, 'none')))?.kind).toBe('fault')
    expect(released).toEqual(['key mine'])
    await time.advance(499)
    expect(released).toHaveLength(2)
    await time.advance(1)
    expect(released).toEqual(['key mine', 'key mine', 'key mine'])
  })

  it('gives back the lease of a value of which nobody knows whether it is stored, and of no other', async () => {
    const { patient, released, time, outcomes } = stage(0)
    for (const outcome of ['stored', 'refused', 'unknown'] as const) {
      outcomes.push(outcome)
      const stored = patient.store(entryFixture({ key: outcome }), 'mine')
      await time.advance(0)
      expect(await stored).toBe(outcome)
    }
    await time.advance(500)
    expect(released).toEqual(['unknown mine', 'unknown mine', 'unknown mine'])
  })

  it('waits no longer for a value to be stored, and then does not know whether it is', async () => {
    const { patient, soon, released } = stage(200)
    expect(await soon(patient.store(entryFixture(), 'mine'))).toBe('unknown')
    expect(released).toEqual(['key mine'])
  })

  it('waits for all that one load asks within one time, and for each other call within one of its own', async () => {
    const { patient, time, scheduler, answersAfter } = stage(0)
    const load = patient.ofOneLoad()
    const first = patient.getMany([KEY])
    await time.advance(0)
    answersAfter(50)
    const second = load.getMany([KEY])
    for (let ms = 0; ms < 50; ms += 5) await time.advance(5)
    expect(await Promise.all([first, second])).toEqual([[ABSENT], [ABSENT]])
    const kinds: string[] = []
    void load.lease(KEY, TERMS, 'none').then(({ kind }) => kinds.push(`load ${kind}`))
    void patient
      .lease('other' as CacheKey, TERMS, 'none')
      .then(({ kind }) => kinds.push(`other ${kind}`))
    for (let ms = 0; ms < 80; ms += 5) await time.advance(5)
    expect(kinds).toEqual(['load fault', 'other leased'])
    await time.advance(500)
    expect(scheduler.tasks.size).toBe(0)
  })

  it('does not wait for a log that is not read in time', async () => {
    const { patient, soon } = stage(0)
    expect(await soon(patient.catchUp(Promise.resolve()).then(() => 'over'))).toBe('over')
    expect(await soon(patient.catchUp(new Promise(() => undefined)).then(() => 'over'))).toBe(
      'over',
    )
  })
})
