/** With a log that others share, a snapshot is good only if the log stands where it stood. */
import { copyFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { MemoryDistributor } from '../../../src/infrastructure/distributors/memory-distributor.ts'
import { SystemRandom } from '../../../src/infrastructure/runtime/system-random.ts'
import { type SnapshotStage, snapshotStage } from '../../fakes/snapshot-stage.ts'
import { fill, restored } from './snapshot-marks.ts'

let stage: SnapshotStage

beforeEach(() => {
  stage = snapshotStage()
})

afterEach(() => stage.end())

describe('with a distributor of the user', () => {
  const distributor = (): MemoryDistributor => new MemoryDistributor(new SystemRandom())

  it('a snapshot is restored if the log is the same and stands where it stood', async () => {
    const shared = distributor()
    const before = stage.start({ distributor: shared })
    await fill(before)
    await before.saveSnapshot(stage.path)
    const after = stage.startWarm({ distributor: shared })
    expect(await restored(after)).toEqual(['old', 'untouched'])
    await before.namespace('n').invalidate('a:1')
    expect(after.namespace('n').peek('a:1')).toBeUndefined()
  })

  it.each([
    ['anything was appended meanwhile', 'something was set or invalidated since it was saved'],
  ])('it is refused if %s', async (_, refused) => {
    const shared = distributor()
    const before = stage.start({ distributor: shared })
    const other = stage.start({ distributor: shared })
    await fill(before)
    await before.saveSnapshot(stage.path)
    const copy = join(stage.folder, 'copy')
    copyFileSync(stage.path, copy)
    await other.set('x', 1)
    expect(await other.restoreSnapshot(copy)).toMatchObject({ restored: 0, refused })
  })

  it('it is refused if the log has begun anew', async () => {
    const before = stage.start({ distributor: distributor() })
    await fill(before)
    await before.saveSnapshot(stage.path)
    const after = stage.start({ distributor: distributor() })
    expect(await after.restoreSnapshot(stage.path)).toMatchObject({
      refused: 'the invalidation log has begun anew since it was saved',
    })
    expect(stage.exists()).toBe(false)
  })

  it('it is refused without it, and one from without it with it', async () => {
    const before = stage.start({ distributor: distributor() })
    await before.saveSnapshot(stage.path)
    expect(await stage.start().restoreSnapshot(stage.path)).toMatchObject({
      refused: 'it was saved with a distributor that the cache does not have now',
    })
    await stage.start().saveSnapshot(stage.path)
    const with_ = stage.start({ distributor: distributor() })
    expect(await with_.restoreSnapshot(stage.path)).toMatchObject({
      refused: 'it was saved without the distributor that the cache has now',
    })
  })
})
