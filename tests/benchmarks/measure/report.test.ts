import { describe, expect, it } from 'vitest'
import {
  isMet,
  type Report,
  reportText,
  short,
  type Target,
  targetLine,
} from '../../../benchmarks/measure/report.ts'

function target(bound: Target['bound'], measured: number): Target {
  return { what: 'a thing', bound, limit: 0.5, measured }
}

describe('isMet()', () => {
  it.each([
    ['at least', 0.5, true],
    ['at least', 0.499, false],
    ['at most', 0.5, true],
    ['at most', 0.501, false],
    ['below', 0.499, true],
    ['below', 0.5, false],
    ['exactly', 0.5, true],
    ['exactly', 0.501, false],
    ['at least', Number.NaN, false],
    ['at most', Number.NaN, false],
  ] as const)('%s 0.5 with %f is %s', (bound, measured, expected) => {
    expect(isMet(target(bound, measured))).toBe(expected)
  })
})

describe('targetLine()', () => {
  it('says in words what was missed', () => {
    expect(targetLine(target('at least', 0.41))).toBe('MISS: a thing: 0.410, target at least 0.500')
  })

  it('says in words what was kept', () => {
    expect(targetLine(target('below', 0.41))).toBe('PASS: a thing: 0.410, target below 0.500')
  })

  it('says why something was not measured, and does not let it pass', () => {
    const unmeasured = { ...target('at least', Number.NaN), unmeasured: 'there is none' }
    expect(targetLine(unmeasured)).toBe(
      'MISS: a thing: not measured, there is none; target at least 0.500',
    )
    expect(isMet(unmeasured)).toBe(false)
  })
})

describe('short()', () => {
  it.each([
    [1, '1'],
    [12_345.6, '12346'],
    [0.8149, '0.815'],
    [99.96, '100'],
  ])('writes %f as %s', (value, expected) => {
    expect(short(value)).toBe(expected)
  })
})

describe('reportText()', () => {
  it('aligns names to the left and numbers to the right', () => {
    const report: Report = {
      title: 'Title',
      method: 'How.',
      columns: ['cache', 'ns'],
      rows: [
        ['ours', '5'],
        ['the other', '1234'],
      ],
      targets: [target('at most', 0.1)],
    }
    expect(reportText(report).split('\n')).toEqual([
      'Title',
      'How.',
      '',
      'cache        ns',
      '---------  ----',
      'ours          5',
      'the other  1234',
      'PASS: a thing: 0.100, target at most 0.500',
      '',
    ])
  })
})
