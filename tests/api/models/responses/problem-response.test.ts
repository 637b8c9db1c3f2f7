import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import {
  HttpProblem,
  isProblemCode,
  PROBLEMS,
  problemResponse,
} from '../../../../src/api/models/responses/problem-response.ts'
import { CACHE_ERROR_CODES } from '../../../../src/core/exceptions/cache-error.ts'

const errors = readFileSync('docs/errors.md', 'utf8')
const place = { instance: '/v1/a', requestId: 'r1' }

describe('the registry of problems', () => {
  it('has every code of the library', () => {
    expect(Object.keys(PROBLEMS)).toEqual(expect.arrayContaining([...CACHE_ERROR_CODES]))
  })

  it('is documented code by code, and the documentation has no other codes', () => {
    const rows = [...errors.matchAll(/^\| *`(CACHE_[A-Z_]+)` *\|/gm)].map(([, code]) => code)
    expect(rows.toSorted()).toEqual(Object.keys(PROBLEMS).toSorted())
  })

  it('has the statuses that are documented', () => {
    const rows = [...errors.matchAll(/^\| *`(CACHE_[A-Z_]+)` *\| *(\d{3}) *\|/gm)]
    for (const [, code = '', status] of rows) {
      expect([code, isProblemCode(code) && PROBLEMS[code].status]).toEqual([code, Number(status)])
    }
    const [sentence = ''] = /The codes above come with these statuses:[^\n]*/.exec(errors) ?? []
    const said = [...sentence.matchAll(/(\d{3}) ((?:`CACHE_[A-Z_]+`(?:, | and )?)+)/g)].flatMap(
      ([, status, codes = '']) =>
        [...codes.matchAll(/CACHE_[A-Z_]+/g)].map(([code]) => [code, Number(status)]),
    )
    expect(said.length).toBeGreaterThan(5)
    const others = CACHE_ERROR_CODES.filter((code) => !said.some(([one]) => one === code))
    expect(said.toSorted()).toEqual(
      CACHE_ERROR_CODES.filter((code) => !others.includes(code))
        .map((code) => [code, PROBLEMS[code].status])
        .toSorted(),
    )
    for (const code of others) expect([code, PROBLEMS[code].status]).toEqual([code, 422])
  })

  it('has a short title for each, without a full stop', () => {
    for (const { title, status } of Object.values(PROBLEMS)) {
      expect(title).toMatch(/^[A-Z][^.]{5,60}$/)
      expect(status).toBeGreaterThanOrEqual(400)
      expect(status).toBeLessThan(600)
    }
  })
})

describe('problemResponse()', () => {
  it('has what RFC 9457 asks for, the code and the request id', () => {
    expect(problemResponse('CACHE_ENTRY_NOT_FOUND', 'Cannot find it', place)).toEqual({
      type: 'urn:platform-cache:problem:CACHE_ENTRY_NOT_FOUND',
      title: 'There is no such entry',
      status: 404,
      detail: 'Cannot find it',
      instance: '/v1/a',
      code: 'CACHE_ENTRY_NOT_FOUND',
      requestId: 'r1',
    })
  })

  it('lists faults field by field where they are known', () => {
    const faults = [{ field: '/a', message: 'b' }]
    expect(problemResponse('CACHE_REQUEST_INVALID', 'no', place, faults).errors).toEqual(faults)
  })
})

describe('isProblemCode()', () => {
  it('is false for what only an object has', () => {
    expect(isProblemCode('CACHE_INTERNAL')).toBe(true)
    expect(isProblemCode('constructor')).toBe(false)
    expect(isProblemCode('CACHE_NEWER')).toBe(false)
  })
})

describe('HttpProblem', () => {
  it('carries code, faults, headers and cause', () => {
    const cause = new Error('why')
    const bare = new HttpProblem('CACHE_INTERNAL', 'no')
    expect([bare.name, bare.cause]).toEqual(['HttpProblem', undefined])
    expect(bare).toMatchObject({ errors: [], headers: {} })
    expect(new HttpProblem('CACHE_INTERNAL', 'no', { cause }).cause).toBe(cause)
  })
})
