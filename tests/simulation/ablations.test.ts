import { describe, expect, it } from 'vitest'
import { ABLATIONS } from './ablations.ts'
import { runSchedule } from './run-schedule.ts'

/** SIMULATION_ABLATION=20000 looks further than what is said with each. */
const AT_LEAST = Number(process.env['SIMULATION_ABLATION'] ?? 0)

describe('the checker of the simulation finds out that it is missing that', () => {
  it.each(ABLATIONS)('$missing', { timeout: 600_000 }, (ablation) => {
    const count = Math.max(ablation.within, AT_LEAST)
    let found: string | undefined
    let seed = ablation.fromSeed
    for (; seed < ablation.fromSeed + count && found === undefined; seed += 1) {
      found = runSchedule(seed, ablation.safeguards, ablation.focus).violations[0]
    }
    expect(found, `nothing in ${count} schedules from seed ${ablation.fromSeed}`).toMatch(
      /^invariant \d/,
    )
  })
})
