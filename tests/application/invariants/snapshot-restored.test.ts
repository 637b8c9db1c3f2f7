/**
 * What is restored is never older than what the process knows that restores it, and is restored once.
 * A crash is a cache that nobody closes.
 */
import { writeFileSync } from 'node:fs'
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

describe('a restored snapshot', () => {
  it('cannot be restored a second time', async () => {
    const before = stage.start()
    await fill(before)
    await before.saveSnapshot(stage.path)
    const after = stage.startWarm()
    expect(stage.exists()).toBe(false)
    expect(await restored(after)).toEqual(['old', 'untouched'])
    expect(await restored(stage.startWarm())).toEqual([undefined, undefined])
  })

  it('is gone before the first mark can be made, also if the process crashes while it restores', async () => {
    const before = stage.start()
    await fill(before)
    await before.saveSnapshot(stage.path)
    const crashing = stage.startWarm()
    // Nothing was awaited, so nothing is restored yet.
    const marked = crashing.namespace('n').set('a:1', 'new')
    expect(stage.exists()).toBe(false)
    expect(await restored(stage.startWarm())).toEqual([undefined, undefined])
    await marked
  })

  it.each(MARKS)('does not bring back what %s hits while it is restored', async (_, mark) => {
    const before = stage.start()
    await fill(before)
    await before.saveSnapshot(stage.path)
    const after = stage.startWarm()
    const namespace = after.namespace('n')
    await mark(after)
    await after.ready()
    expect(namespace.peek('a:1')).toBeUndefined()
  })

  it.each(MARKS)(
    'does not bring back what %s hits before its namespace is opened',
    async (name, mark) => {
      const distributor = new MemoryDistributor(new SystemRandom())
      const keeping = stage.start({ distributor })
      await fill(keeping)
      await keeping.saveSnapshot(stage.path)
      const after = stage.startWarm({ distributor })
      after.dependencies.add('d', ['root'])
      await after.ready()
      expect(after.waitingNamespaces()).toEqual(['n'])
      // Made by another cache of the log, since here the namespace isn't open.
      await mark(keeping)
      const [hit] = await restored(after)
      expect([name, hit]).toEqual([name, undefined])
    },
  )

  it.each(MARKS)('does not bring back what %s has hit in this process before', async (_, mark) => {
    const before = stage.start()
    await fill(before)
    await before.saveSnapshot(stage.path)
    const after = stage.start()
    after.dependencies.add('d', ['root'])
    await mark(after)
    await after.restoreSnapshot(stage.path)
    expect((await restored(after))[0]).toBeUndefined()
  })

  it('is refused after more marks in this process than anybody remembers', async () => {
    const before = stage.start()
    await fill(before)
    await before.saveSnapshot(stage.path)
    const after = stage.start()
    for (let at = 0; at < 10_001; at += 1) await after.set('k', at)
    expect(await after.restoreSnapshot(stage.path)).toMatchObject({
      restored: 0,
      refused: 'too much was set or invalidated since the cache was created',
    })
  })

  it('never replaces what is there', async () => {
    const before = stage.start()
    await fill(before)
    await before.saveSnapshot(stage.path)
    const after = stage.startWarm()
    const namespace = after.namespace('n')
    const loaded = namespace.getOrSet('a:1', () => 'loaded here')
    await after.ready()
    expect([await loaded, namespace.peek('a:1'), namespace.peek('b:2')]).toEqual([
      'loaded here',
      'loaded here',
      'untouched',
    ])
  })

  it('can be invalidated like everything else', async () => {
    for (const [name, mark] of MARKS) {
      const before = stage.start()
      await fill(before)
      await before.saveSnapshot(stage.path)
      const after = stage.startWarm()
      expect(await restored(after)).toEqual(['old', 'untouched'])
      await mark(after)
      expect([name, after.namespace('n').peek('a:1')]).toEqual([name, undefined])
    }
  })

  it('lives as long as it would have lived, by the wall clock', async () => {
    const before = stage.start()
    const namespace = before.namespace('n')
    await namespace.set('short', 1, { ttl: '10s' })
    await namespace.set('long', 2, { ttl: '60s' })
    await namespace.set('never', 3, { ttl: 'never' })
    await before.saveSnapshot(stage.path)
    await stage.time.advance(10_000)
    const after = stage.start()
    const users = after.namespace('n')
    expect(await after.restoreSnapshot(stage.path)).toMatchObject({ restored: 2, skipped: 1 })
    expect([users.peek('short'), users.peek('long'), users.peek('never')]).toEqual([
      undefined,
      2,
      3,
    ])
    expect((await users.lookup('long')).ttlMs).toBe(50_000)
    await stage.time.advance(49_999)
    expect(users.peek('long')).toBe(2)
    await stage.time.advance(1)
    expect(users.peek('long')).toBeUndefined()
  })

  it('is refused if the clock has been put back, since lives would grow by that', async () => {
    const before = stage.start()
    await fill(before)
    await before.saveSnapshot(stage.path)
    const nowMs = stage.time.nowMs
    const clock = { ...stage.time.clock, nowMs: () => nowMs - 1001 }
    expect(await stage.start({ clock }).restoreSnapshot(stage.path)).toMatchObject({
      refused: 'it was saved later than the clock says it is now',
    })
    await before.saveSnapshot(stage.path)
    const lagging = { ...stage.time.clock, nowMs: () => nowMs - 1000 }
    expect(await stage.start({ clock: lagging }).restoreSnapshot(stage.path)).toMatchObject({
      refused: undefined,
    })
  })
})

describe('a snapshot that is refused', () => {
  it('is removed: it will be outdated by the time that somebody can read it', async () => {
    const before = stage.start()
    await fill(before)
    await before.saveSnapshot(stage.path)
    writeFileSync(stage.path, 'garbage', { flag: 'a' })
    const after = stage.startWarm()
    const degraded = degradedOf(after)
    expect(await restored(after)).toEqual([undefined, undefined])
    expect(degraded).toMatchObject([{ part: 'snapshot', did: 'started cold' }])
    expect(stage.files()).toEqual([])
  })
})
