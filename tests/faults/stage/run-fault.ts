import { setTimeout as sleep } from 'node:timers/promises'
import { expect } from 'vitest'
import { type FaultServers, type FaultStage, startFaultStage } from './fault-stage.ts'
import type { Figures } from './figures.ts'
import { judge } from './judge.ts'
import { machineTimeMs } from './machine-time.ts'

/** DESIGN.md, section 6: the coherence lease. */
const LEASE_MS = 1500
/** For a machine that has more to do than processors. */
const SLACK_MS = 500
/** Longer than the lease, so that what it protects from would show. */
const HOLD_MS = 2500
const HEALED_WITHIN_MS = 5000
const MAX_P999_MS = 300
/** DESIGN.md, section 6: how long who holds a lease, and is dead or cut off, may hold up those who wait for it. */
export const LOAD_LEASE_MS = 2000
/** Of any single read: it hangs. */
const MAX_READ_MS = LOAD_LEASE_MS + SLACK_MS

export interface Fault {
  readonly name: string
  /** See `JudgeRules`. */
  readonly isEverybodys: boolean
  /** How long it lasts, in milliseconds. */
  readonly holdMs?: number
  /** 300 if undefined: the promise is 100, but other tests run beside this one on the same machine; `LOAD_LEASE_MS` more where a node is dead to the others while it holds the lease of a load. */
  readonly maxP999Ms?: number
  prepare?(stage: FaultStage): Promise<void> | void
  strike(stage: FaultStage): Promise<void> | void
  heal(stage: FaultStage): Promise<void> | void
}

/** Lets a fault happen to three nodes that read and write, and expects of them what DESIGN.md promises. */
export async function runFault(servers: FaultServers, fault: Fault): Promise<Figures> {
  const stage = await startFaultStage(servers)
  try {
    await stage.begin()
    await fault.prepare?.(stage)
    const struckMs = machineTimeMs()
    await fault.strike(stage)
    await sleep(fault.holdMs ?? HOLD_MS)
    // What happens from here on may already be the end of the fault.
    const healedMs = machineTimeMs()
    await fault.heal(stage)
    const leftMs = (): number => HEALED_WITHIN_MS - (machineTimeMs() - healedMs)
    const fresh = stage.startFreshNode()
    await stage.recovered(leftMs())
    const recoveryMs = machineTimeMs() - healedMs
    await stage.writer.stop()
    await stage.settled(leftMs())
    const settledMs = machineTimeMs()
    await fresh
    await stage.settled(0)
    const history = await stage.end()
    const verdict = judge(
      { ...history, struckMs, healedMs, settledMs },
      { maxStaleMs: LEASE_MS + SLACK_MS, isEverybodys: fault.isEverybodys },
    )
    const { violations, slowest, ...measured } = verdict
    expect([...stage.troubles, ...stage.writer.troubles]).toEqual([])
    expect(violations.slice(0, 10)).toEqual([])
    expect(measured.p999Ms, slowest.join('\n')).toBeLessThan(fault.maxP999Ms ?? MAX_P999_MS)
    expect(measured.maxMs, slowest.join('\n')).toBeLessThan(MAX_READ_MS)
    return {
      fault: fault.name,
      reads: history.reads.length,
      writes: history.writes.length,
      loads: history.loads.length,
      recoveryMs,
      ...measured,
    }
  } finally {
    await stage.stop()
  }
}
