import { describe, expect, it } from 'vitest'
import { type ApiStage, apiStage } from '../../api-stage.ts'

const CACHE = '/v1/caches/users'
const KEYS = ['user:1', 'user:1:profile', 'user:2:profile', 'order:1']

async function filledStage(): Promise<ApiStage> {
  const stage = await apiStage()
  const users = stage.cache.namespace('users')
  await users.set('user:1', 1, { tags: ['org:7'], staleIfError: '1h' })
  await users.set('user:1:profile', 1, { dependsOn: ['team:9'] })
  await users.set('user:2:profile', 1, { tags: ['org:7'] })
  await users.set('order:1', 1)
  return stage
}

async function heldKeys({ cache }: ApiStage): Promise<string[]> {
  const held = await Promise.all(KEYS.map((key) => cache.namespace('users').has(key)))
  return KEYS.filter((_, index) => held[index])
}

const SCOPES: readonly (readonly [object, readonly string[]])[] = [
  [{ key: 'user:1' }, ['user:1:profile', 'user:2:profile', 'order:1']],
  [{ prefix: 'user:1' }, ['user:2:profile', 'order:1']],
  [{ pattern: 'user:*:profile' }, ['user:1', 'order:1']],
  [{ pattern: 'order:1' }, ['user:1', 'user:1:profile', 'user:2:profile']],
  [{ regex: '^user:\\d+$' }, ['user:1:profile', 'user:2:profile', 'order:1']],
  [{ tag: 'org:7' }, ['user:1:profile', 'order:1']],
  [{ dependency: 'team:9' }, ['user:1', 'user:2:profile', 'order:1']],
]

describe('_invalidate', () => {
  it.each(SCOPES)('%j leaves what it does not reach', async (scope, left) => {
    const stage = await filledStage()
    const answer = await stage.call('POST', `${CACHE}/_invalidate`, { body: scope })
    expect(answer.status).toBe(200)
    expect(answer.json).toMatchObject({ dryRun: false, propagated: true })
    expect(answer.json['position']).toMatch(/-\d+$/)
    expect(await heldKeys(stage)).toEqual(left)
  })

  it.each(SCOPES)(
    '%j as a dry run counts the same entries, and changes nothing',
    async (scope, left) => {
      const stage = await filledStage()
      const answer = await stage.call('POST', `${CACHE}/_invalidate?dryRun=1`, { body: scope })
      const hit = KEYS.filter((key) => !left.includes(key))
      expect(answer.json).toMatchObject({
        dryRun: true,
        matched: hit.length,
        scanned: 4,
        isComplete: true,
      })
      expect(new Set(answer.json['sample'] as string[])).toEqual(new Set(hit))
      expect(await heldKeys(stage)).toEqual(KEYS)
    },
  )

  it('by dependency reaches the other caches of the tenant', async () => {
    const stage = await filledStage()
    const teams = stage.cache.namespace('teams')
    await teams.set('t', 1, { dependsOn: ['team:9'] })
    await stage.call('POST', `${CACHE}/_invalidate`, { body: { dependency: 'team:9' } })
    expect(await teams.has('t')).toBe(false)
  })

  it('softly leaves the value for answers that accept a stale one', async () => {
    const stage = await filledStage()
    await stage.call('POST', `${CACHE}/_invalidate`, { body: { key: 'user:1', soft: true } })
    expect((await stage.call('GET', `${CACHE}/entries/user:1`)).status).toBe(404)
    const answer = await stage.call('GET', `${CACHE}/entries/user:1?stale=ok`)
    expect(answer).toMatchObject({ status: 200, text: '1' })
    expect(answer.headers['cache-status']).toBe('platform-cache; hit; ttl=-1; detail=stale')
  })

  it('stands in the history with its reason and the credential that made it', async () => {
    const stage = await filledStage()
    await stage.call('POST', `${CACHE}/_invalidate`, { body: { tag: 'org:7', reason: 'sold' } })
    const [newest] = await stage.cache.invalidations(1)
    expect(newest?.mark).toMatchObject({ origin: 'key k_1', reason: 'sold', namespace: 'users' })
  })

  it('on a cache without entries is a success, since the writer need not know', async () => {
    const { call, cache } = await apiStage()
    expect((await call('POST', `${CACHE}/_invalidate`, { body: { key: 'a' } })).status).toBe(200)
    expect(cache.hasNamespace('users')).toBe(true)
  })

  it('as a dry run on an unknown cache counts nothing, and creates no cache', async () => {
    const { call, cache } = await apiStage()
    const answer = await call('POST', `${CACHE}/_invalidate?dryRun=1`, { body: { key: 'a' } })
    expect(answer.json).toEqual({
      dryRun: true,
      matched: 0,
      scanned: 0,
      isComplete: true,
      sample: [],
    })
    expect(cache.hasNamespace('users')).toBe(false)
  })

  it('as a dry run looks at no more entries than the limit, and says so', async () => {
    const { call, cache } = await apiStage({ dependencies: { limits: { maxScannedEntries: 2 } } })
    for (const key of KEYS) await cache.namespace('users').set(key, 1)
    const answer = await call('POST', `${CACHE}/_invalidate?dryRun=1`, { body: { prefix: '' } })
    expect(answer.json).toMatchObject({ matched: 2, scanned: 2, isComplete: false })
  })

  it.each([
    [{}, 'CACHE_REQUEST_INVALID'],
    [{ key: 'a', tag: 'b' }, 'CACHE_REQUEST_INVALID'],
    [{ keys: ['a'] }, 'CACHE_REQUEST_INVALID'],
    [{ key: 1 }, 'CACHE_REQUEST_INVALID'],
    [{ key: 'a', soft: 'yes' }, 'CACHE_REQUEST_INVALID'],
    [{ key: 'a', reason: 'x'.repeat(201) }, 'CACHE_REQUEST_INVALID'],
    [{ key: 'a*' }, 'CACHE_KEY_INVALID'],
    [{ tag: ' ' }, 'CACHE_TAG_INVALID'],
    [{ pattern: `${'x'.repeat(512)}*` }, 'CACHE_PATTERN_INVALID'],
    [{ pattern: 'a*'.repeat(17) }, 'CACHE_PATTERN_INVALID'],
    [{ regex: 'a(b' }, 'CACHE_PATTERN_INVALID'],
  ])('%j is refused with 422 and %s', async (body, code) => {
    const stage = await filledStage()
    const answer = await stage.call('POST', `${CACHE}/_invalidate`, { body })
    expect(answer).toMatchObject({ status: 422, code })
    expect(await heldKeys(stage)).toEqual(KEYS)
  })

  it('says where a regular expression stops being one', async () => {
    const { call } = await apiStage()
    const answer = await call('POST', `${CACHE}/_invalidate`, { body: { regex: 'user:(\\d+' } })
    expect(answer.json['detail']).toMatch(/missing closing|unmatched|\)/i)
  })

  it('refuses an unknown query parameter instead of running for real', async () => {
    const stage = await filledStage()
    const answer = await stage.call('POST', `${CACHE}/_invalidate?dryrun=1`, {
      body: { prefix: 'u' },
    })
    expect(answer).toMatchObject({ status: 422, code: 'CACHE_REQUEST_INVALID' })
    expect(answer.json['errors']).toEqual([{ field: '?dryrun', message: 'there is no such field' }])
    expect(await heldKeys(stage)).toEqual(KEYS)
  })

  it('finishes a regular expression that would take others for ever', async () => {
    const { call, cache } = await apiStage()
    await cache.namespace('users').set(`${'x'.repeat(200)}!`, 1)
    const started = performance.now()
    const answer = await call('POST', `${CACHE}/_invalidate?dryRun=1`, {
      body: { regex: '^(x+)+$' },
    })
    expect(answer.json).toMatchObject({ matched: 0, scanned: 1 })
    // A backtracking engine needs longer than the age of the universe for this one.
    expect(performance.now() - started).toBeLessThan(5000)
  })
})

describe('_flush', () => {
  it('empties the cache and leaves the others', async () => {
    const stage = await filledStage()
    await stage.cache.namespace('other').set('a', 1)
    const answer = await stage.call('POST', `${CACHE}/_flush`)
    expect(answer.json).toMatchObject({ dryRun: false, propagated: true })
    expect(await heldKeys(stage)).toEqual([])
    expect(await stage.cache.namespace('other').has('a')).toBe(true)
  })

  it('takes a reason', async () => {
    const stage = await filledStage()
    await stage.call('POST', `${CACHE}/_flush`, { body: { reason: 'new schema' } })
    const [newest] = await stage.cache.invalidations(1)
    expect(newest?.mark).toMatchObject({ reason: 'new schema', origin: 'key k_1' })
  })

  it('as a dry run counts everything, and empties nothing', async () => {
    const stage = await filledStage()
    const answer = await stage.call('POST', `${CACHE}/_flush?dryRun=true`)
    expect(answer.json).toMatchObject({ dryRun: true, matched: 4, isComplete: true })
    expect(await heldKeys(stage)).toEqual(KEYS)
  })

  it('as a dry run on an unknown cache counts nothing', async () => {
    const { call } = await apiStage()
    expect((await call('POST', `${CACHE}/_flush?dryRun`)).json).toMatchObject({ matched: 0 })
  })

  it('refuses a body that is none of its own', async () => {
    const stage = await filledStage()
    const answer = await stage.call('POST', `${CACHE}/_flush`, { body: { why: 'x' } })
    expect(answer).toMatchObject({ status: 422, code: 'CACHE_REQUEST_INVALID' })
    expect(await heldKeys(stage)).toEqual(KEYS)
  })
})
