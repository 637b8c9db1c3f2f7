import { describe, expect, it } from 'vitest'
import {
  frameFault,
  isFault,
} from '../../../../src/infrastructure/repositories/redis-frames/frame-fault.ts'

describe('isFault()', () => {
  it('tells a fault from a reading', () => {
    expect(isFault(frameFault('it is cut short'))).toBe(true)
    expect(isFault({ value: { fault: 'x' } })).toBe(false)
  })
})
