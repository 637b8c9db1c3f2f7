import { afterEach, describe, expect, it, vi } from 'vitest'
import { SystemClock } from '../../../src/infrastructure/runtime/system-clock.ts'

/** Most calls that may share a reading, as the clock's documentation says. */
const MAX_CALLS = 64

afterEach(() => {
  vi.useRealTimers()
  vi.restoreAllMocks()
})

/** A clock whose system stands at 1000 ms, and a count of how often it was read. */
function stage() {
  vi.useFakeTimers({ now: 1000, toFake: ['Date', 'setTimeout', 'clearTimeout'] })
  const clock = new SystemClock()
  const readings = vi.spyOn(Date, 'now')
  return { clock, readings: () => readings.mock.calls.length }
}

describe('SystemClock.nowMs()', () => {
  it('is the wall clock', () => {
    const beforeMs = Date.now()
    const nowMs = new SystemClock().nowMs()
    expect(nowMs).toBeGreaterThanOrEqual(beforeMs)
    expect(nowMs).toBeLessThanOrEqual(Date.now())
  })

  it('reads the system once for many calls within a millisecond', () => {
    const { clock, readings } = stage()
    for (let call = 0; call < 10_000; call += 1) expect(clock.nowMs()).toBe(1000)
    expect(readings()).toBeLessThan(10_000 / MAX_CALLS + 10)
  })

  it('reads it anew once a timer could run', () => {
    const { clock } = stage()
    for (let call = 0; call < 1000; call += 1) clock.nowMs()
    vi.advanceTimersByTime(2)
    expect(clock.nowMs()).toBe(1002)
  })

  it('lags by at most 64 calls where no timer runs, and not at all once calls are rare', () => {
    const { clock } = stage()
    for (let call = 0; call < 1000; call += 1) clock.nowMs()
    const lagsMs: number[] = []
    for (let nowMs = 2000; nowMs < 12_000; nowMs += 100) {
      vi.setSystemTime(nowMs)
      lagsMs.push(nowMs - clock.nowMs())
    }
    expect(lagsMs.indexOf(0)).toBeLessThan(MAX_CALLS)
    expect(new Set(lagsMs.slice(lagsMs.indexOf(0)))).toEqual(new Set([0]))
  })

  it('follows a wall clock that was set back', () => {
    const { clock } = stage()
    clock.nowMs()
    vi.setSystemTime(500)
    vi.advanceTimersByTime(2)
    expect(clock.nowMs()).toBe(502)
  })

  it('leaves no timer running once nobody asks', () => {
    const { clock } = stage()
    clock.nowMs()
    vi.advanceTimersByTime(2)
    expect(vi.getTimerCount()).toBe(0)
  })
})

describe('SystemClock.takeCalls()', () => {
  it('gives the calls away that the reading would have answered, once', () => {
    const { clock, readings } = stage()
    for (let call = 0; call < 1000; call += 1) clock.nowMs()
    let calls = clock.takeCalls()
    while (calls !== MAX_CALLS - 1) {
      clock.nowMs()
      calls = clock.takeCalls()
    }
    expect(clock.takeCalls()).toBe(0)
    const before = readings()
    clock.nowMs()
    expect(readings()).toBe(before + 1)
  })

  it('takes them back, by another reading, when the system is looked at or a timer could run', () => {
    const { clock } = stage()
    clock.nowMs()
    const { reading } = clock
    clock.takeCalls()
    clock.nowMs()
    expect(clock.reading).not.toBe(reading)
    const later = clock.reading
    vi.advanceTimersByTime(2)
    expect(clock.reading).not.toBe(later)
  })
})

describe('SystemClock.monotonicMs()', () => {
  it('goes on within a synchronous stretch and never runs backwards', () => {
    const clock = new SystemClock()
    const startMs = clock.monotonicMs()
    let lastMs = startMs
    while (lastMs < startMs + 1) {
      const nowMs = clock.monotonicMs()
      expect(nowMs).toBeGreaterThanOrEqual(lastMs)
      lastMs = nowMs
    }
    expect(lastMs).toBeGreaterThan(startMs)
  })
})
