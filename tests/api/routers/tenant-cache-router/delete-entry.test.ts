import { describe, expect, it } from 'vitest'
import { apiStage } from '../../api-stage.ts'

const PATH = '/v1/caches/users/entries'

describe('DELETE of an entry', () => {
  it('removes it, and answers 204 whether it was there or not', async () => {
    const { call } = await apiStage()
    await call('PUT', `${PATH}/a`, { body: 'x' })
    expect((await call('DELETE', `${PATH}/a`)).status).toBe(204)
    expect((await call('GET', `${PATH}/a`)).status).toBe(404)
    expect((await call('DELETE', `${PATH}/a`)).status).toBe(204)
  })

  it('of an unknown cache creates no cache', async () => {
    const { call, cache } = await apiStage()
    expect((await call('DELETE', `${PATH}/a`)).status).toBe(204)
    expect(cache.hasNamespace('users')).toBe(false)
  })

  it('removes under If-Match only what has the tag', async () => {
    const { call } = await apiStage()
    const put = await call('PUT', `${PATH}/a`, { body: 'x' })
    const remove = (tag: string) => call('DELETE', `${PATH}/a`, { headers: { 'if-match': tag } })
    expect(await remove('"other"')).toMatchObject({
      status: 412,
      code: 'CACHE_PRECONDITION_FAILED',
    })
    expect((await call('GET', `${PATH}/a`)).status).toBe(200)
    expect((await remove(String(put.headers['etag']))).status).toBe(204)
    expect((await call('GET', `${PATH}/a`)).status).toBe(404)
  })

  it('under If-Match answers 412 where there is no such cache', async () => {
    const { call } = await apiStage()
    const answer = await call('DELETE', `${PATH}/a`, { headers: { 'if-match': '*' } })
    expect(answer).toMatchObject({ status: 412, code: 'CACHE_PRECONDITION_FAILED' })
  })

  it('refuses what is no key', async () => {
    const { call } = await apiStage()
    expect(await call('DELETE', `${PATH}/a*`)).toMatchObject({
      status: 422,
      code: 'CACHE_KEY_INVALID',
    })
  })
})
