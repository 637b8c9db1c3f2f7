import { describe, expect, it } from 'vitest'
import { runSchedule } from './run-schedule.ts'
import { ALL_SAFEGUARDS } from './safeguards.ts'

/** How many worlds: SIMULATION_SCHEDULES=1000000 by hand. SIMULATION_SEED=7 SIMULATION_SCHEDULES=1 replays one. */
const SCHEDULES = Number(process.env['SIMULATION_SCHEDULES'] ?? 10_000)
const FIRST_SEED = Number(process.env['SIMULATION_SEED'] ?? 0)
const MS_PER_SCHEDULE = 100

describe('the coherence protocol under a seeded scheduler', () => {
  it(`holds its invariants in ${SCHEDULES} schedules from seed ${FIRST_SEED}`, {
    timeout: 60_000 + SCHEDULES * MS_PER_SCHEDULE,
  }, () => {
    const faults = new Set<string>()
    let reads = 0
    for (let seed = FIRST_SEED; seed < FIRST_SEED + SCHEDULES; seed += 1) {
      const report = runSchedule(seed, ALL_SAFEGUARDS)
      reads += report.reads
      for (const name of report.faults) faults.add(name)
      const replay = `SIMULATION_SEED=${seed} SIMULATION_SCHEDULES=1, faults: ${report.faults.join(', ')}`
      expect(report.violations, replay).toEqual([])
    }
    expect(reads).toBeGreaterThan(SCHEDULES * 10)
    if (SCHEDULES >= 1000) expect(faults.size).toBeGreaterThan(15)
  })

  it('answers the same from the same seed', () => {
    const [first, again] = [runSchedule(11, ALL_SAFEGUARDS), runSchedule(11, ALL_SAFEGUARDS)]
    expect(again).toEqual(first)
    expect(first.reads).toBeGreaterThan(0)
    expect(runSchedule(12, ALL_SAFEGUARDS)).not.toEqual(first)
  })
})
