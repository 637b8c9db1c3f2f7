/**
 * What was saved, or is being saved, never outlives what it was taken of: what is set over, deleted or
 * invalidated afterwards removes it before anybody gets an answer. A crash is a cache that nobody closes.
 */
import { mkdirSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { MemoryDistributor } from '../../../src/infrastructure/distributors/memory-distributor.ts'
import { SystemRandom } from '../../../src/infrastructure/runtime/system-random.ts'
import { degradedOf, type SnapshotStage, snapshotStage } from '../../fakes/snapshot-stage.ts'
import { fill, MARKS, restored } from './snapshot-marks.ts'

let stage: SnapshotStage

beforeEach(() => {
  stage = snapshotStage()
})

afterEach(() => stage.end())

describe('after a snapshot was saved', () => {
  it.each(MARKS)('%s removes it before the caller has an answer', async (_, mark) => {
    const cache = stage.start()
    await fill(cache)
    await cache.saveSnapshot(stage.path)
    expect(stage.exists()).toBe(true)
    await mark(cache)
    expect(stage.exists()).toBe(false)
    expect(await restored(stage.startWarm())).toEqual([undefined, undefined])
  })

  it('a set removes it within the call, not some time later', async () => {
    const cache = stage.start()
    await cache.saveSnapshot(stage.path)
    const set = cache.set('a', 1)
    expect(stage.exists()).toBe(false)
    await set
  })

  it('a mark of another cache that shares the log removes it, too', async () => {
    const distributor = new MemoryDistributor(new SystemRandom())
    const cache = stage.start({ distributor })
    const other = stage.start({ distributor })
    await fill(cache)
    await cache.saveSnapshot(stage.path)
    await other.namespace('n').invalidate('x')
    expect(stage.exists()).toBe(false)
  })

  it('something that depends on more than before removes it: it would not know of that', async () => {
    const cache = stage.start()
    await fill(cache)
    await cache.saveSnapshot(stage.path)
    cache.dependencies.add('d', ['root'])
    expect(stage.exists()).toBe(true)
    cache.dependencies.add('d', ['another'])
    expect(stage.exists()).toBe(false)
  })

  it('reads and loads leave it there', async () => {
    const cache = stage.start()
    await fill(cache)
    await cache.saveSnapshot(stage.path)
    await cache.namespace('n').get('a:1')
    await cache.namespace('n').getOrSet('loaded', () => 1)
    expect(stage.exists()).toBe(true)
    expect(await restored(stage.startWarm())).toEqual(['old', 'untouched'])
  })

  it('all of several are removed', async () => {
    const cache = stage.start()
    await fill(cache)
    await cache.saveSnapshot(stage.path)
    await cache.saveSnapshot(join(stage.folder, 'second'))
    await cache.set('a', 1)
    expect(stage.files()).toEqual([])
  })

  it('one that cannot be removed is reported once, and tried again with the next mark', async () => {
    const cache = stage.start()
    const degraded = degradedOf(cache)
    await cache.saveSnapshot(stage.path)
    // A folder is what also a superuser can't remove as a file.
    rmSync(stage.path)
    mkdirSync(stage.path)
    await cache.set('a', 1)
    await cache.set('a', 2)
    expect(degraded).toMatchObject([{ part: 'snapshot', did: 'left it there' }])
    rmSync(stage.path, { recursive: true })
    writeFileSync(stage.path, 'removable again')
    await cache.set('a', 3)
    expect(stage.exists()).toBe(false)
  })
})

describe('while a snapshot is saved', () => {
  it.each(MARKS)('%s keeps what it hits out of it', async (_, mark) => {
    const cache = stage.start()
    await fill(cache)
    const saving = cache.saveSnapshot(stage.path)
    // The first entries are on their way to the disk by now.
    await new Promise(setImmediate)
    await mark(cache)
    await saving
    const [hit] = await restored(stage.startWarm())
    expect(hit).toBeUndefined()
  })

  it('what is not hit is saved all the same, if things calm down', async () => {
    const cache = stage.start()
    await fill(cache)
    const saving = cache.saveSnapshot(stage.path)
    await cache.namespace('n').set('a:1', 'newer')
    expect((await saving).entries).toBeGreaterThan(0)
    const [set, other] = await restored(stage.startWarm())
    expect(['newer', undefined]).toContain(set)
    expect(other).toBe('untouched')
  })

  it('a soft invalidation leaves the value to staleIfError, as it does in memory', async () => {
    const cache = stage.start({ defaults: { staleIfError: '1h' } })
    await fill(cache)
    const saving = cache.saveSnapshot(stage.path)
    await cache.namespace('n').invalidate({ tag: 't' }, { soft: true })
    await saving
    const after = stage.startWarm({ defaults: { staleIfError: '1h' } })
    const [soft, other] = await restored(after)
    expect([soft, other]).toEqual([undefined, 'untouched'])
    const failing = () => Promise.reject(new Error('source is down'))
    expect(await after.namespace('n').getOrSet('a:1', failing)).toBe('old')
  })

  it('marks that never cease leave no snapshot', async () => {
    const cache = stage.start()
    await fill(cache)
    let isSaving = true
    const saving = cache.saveSnapshot(stage.path).finally(() => {
      isSaving = false
    })
    for (let at = 0; isSaving; at += 1) {
      await cache.namespace('n').set('busy', at)
      await new Promise(setImmediate)
    }
    const report = await saving
    if (report.bytes > 0) await cache.namespace('n').set('busy', 'once more')
    else expect(report).toEqual({ entries: 0, skipped: expect.any(Number), bytes: 0 })
    expect(stage.files()).toEqual([])
  })

  it('one that fails leaves no older one behind that nobody here watches', async () => {
    const before = stage.start()
    await fill(before)
    await before.saveSnapshot(stage.path)
    // Another process, which never restored it, and whose own save comes to nothing.
    const cache = stage.start()
    const saving = cache.saveSnapshot(stage.path)
    void cache.close()
    await cache.set('late', 1).catch(() => undefined)
    expect((await saving).bytes).toBe(0)
    expect(stage.files()).toEqual([])
  })
})

describe('after close()', () => {
  const LATE = MARKS.filter(([name]) => name !== 'what a dependency depends on')

  it.each(LATE)(
    '%s that comes too late removes the snapshot, since nobody will hear of it',
    async (_, mark) => {
      const cache = stage.startWarm()
      await fill(cache)
      await cache.close()
      expect(stage.exists()).toBe(true)
      await expect(mark(cache)).rejects.toMatchObject({ code: 'CACHE_CLOSED' })
      expect(stage.exists()).toBe(false)
    },
  )

  it.each(LATE)('%s that comes while it saves leaves no snapshot', async (_, mark) => {
    const cache = stage.startWarm()
    await fill(cache)
    const closing = cache.close()
    await expect(mark(cache)).rejects.toMatchObject({ code: 'CACHE_CLOSED' })
    await closing
    expect(stage.files()).toEqual([])
  })

  it('a read that comes too late leaves it there', async () => {
    const cache = stage.startWarm()
    await fill(cache)
    await cache.close()
    await expect(cache.get('a')).rejects.toMatchObject({ code: 'CACHE_CLOSED' })
    expect(() => cache.peek('a')).toThrow()
    expect(stage.exists()).toBe(true)
  })
})
