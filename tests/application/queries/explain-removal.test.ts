import { describe, expect, it } from 'vitest'
import { explainCacheKey } from '../../../src/application/queries/explain-cache-key.ts'
import { openNamespace } from '../../../src/application/services/namespace-ports.ts'
import { parseCacheKey } from '../../../src/core/value-objects/cache-key.ts'
import {
  formatLogPosition,
  type LogPosition,
} from '../../../src/core/value-objects/log-position.ts'
import { MemoryDistributor } from '../../../src/infrastructure/distributors/memory-distributor.ts'
import { FAKE_START_MS } from '../../../src/testing/fake-clock.ts'
import { memoryStage, STAGES, settle } from '../../fakes/cache-stage.ts'
import { deferred } from '../../fakes/deferred.ts'
import { fakeRandom } from '../../fakes/fake-random.ts'
import { namespaceStage } from '../../fakes/namespace-stage.ts'
import { outcome } from '../../fakes/outcome.ts'
import { addDependencies, MEMBER, REACHED, TARGETS } from '../../fakes/scopes.ts'

const fail = (): never => {
  throw new Error('database away')
}

describe.each(STAGES)('why a value is away, over %s', (_, stage) => {
  it.each(TARGETS.filter(([name]) => !/tag|dependency/.test(name)))(
    'invalidated by %s: scope, origin, position and reason',
    async (_name, target) => {
      const { cache, time } = stage()
      await cache.set(REACHED, 1, MEMBER)
      await time.advance(100)
      const { position } = await cache.invalidate(target, { reason: 'renamed', origin: 'ops' })
      await time.advance(2000)
      const { lastRemoval, state, summary } = await cache.explain(REACHED)
      expect(state).toBe('absent')
      expect(lastRemoval).toMatchObject({ cause: 'invalidated' })
      expect(lastRemoval?.detail).toMatch(
        /^invalidated by (key|prefix|pattern|regex) \S+ from ops at /,
      )
      expect(lastRemoval?.detail).toContain(`at ${placeOf(position)}, because: renamed`)
      expect(summary).toMatch(/^It is not held: invalidated by .*, because: renamed, \S+ ago\.$/)
    },
  )

  it('says nothing of a reason that nobody gave, and names the node', async () => {
    const { cache } = stage()
    await cache.set('user:1', 1)
    const { position } = await cache.invalidate('user:1')
    expect((await cache.explain('user:1')).lastRemoval).toEqual({
      cause: 'invalidated',
      detail: expect.stringMatching(
        new RegExp(`^invalidated by key user:1 from cache-token-\\d at ${placeOf(position)}$`),
      ),
      atMs: FAKE_START_MS,
    })
  })

  it('a flush, which looks at no entry, is known from the history', async () => {
    const { cache, time } = stage()
    await cache.set('user:1', 1)
    await time.advance(100)
    const { position } = await cache.flush({ reason: 'new schema', origin: 'ops' })
    await time.advance(3000)
    expect(await cache.explain('user:1')).toMatchObject({
      state: 'absent',
      summary: `It is not held: invalidated by the whole namespace from ops at ${placeOf(position)}, because: new schema, 3s ago.`,
      lastRemoval: { cause: 'invalidated', atMs: FAKE_START_MS + 100 },
      nextRead: 'call the factory',
    })
  })

  it('a mark that does not reach the key, or is of another namespace, explains nothing', async () => {
    const { cache } = stage()
    const other = cache.namespace('other')
    await other.invalidate('user:1')
    await other.flush()
    await cache.invalidate('order:*')
    await cache.invalidate({ regex: '^order' })
    await cache.invalidate({ tag: 'org:7' })
    await cache.invalidate({ dependency: 'team:9' })
    expect((await cache.explain('user:1')).lastRemoval).toBeNull()
  })

  it('deleted on request', async () => {
    const { cache, time } = stage()
    await cache.set('user:1', 1)
    await cache.delete('user:1')
    await time.advance(5)
    expect(await cache.explain('user:1')).toMatchObject({
      summary: 'It is not held: deleted on request, 5ms ago.',
      lastRemoval: { cause: 'deleted', detail: 'deleted on request', atMs: FAKE_START_MS },
    })
  })

  it('its load failed', async () => {
    const { cache } = stage()
    await outcome(cache.getOrSet('user:1', fail))
    expect((await cache.explain('user:1')).lastRemoval).toEqual({
      cause: 'load-failed',
      detail: expect.stringMatching(/^its load failed: .*database away/),
      atMs: FAKE_START_MS,
    })
  })

  it('its load took too long', async () => {
    const { cache, time } = stage()
    const loading = outcome(
      cache.getOrSet('user:1', () => new Promise(() => undefined), { hardTimeout: 100 }),
    )
    await time.advance(100)
    expect(await loading).toMatchObject({ code: 'CACHE_TIMEOUT' })
    expect((await cache.explain('user:1')).lastRemoval).toMatchObject({
      cause: 'load-failed',
      atMs: FAKE_START_MS + 100,
    })
  })

  it('never stored: its TTL is zero', async () => {
    const { cache } = stage()
    await cache.getOrSet('user:1', () => 1, { ttl: 0 })
    expect((await cache.explain('user:1')).lastRemoval).toEqual({
      cause: 'not-stored',
      detail: 'never stored: its TTL is zero or it is undefined',
      atMs: FAKE_START_MS,
    })
  })

  it('never stored: it was invalidated while it was loaded', async () => {
    const { cache, time } = stage()
    const load = deferred<number>()
    const loading = cache.getOrSet('user:1', () => load.promise)
    await settle(time)
    await cache.invalidate('user:1')
    load.resolve(1)
    await loading
    expect((await cache.explain('user:1')).lastRemoval).toMatchObject({
      cause: 'not-stored',
      detail: 'never stored: it was invalidated while it was loaded',
    })
  })

  it('tells the newer of a decision and a mark, whichever it is', async () => {
    const { cache, time } = stage()
    await outcome(cache.getOrSet('user:1', fail))
    await time.advance(1)
    await cache.flush()
    expect((await cache.explain('user:1')).lastRemoval).toMatchObject({
      cause: 'invalidated',
      atMs: FAKE_START_MS + 1,
    })
    await time.advance(1)
    await outcome(cache.getOrSet('user:1', fail))
    expect((await cache.explain('user:1')).lastRemoval).toMatchObject({
      cause: 'load-failed',
      atMs: FAKE_START_MS + 2,
    })
  })

  it('tells the decision where a mark is of the same instant', async () => {
    const { cache } = stage()
    await cache.flush()
    await outcome(cache.getOrSet('user:1', fail))
    expect((await cache.explain('user:1')).lastRemoval?.cause).toBe('load-failed')
  })

  it('tells the last removal also of a value that is there again', async () => {
    const { cache, time } = stage()
    await cache.set('user:1', 1)
    await cache.delete('user:1')
    await time.advance(1)
    await cache.set('user:1', 2)
    expect(await cache.explain('user:1')).toMatchObject({
      state: 'fresh',
      lastRemoval: { cause: 'deleted' },
    })
  })

  it('a soft invalidation leaves it held and stale', async () => {
    const { cache } = stage()
    await cache.set('user:1', 1, { staleIfError: '1h' })
    await cache.invalidate('user:1', { soft: true })
    expect(await cache.explain('user:1')).toMatchObject({
      state: 'stale',
      summary: 'It is held but stale: it was invalidated softly.',
      entry: { isSoftInvalidated: true },
      lastRemoval: { cause: 'invalidated' },
      nextRead: 'call the factory',
    })
  })
})

/** The place of a mark that the log holds. */
function placeOf(position: LogPosition | undefined): string {
  return position === undefined ? 'nowhere' : formatLogPosition(position)
}

describe('why a value left memory', () => {
  it.each(TARGETS)('invalidated by %s', async (_name, target) => {
    const { cache } = memoryStage()
    addDependencies(cache)
    await cache.set(REACHED, 1, MEMBER)
    const { position } = await cache.invalidate(target, { origin: 'ops' })
    expect((await cache.explain(REACHED)).lastRemoval).toMatchObject({
      cause: 'invalidated',
      detail: expect.stringContaining(` from ops at ${placeOf(position)}`),
    })
  })

  it('expired', async () => {
    const { cache, time } = memoryStage()
    await cache.set('user:1', 1, { ttl: 1000 })
    await time.advance(1000)
    expect((await cache.explain('user:1')).lastRemoval).toMatchObject({
      cause: 'expired',
      detail: 'its time was over',
    })
  })

  it.each([
    [{ evictionPolicy: 'lru', maxEntries: 1 }, 'lru', 'the namespace held its most entries'],
    [{ evictionPolicy: 'fifo', maxBytes: 150 }, 'fifo', 'the namespace held its most bytes'],
  ] as const)('evicted under %o, by the rule %s, since %s', async (limits, rule, reason) => {
    const users = memoryStage().cache.namespace('users', limits)
    await users.set('user:1', 1)
    await users.set('user:2', 2)
    expect(await users.explain('user:1')).toMatchObject({
      namespace: 'users',
      lastRemoval: {
        cause: 'evicted',
        detail: `evicted for space by the rule ${rule}, since ${reason}`,
      },
    })
  })

  it('evicted, since all namespaces together held their most', async () => {
    const { cache } = memoryStage({ memory: { maxEntries: 1, evictionPolicy: 'lru' } })
    await cache.set('user:1', 1)
    await cache.namespace('users').set('user:2', 2)
    expect((await cache.explain('user:1')).lastRemoval?.detail).toBe(
      'evicted for space by the rule lru, since all namespaces together held their most',
    )
  })

  it('evicted, since a limit was lowered', async () => {
    const { cache } = memoryStage()
    const users = cache.namespace('users', { evictionPolicy: 'lru' })
    await users.set('user:1', 1)
    await users.set('user:2', 2)
    cache.configureNamespace('users', { maxEntries: 1 })
    expect((await users.explain('user:1')).lastRemoval?.detail).toBe(
      'evicted for space by the rule lru, since a limit was lowered',
    )
  })

  it('refused, since only critical entries would have to leave for it', async () => {
    const users = memoryStage().cache.namespace('users', { maxEntries: 1 })
    await users.set('user:1', 1, { priority: 'critical' })
    expect(await users.set('user:2', 2)).toBe(false)
    const { lastRemoval } = await users.explain('user:2')
    expect(lastRemoval?.cause).toBe('refused')
    expect(lastRemoval?.detail).toMatch(/^not let in: .*critical/)
  })
})

describe('explainCacheKey, on what no caller brings about', () => {
  it('can say that a newer value replaced it', async () => {
    const ports = openNamespace(...openingOf(namespaceStage('memory')))
    const key = parseCacheKey('user:1')
    ports.decisions.note(key, { kind: 'replaced' }, FAKE_START_MS)
    expect(await explainCacheKey(ports, key)).toMatchObject({
      namespace: 'ns',
      lastRemoval: { cause: 'replaced', detail: 'replaced by a newer value', atMs: FAKE_START_MS },
    })
  })

  it('takes a removal that the wall clock puts into the future for one of just now', async () => {
    const ports = openNamespace(...openingOf(namespaceStage('memory')))
    const key = parseCacheKey('user:1')
    ports.decisions.note(key, { kind: 'deleted' }, FAKE_START_MS + 5000)
    expect((await explainCacheKey(ports, key)).summary).toBe(
      'It is not held: deleted on request, 0ms ago.',
    )
  })

  it('does not blame a regex that another node compiled', async () => {
    const distributor = new MemoryDistributor(fakeRandom())
    const there = memoryStage({ distributor })
    const here = memoryStage({ distributor })
    await there.cache.invalidate({ regex: '^user' })
    expect((await there.cache.explain('user:1')).lastRemoval?.cause).toBe('invalidated')
    expect((await here.cache.explain('user:1')).lastRemoval).toBeNull()
  })
})

function openingOf({
  cachePorts,
  settings,
}: ReturnType<typeof namespaceStage>): Parameters<typeof openNamespace> {
  return [cachePorts, settings]
}
