import { describe, expect, it } from 'vitest'
import { apiStage } from '../../api-stage.ts'

const ENTRY = '/v1/caches/users/entries/a'

describe('POST _lease', () => {
  it('answers hit with the value when there is a fresh one', async () => {
    const { call } = await apiStage()
    await call('PUT', ENTRY, { body: '[1]', headers: { 'content-type': 'application/json' } })
    const { json, status } = await call('POST', `${ENTRY}/_lease`)
    expect(status).toBe(200)
    expect(json).toMatchObject({ state: 'hit', entry: { key: 'a', value: [1], state: 'fresh' } })
  })

  it('answers compute to the first, and wait to the next', async () => {
    const { call } = await apiStage()
    const first = await call('POST', `${ENTRY}/_lease`, { body: { ttl: '5s' } })
    const second = await call('POST', `${ENTRY}/_lease`)
    expect(first.json).toMatchObject({ state: 'compute', expiresInMs: 5000 })
    expect(second.json).toMatchObject({ state: 'wait' })
    expect(second.json).not.toHaveProperty('token')
    expect(second.headers['retry-after']).toBe('1')
  })

  it('lets exactly one of many compute that ask at the same moment', async () => {
    const { call } = await apiStage()
    const answers = await Promise.all(
      Array.from({ length: 20 }, () => call('POST', `${ENTRY}/_lease`)),
    )
    const states = answers.map(({ json }) => json['state'])
    expect(states.filter((state) => state === 'compute')).toHaveLength(1)
    expect(states.filter((state) => state === 'wait')).toHaveLength(19)
  })

  it('gives whoever is to compute or to wait the stale value', async () => {
    const { call, time } = await apiStage()
    await call('PUT', ENTRY, {
      body: 'old',
      headers: { 'cache-ttl': '1s', 'cache-stale-if-error': '1h' },
    })
    await time.advance(2000)
    for (const state of ['compute', 'wait']) {
      const { json } = await call('POST', `${ENTRY}/_lease`)
      expect(json).toMatchObject({ state, entry: { state: 'stale', valueBase64: 'b2xk' } })
    }
  })

  it('lets the next one compute once the lease has run out', async () => {
    const { call, time } = await apiStage()
    const lease = () => call('POST', `${ENTRY}/_lease`, { body: { ttl: 1000 } })
    await lease()
    await time.advance(999)
    expect((await lease()).json['state']).toBe('wait')
    await time.advance(1)
    expect((await lease()).json['state']).toBe('compute')
  })

  it('waits for the holder when asked to, and answers its value', async () => {
    const { call } = await apiStage()
    const { json } = await call('POST', `${ENTRY}/_lease`)
    const waiting = call('POST', `${ENTRY}/_lease`, { body: { wait: '10s' } })
    await new Promise((resolve) => setImmediate(resolve))
    await call('PUT', ENTRY, { body: 'x', headers: { 'cache-lease': String(json['token']) } })
    expect((await waiting).json).toMatchObject({ state: 'hit', entry: { valueBase64: 'eA==' } })
  })

  it.each([[{ ttl: 0 }], [{ ttl: '61s' }], [{ wait: '1h' }], [{ ttl: 'soon' }]])(
    'refuses %j',
    async (body) => {
      const { call } = await apiStage()
      const answer = await call('POST', `${ENTRY}/_lease`, { body })
      expect(answer).toMatchObject({ status: 422, code: 'CACHE_OPTION_INVALID' })
    },
  )

  it('refuses what is no key', async () => {
    const { call } = await apiStage()
    const answer = await call('POST', '/v1/caches/users/entries/%0A/_lease')
    expect(answer).toMatchObject({ status: 422, code: 'CACHE_KEY_INVALID' })
  })
})

describe('DELETE _lease', () => {
  it('lets the next one compute at once', async () => {
    const { call } = await apiStage()
    const { json } = await call('POST', `${ENTRY}/_lease`)
    const headers = { 'cache-lease': String(json['token']) }
    expect((await call('DELETE', `${ENTRY}/_lease`, { headers })).status).toBe(204)
    expect((await call('POST', `${ENTRY}/_lease`)).json['state']).toBe('compute')
  })

  it('refuses a token that does not hold the lease', async () => {
    const { call } = await apiStage()
    await call('POST', `${ENTRY}/_lease`)
    const headers = { 'cache-lease': 'other' }
    const answer = await call('DELETE', `${ENTRY}/_lease`, { headers })
    expect(answer).toMatchObject({ status: 409, code: 'CACHE_LEASE_LOST' })
  })

  it('of an unknown cache is refused, and creates no cache', async () => {
    const { call, cache } = await apiStage()
    const answer = await call('DELETE', `${ENTRY}/_lease`, { headers: { 'cache-lease': 'x' } })
    expect(answer).toMatchObject({ status: 409, code: 'CACHE_LEASE_LOST' })
    expect(cache.hasNamespace('users')).toBe(false)
  })

  it('without a token says that it needs one', async () => {
    const { call } = await apiStage()
    const answer = await call('DELETE', `${ENTRY}/_lease`)
    expect(answer).toMatchObject({ status: 422, code: 'CACHE_REQUEST_INVALID' })
    expect(answer.json['errors']).toMatchObject([{ field: 'Cache-Lease' }])
  })
})
