import { describe, expect, it } from 'vitest'
import { CacheError, type CacheErrorCode } from '../../../../src/core/exceptions/cache-error.ts'
import { ProblemList } from '../../../../src/infrastructure/redis/server/problem-list.ts'

function problem(code: CacheErrorCode = 'CACHE_REDIS_UNREACHABLE'): CacheError {
  return new CacheError(code, `Cannot use Redis: ${code}`)
}

function stage(): { readonly list: ProblemList; readonly told: CacheError[] } {
  const told: CacheError[] = []
  return { list: new ProblemList((error) => told.push(error)), told }
}

describe('ProblemList', () => {
  it('tells of a problem once, and has the latest error of each topic, the latest last', () => {
    const { list, told } = stage()
    const [first, again, other] = [problem(), problem(), problem('CACHE_REDIS_BUSY')]
    list.report('a', first, 0)
    list.report('b', other, 1)
    list.report('a', again, 2)
    expect(told).toEqual([first, other])
    expect(list.current(2)).toEqual([other, again])
  })

  it('tells of a topic again when its problem has become another', () => {
    const { list, told } = stage()
    list.report('a', problem(), 0)
    list.report('a', problem('CACHE_REDIS_AUTH_FAILED'), 0)
    expect(told).toHaveLength(2)
  })

  it('tells of a topic again after it has ended', () => {
    const { list, told } = stage()
    list.report('a', problem(), 0)
    list.end('a')
    expect(list.current(0)).toEqual([])
    list.report('a', problem(), 0)
    expect(told).toHaveLength(2)
  })

  it('forgets a problem that was not heard of for as long as it lasts', () => {
    const { list, told } = stage()
    list.report('a', problem(), 0, 100)
    expect(list.current(99)).toHaveLength(1)
    list.report('a', problem(), 99, 100)
    expect(list.current(198)).toHaveLength(1)
    expect(told).toHaveLength(1)
    expect(list.current(199)).toEqual([])
    list.report('a', problem(), 199, 100)
    expect(told).toHaveLength(2)
  })

  it('calls a topic recent for a second', () => {
    const { list } = stage()
    expect(list.isRecent('a', 0)).toBe(false)
    list.report('a', problem(), 0)
    expect([list.isRecent('a', 999), list.isRecent('a', 1000)]).toEqual([true, false])
  })
})
