import { describe, expect, it } from 'vitest'
import {
  type BreakerSettings,
  CircuitBreaker,
  DEFAULT_BREAKER_SETTINGS,
} from '../../../../src/infrastructure/redis/server/circuit-breaker.ts'

const SETTINGS: BreakerSettings = {
  windowMs: 1000,
  minOutcomes: 4,
  failureRatio: 0.5,
  openMs: 100,
  maxOpenMs: 300,
}

function report(breaker: CircuitBreaker, outcomes: string, nowMs: number): boolean[] {
  return [...outcomes].map((one) =>
    breaker.report(one === '+' ? 'success' : 'failure', 'pass', nowMs),
  )
}

function opened(atMs = 0): CircuitBreaker {
  const breaker = new CircuitBreaker(SETTINGS)
  report(breaker, '----', atMs)
  return breaker
}

describe('CircuitBreaker', () => {
  it('lets everything through while it is closed', () => {
    const breaker = new CircuitBreaker(SETTINGS)
    expect(breaker.position).toBe('closed')
    expect([breaker.admit(0), breaker.admit(0)]).toEqual(['pass', 'pass'])
  })

  it('stays closed with one outcome less than are needed, however they end', () => {
    const breaker = new CircuitBreaker(SETTINGS)
    report(breaker, '---', 0)
    expect(breaker.position).toBe('closed')
    expect(report(breaker, '-', 0)).toEqual([true])
    expect(breaker.position).toBe('open')
  })

  it('opens at the failure ratio, not below it', () => {
    const below = new CircuitBreaker(SETTINGS)
    report(below, '+++--', 0)
    expect(below.position).toBe('closed')
    const at = new CircuitBreaker(SETTINGS)
    report(at, '++--', 0)
    expect(at.position).toBe('open')
  })

  it('forgets outcomes after the window, and keeps them within half of it', () => {
    const kept = new CircuitBreaker(SETTINGS)
    report(kept, '---', 0)
    report(kept, '-', 999)
    expect(kept.position).toBe('open')
    const forgotten = new CircuitBreaker(SETTINGS)
    report(forgotten, '---', 0)
    report(forgotten, '-', 1000)
    expect(forgotten.position).toBe('closed')
  })

  it('opens by failures after many successes once those have left the window', () => {
    const breaker = new CircuitBreaker(SETTINGS)
    report(breaker, '+'.repeat(1000), 0)
    report(breaker, '----', 400)
    expect(breaker.position).toBe('closed')
    report(breaker, '----', 1500)
    expect(breaker.position).toBe('open')
  })

  it('refuses until openMs have passed, then lets one probe through and nobody else', () => {
    const breaker = opened()
    expect(breaker.admit(99)).toBe('refuse')
    expect(breaker.admit(100)).toBe('probe')
    expect(breaker.position).toBe('half-open')
    expect(breaker.admit(100)).toBe('refuse')
    expect(breaker.admit(10_000)).toBe('refuse')
  })

  it('closes when the probe succeeds, with nothing held against the server', () => {
    const breaker = opened()
    breaker.admit(100)
    expect(breaker.report('success', 'probe', 110)).toBe(true)
    expect(breaker.position).toBe('closed')
    report(breaker, '---', 110)
    expect(breaker.position).toBe('closed')
  })

  it('stays open twice as long after each failed probe, up to the maximum', () => {
    const breaker = opened()
    breaker.admit(100)
    breaker.report('failure', 'probe', 100)
    expect([breaker.admit(299), breaker.admit(300)]).toEqual(['refuse', 'probe'])
    breaker.report('failure', 'probe', 300)
    expect([breaker.admit(599), breaker.admit(600)]).toEqual(['refuse', 'probe'])
  })

  it('begins with openMs again after it was closed', () => {
    const breaker = opened()
    breaker.admit(100)
    breaker.report('failure', 'probe', 100)
    breaker.admit(300)
    breaker.report('success', 'probe', 300)
    report(breaker, '----', 300)
    expect([breaker.admit(399), breaker.admit(400)]).toEqual(['refuse', 'probe'])
  })

  it('is not moved by outcomes of what was sent before it opened', () => {
    const breaker = opened()
    expect(report(breaker, '+-+', 50)).toEqual([false, false, false])
    breaker.admit(100)
    expect(report(breaker, '+-', 100)).toEqual([false, false])
    expect(breaker.position).toBe('half-open')
  })

  it('closes by a reset, which a probe that is still out can not undo', () => {
    const breaker = opened()
    breaker.admit(100)
    expect(breaker.reset()).toBe(true)
    expect(breaker.report('failure', 'probe', 120)).toBe(false)
    expect(breaker.position).toBe('closed')
    expect(breaker.reset()).toBe(false)
  })

  it('opens by default after three late answers, and looks again within a second', () => {
    const breaker = new CircuitBreaker()
    report(breaker, '---', 0)
    expect(breaker.position).toBe('open')
    for (let nowMs = 0; nowMs < 20_000; nowMs += 10) {
      if (breaker.admit(nowMs) === 'probe') breaker.report('failure', 'probe', nowMs)
    }
    expect(DEFAULT_BREAKER_SETTINGS.maxOpenMs).toBe(1000)
    const probes = Array.from({ length: 101 }, (_, count) => breaker.admit(20_000 + count * 10))
    expect(probes).toContain('probe')
  })
})
