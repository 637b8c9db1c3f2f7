import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { backendStage, memoryStage } from '../../fakes/cache-stage.ts'
import type { Behaviour } from '../../fakes/unreliable-repository.ts'
import { type Act, KEYS, type Step, World } from './world.ts'

/** More schedules by hand: `SCHEDULES=20000 npx vitest run tests/application/invariants/interleavings.test.ts` */
const RUNS = Number(process.env['SCHEDULES'] ?? 1000)

const key = fc.constantFrom(...KEYS, KEYS[0], KEYS[0])
const ttl = fc.constantFrom(0, 30, 200, 100_000, 100_000, 100_000)
const runMs = fc.constantFrom(0, 1, 40, 150, 400)

const act: fc.Arbitrary<Act> = fc.oneof(
  {
    weight: 4,
    arbitrary: fc.record({
      do: fc.constant('read' as const),
      key,
      how: fc.constantFrom('get', 'peek', 'lookup', 'getMany'),
    }),
  },
  {
    weight: 6,
    arbitrary: fc.record({
      do: fc.constant('load' as const),
      key,
      runMs,
      end: fc.constantFrom('value', 'value', 'value', 'value', 'error', 'hang'),
      lateTags: fc.boolean(),
      ttl,
      swr: fc.constantFrom(0, 0, 100, 5000),
      abortAfterMs: fc.option(fc.constantFrom(5, 100), { nil: undefined, freq: 5 }),
    }),
  },
  { weight: 2, arbitrary: fc.record({ do: fc.constant('set' as const), key, ttl }) },
  {
    weight: 4,
    arbitrary: fc.record({
      do: fc.constant('change' as const),
      key,
      by: fc.constantFrom(
        'key',
        'prefix',
        'pattern',
        'regex',
        'tag',
        'dependency',
        'flush',
        'delete',
      ),
      soft: fc.boolean(),
    }),
  },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('lease' as const), key, runMs }) },
)

const step: fc.Arbitrary<Step> = fc.record({
  afterMs: fc.constantFrom(undefined, undefined, 0, 1, 10, 50, 260),
  act,
})
const steps = fc.array(step, { minLength: 4, maxLength: 40 })

const behaviour: fc.Arbitrary<Behaviour> = fc.oneof(
  { weight: 4, arbitrary: fc.constant('now' as const) },
  {
    weight: 5,
    arbitrary: fc.record({
      landAfterMs: fc.constantFrom(0, 5, 60, 240, 400, 3000),
      answerAfterMs: fc.constantFrom(0, 5, 60, 240, 400, 4000),
      fails: fc.boolean(),
    }),
  },
  { weight: 1, arbitrary: fc.constantFrom('reject' as const, 'hang' as const, 'throw' as const) },
)

describe('whatever the schedule', () => {
  it('over memory nobody reads what is older than an announced change, nor than anybody read before', async () => {
    await fc.assert(
      fc.asyncProperty(steps, async (schedule) => {
        const world = new World(memoryStage())
        await world.play(schedule)
        expect(world.violations).toEqual([])
      }),
      { numRuns: RUNS },
    )
  }, 600_000)

  it('over a backend that is slow, late, wrong and out of order neither', async () => {
    const faults = fc.array(behaviour, { minLength: 1, maxLength: 60 })
    await fc.assert(
      fc.asyncProperty(steps, faults, async (schedule, behaviours) => {
        const stage = backendStage()
        let calls = 0
        stage.backend.behave = () => {
          calls += 1
          return behaviours[calls % behaviours.length] ?? 'now'
        }
        const world = new World(stage)
        await world.play(schedule)
        expect(world.violations).toEqual([])
      }),
      { numRuns: RUNS },
    )
  }, 600_000)
})
