import { describe, expect, it } from 'vitest'
import { settleEach } from '../../../src/application/services/settle-each.ts'
import { CacheError } from '../../../src/core/exceptions/cache-error.ts'

const items = (count: number) => Array.from({ length: count }, (_, at) => ({ key: `k${at}` }))

describe('settleEach()', () => {
  it('answers in the order given, one that fails among the others', async () => {
    const error = new CacheError('CACHE_KEY_INVALID', 'no')
    const settled = await settleEach(items(3), async ({ key }) => {
      if (key === 'k1') throw error
      return key === 'k0'
    })
    expect(settled).toEqual([
      { key: 'k0', ok: true, result: true },
      { key: 'k1', ok: false, error },
      { key: 'k2', ok: true, result: false },
    ])
  })

  it('wraps what is no CacheError, and keeps it as the cause', async () => {
    const cause = new Error('of a ttl function')
    const [item] = await settleEach(items(1), () => Promise.reject(cause))
    expect(item).toMatchObject({ ok: false, error: { code: 'CACHE_VALUE_INVALID', cause } })
  })

  it('takes 10 000 items, and refuses one more before any is done', async () => {
    let done = 0
    const act = async () => {
      done += 1
      return true
    }
    await settleEach(items(10_000), act)
    expect(done).toBe(10_000)
    await expect(settleEach(items(10_001), act)).rejects.toMatchObject({
      code: 'CACHE_OPTION_INVALID',
      message: 'Cannot take this batch: expected at most 10000 items, got 10001',
    })
    expect(done).toBe(10_000)
  })

  it('settles nothing where there is nothing', async () => {
    expect(await settleEach([], async () => true)).toEqual([])
  })
})
