import { describe, expect, it } from 'vitest'
import { didYouMean, nearestName } from '../../../src/server/settings/nearest-name.ts'

const NAMES = ['host', 'port', 'logLevel', 'memory.maxBytes', 'memory.maxEntries', 'drainTimeout']

describe('nearestName()', () => {
  it.each([
    ['prot', 'port'],
    ['pport', 'port'],
    ['por', 'port'],
    ['pork', 'port'],
    ['loglevel', 'logLevel'],
    ['log_level', 'logLevel'],
    ['maxBytes', 'memory.maxBytes'],
    ['memory.maxByte', 'memory.maxBytes'],
    ['drainTimeuot', 'drainTimeout'],
  ])('takes %s for %s', (typed, meant) => {
    expect(nearestName(typed, NAMES)).toBe(meant)
  })

  it.each([['x'], [''], ['ssl'], ['certificate'], ['hsto1234'], ['p'.repeat(100_000)]])(
    'takes %.20s for nothing',
    (typed) => {
      expect(nearestName(typed, NAMES)).toBeUndefined()
    },
  )

  it('counts two neighbours in the wrong order as one slip', () => {
    expect(nearestName('ab', ['ba'])).toBeUndefined()
    expect(nearestName('abc', ['acb'])).toBe('acb')
    expect(nearestName('abcd', ['cdab'])).toBeUndefined()
  })

  it('allows one slip in three letters, two in five, and never more than four', () => {
    expect(nearestName('abc', ['abx'])).toBe('abx')
    expect(nearestName('abc', ['axx'])).toBeUndefined()
    expect(nearestName('abcde', ['abcxx'])).toBe('abcxx')
    expect(nearestName('abcde', ['abxxx'])).toBeUndefined()
    expect(nearestName('abcdefghijklmnop', ['abcdefghijklxxxx'])).toBe('abcdefghijklxxxx')
    expect(nearestName('abcdefghijklmnop', ['abcdefghijkxxxxx'])).toBeUndefined()
  })

  it('prefers the name with fewer slips, wherever it stands', () => {
    expect(nearestName('drainDelai', ['drainDeltas', 'drainDelay'])).toBe('drainDelay')
    expect(nearestName('drainDelai', ['drainDelay', 'drainDeltas'])).toBe('drainDelay')
  })
})

describe('didYouMean()', () => {
  it('ends a sentence with the name that was probably meant', () => {
    expect(didYouMean('prot', NAMES)).toBe('; did you mean port?')
  })

  it('adds nothing where no name is near', () => {
    expect(didYouMean('certificate', NAMES)).toBe('')
  })
})
