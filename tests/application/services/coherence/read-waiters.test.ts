import { describe, expect, it } from 'vitest'
import { ReadWaiters } from '../../../../src/application/services/coherence/read-waiters.ts'

/** Waiters, and who of them has been told by now. */
function stage() {
  const waiters = new ReadWaiters()
  const told: string[] = []
  const come = (name: string): void => void waiters.wait().then(() => told.push(name))
  return { waiters, told, come, settle: () => Promise.resolve() }
}

describe('ReadWaiters', () => {
  it('lets nobody go for a read that was sent before they came', async () => {
    const { waiters, told, come, settle } = stage()
    waiters.onSent(1)
    come('a')
    waiters.onEnded(1)
    await settle()
    expect(told).toEqual([])
    waiters.onSent(2)
    come('b')
    waiters.onEnded(2)
    await settle()
    expect(told).toEqual(['a'])
    waiters.onSent(3)
    waiters.onEnded(3)
    await settle()
    expect(told).toEqual(['a', 'b'])
  })

  it('lets all go at the end, once', async () => {
    const { waiters, told, come, settle } = stage()
    waiters.onSent(5)
    come('a')
    come('b')
    waiters.endAll()
    waiters.endAll()
    await settle()
    expect(told).toEqual(['a', 'b'])
    come('c')
    await settle()
    expect(told).toEqual(['a', 'b'])
  })
})
