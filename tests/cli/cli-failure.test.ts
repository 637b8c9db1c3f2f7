import { describe, expect, it } from 'vitest'
import { PROBLEMS } from '../../src/api/models/responses/problem-response.ts'
import { CliFailure, EXIT_CODES, exitCodeOf } from '../../src/cli/cli-failure.ts'

describe('EXIT_CODES', () => {
  it('stay as scripts know them', () => {
    expect(EXIT_CODES).toEqual({
      ok: 0,
      failure: 1,
      usage: 2,
      auth: 3,
      notFound: 4,
      conflict: 5,
      quota: 6,
      partial: 7,
    })
  })
})

describe('exitCodeOf()', () => {
  it.each([
    [400, 2],
    [401, 3],
    [403, 3],
    [404, 4],
    [409, 5],
    [412, 5],
    [413, 2],
    [414, 2],
    [415, 2],
    [422, 2],
    [429, 6],
    [500, 1],
    [503, 1],
    [504, 1],
    [507, 6],
    [418, 1],
  ])('of status %d is %d', (status, code) => {
    expect(exitCodeOf(status)).toBe(code)
  })

  it('tells refusals from failures for every problem that the service knows', () => {
    for (const { status } of Object.values(PROBLEMS)) {
      const isOwnFault = status < 500 || status === 507
      // 405 can't come from our own paths.
      if (status !== 405) expect(exitCodeOf(status) !== EXIT_CODES.failure).toBe(isOwnFault)
    }
  })
})

describe('CliFailure', () => {
  it('carries the exit code, the code of the problem, and the cause', () => {
    const cause = new Error('below')
    const failure = new CliFailure(4, 'Cannot', { code: 'CACHE_ENTRY_NOT_FOUND', cause })
    expect(failure).toMatchObject({ name: 'CliFailure', exitCode: 4, message: 'Cannot', cause })
    expect(failure.code).toBe('CACHE_ENTRY_NOT_FOUND')
    expect('cause' in new CliFailure(1, 'Cannot')).toBe(false)
  })
})
