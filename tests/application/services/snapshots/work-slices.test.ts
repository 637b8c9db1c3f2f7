import { describe, expect, it } from 'vitest'
import { WorkSlices } from '../../../../src/application/services/snapshots/work-slices.ts'
import { createFakeClock } from '../../../../src/testing/fake-clock.ts'

describe('WorkSlices', () => {
  it('a slice is over after 1 ms, not before', async () => {
    const time = createFakeClock()
    const slices = new WorkSlices(time.clock, time.scheduler)
    await time.advance(0.9)
    expect(slices.isOver).toBe(false)
    await time.advance(0.1)
    expect(slices.isOver).toBe(true)
    slices.begin()
    expect(slices.isOver).toBe(false)
  })

  it('pauseIfOver() goes on at once within a slice, and after others had their turn when it is over', async () => {
    const time = createFakeClock()
    const slices = new WorkSlices(time.clock, time.scheduler)
    await slices.pauseIfOver()
    await time.advance(2)
    let hasPaused = false
    const pausing = slices.pauseIfOver().then(() => {
      hasPaused = true
    })
    await Promise.resolve()
    expect(hasPaused).toBe(false)
    await time.advance(0)
    await pausing
    expect(slices.isOver).toBe(false)
  })
})
