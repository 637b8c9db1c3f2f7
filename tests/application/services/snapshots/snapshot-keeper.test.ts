import { mkdirSync, renameSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { degradedOf, type SnapshotStage, snapshotStage } from '../../../fakes/snapshot-stage.ts'

let stage: SnapshotStage

beforeEach(() => {
  stage = snapshotStage()
})

afterEach(() => stage.end())

describe('memory.snapshot', () => {
  it('lets a restart start warm', async () => {
    const before = stage.startWarm()
    await before.ready()
    await before.set('a', { n: 1 })
    await before.namespace('users').set('user:1', 'Ada', { tags: ['org:7'] })
    await before.close()
    const after = stage.startWarm()
    const users = after.namespace('users')
    await after.ready()
    expect(after.peek('a')).toEqual({ n: 1 })
    expect(users.peek('user:1')).toBe('Ada')
    await users.invalidate({ tag: 'org:7' })
    expect(users.peek('user:1')).toBeUndefined()
  })

  it('serves cold until the snapshot is restored, and ready() waits for it', async () => {
    const before = stage.startWarm()
    await before.set('a', 1)
    await before.close()
    const after = stage.startWarm()
    expect(after.peek('a')).toBeUndefined()
    await after.ready()
    expect(after.peek('a')).toBe(1)
  })

  it('minds not that there is none, and says nothing of it', async () => {
    const cache = stage.startWarm()
    const degraded = degradedOf(cache)
    await cache.ready()
    expect(degraded).toEqual([])
    expect(await cache.restoreSnapshot(stage.path)).toEqual({
      restored: 0,
      skipped: 0,
      waiting: 0,
      refused: 'there is none',
    })
  })

  it('never throws from createCache(), and says why it starts cold', async () => {
    writeFileSync(stage.path, 'something else')
    const warnings: object[] = []
    const logger = { warn: (details: object) => warnings.push(details), error: () => undefined }
    const cache = stage.startWarm({ logger })
    await cache.ready()
    expect(warnings).toEqual([expect.objectContaining({ part: 'snapshot', did: 'started cold' })])
    expect(cache.health().degraded).toBe(1)
    expect(await cache.getOrSet('a', () => 1)).toBe(1)
  })

  it('never rejects from close() because of a snapshot, and says why there is none', async () => {
    const cache = stage.start({ memory: { snapshot: join(stage.folder, 'missing', 'x') } })
    const degraded = degradedOf(cache)
    await cache.set('a', 1)
    await cache.close()
    expect(degraded).toMatchObject([
      { part: 'snapshot', did: 'saved nothing', error: { code: 'CACHE_SNAPSHOT_FAILED' } },
    ])
  })

  it('restores what was still being restored when the cache before closed', async () => {
    const before = stage.startWarm()
    for (let at = 0; at < 3000; at += 1) await before.set(`k:${at}`, at)
    await before.close()
    await stage.startWarm().close()
    const after = stage.startWarm()
    await after.ready()
    expect((await after.stats()).entries).toBe(3000)
  })

  it('restores a namespace as it is opened, by the options it is opened with', async () => {
    const before = stage.startWarm()
    await before.namespace('late').set('a', { n: 1 })
    await before.namespace('never').set('b', 2)
    await before.close()
    const after = stage.startWarm()
    await after.ready()
    expect(after.waitingNamespaces()).toEqual(['late', 'never'])
    const late = after.namespace('late', { storage: 'buffer', isolation: 'clone' })
    expect(late.peek('a')).toBeUndefined()
    await after.ready()
    expect(late.peek('a')).toEqual({ n: 1 })
    expect(after.waitingNamespaces()).toEqual(['never'])
  })

  it('restores what an application opens right after createCache() before ready() resolves', async () => {
    const before = stage.startWarm()
    await before.namespace('users').set('a', 1)
    await before.close()
    const after = stage.startWarm()
    const users = after.namespace('users', { ttl: '1h' })
    await after.ready()
    expect(users.peek('a')).toBe(1)
    expect(after.waitingNamespaces()).toEqual([])
  })

  it('is refused by a cache of another name, which leaves it to its owner', async () => {
    const before = stage.startWarm()
    await before.set('a', 1)
    await before.close()
    const other = stage.start({ name: 'other' })
    expect(await other.restoreSnapshot(stage.path)).toMatchObject({
      refused: 'it is of another cache, cache',
    })
    const after = stage.startWarm()
    await after.ready()
    expect(after.peek('a')).toBe(1)
  })
})

describe('restoreSnapshot()', () => {
  it('reports what it restored, left out, and keeps for namespaces that are not open yet', async () => {
    const before = stage.start()
    await before.set('a', 1)
    await before.set('b', 2)
    await before.namespace('closed').set('c', 3)
    await before.saveSnapshot(stage.path)
    const after = stage.start()
    await after.set('b', 'newer')
    expect(await after.restoreSnapshot(stage.path)).toEqual({
      restored: 1,
      skipped: 1,
      waiting: 1,
      refused: undefined,
    })
  })

  it('watches a file that it could not take, so that the next mark removes it', async () => {
    const before = stage.start()
    const long = join(stage.folder, 'x'.repeat(240))
    await before.set('a', 1)
    // There is no room for the longer name under which it would be taken.
    await before.saveSnapshot(stage.path)
    renameSync(stage.path, long)
    const after = stage.start()
    expect(await after.restoreSnapshot(long)).toMatchObject({
      refused: expect.stringContaining('ENAMETOOLONG'),
    })
    expect(stage.files()).toHaveLength(1)
    await after.set('a', 2)
    expect(stage.files()).toEqual([])
  })
})

describe('saveSnapshot()', () => {
  it('reports entries, what it left out, and the size of the file', async () => {
    const cache = stage.start()
    await cache.set('a', 1)
    await cache.set('b', () => 1)
    await cache.namespace('n').set('c', 'x')
    const report = await cache.saveSnapshot(stage.path)
    expect(report).toEqual({ entries: 2, skipped: 1, bytes: expect.any(Number) })
    expect(report.bytes).toBeGreaterThan(100)
  })

  it('rejects with CACHE_SNAPSHOT_FAILED where nothing can be written', async () => {
    const cache = stage.start()
    const path = join(stage.folder, 'missing', 'cache.snapshot')
    await expect(cache.saveSnapshot(path)).rejects.toMatchObject({ code: 'CACHE_SNAPSHOT_FAILED' })
    mkdirSync(stage.path)
    await expect(cache.saveSnapshot(stage.path)).rejects.toMatchObject({
      code: 'CACHE_SNAPSHOT_FAILED',
    })
  })

  it('may run several times at once', async () => {
    const cache = stage.start()
    for (let at = 0; at < 1000; at += 1) await cache.set(`k:${at}`, at)
    const reports = await Promise.all([1, 2, 3].map(() => cache.saveSnapshot(stage.path)))
    expect(reports.map((report) => report.entries)).toEqual([1000, 1000, 1000])
    expect(stage.files()).toEqual(['cache.snapshot'])
    const after = stage.start()
    expect(await after.restoreSnapshot(stage.path)).toMatchObject({ restored: 1000, skipped: 0 })
  })

  it.each([
    ['saveSnapshot', ''],
    ['saveSnapshot', 5],
    ['restoreSnapshot', undefined],
  ] as const)('%s(%j) throws CACHE_OPTION_INVALID', async (method, path) => {
    const cache = stage.start()
    await expect(cache[method](path as string)).rejects.toMatchObject({
      code: 'CACHE_OPTION_INVALID',
    })
  })

  it('is refused by a closed cache', async () => {
    const cache = stage.start()
    await cache.close()
    await expect(cache.saveSnapshot(stage.path)).rejects.toMatchObject({ code: 'CACHE_CLOSED' })
    await expect(cache.restoreSnapshot(stage.path)).rejects.toMatchObject({ code: 'CACHE_CLOSED' })
  })
})
