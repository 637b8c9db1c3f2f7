import { existsSync, mkdtempSync, readdirSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { CacheOptions } from '../../src/cache-options.ts'
import type { CacheEventOf } from '../../src/core/events/cache-event.ts'
import { createCache, type PlatformCache } from '../../src/module.ts'
import { createFakeClock, type FakeClock } from '../../src/testing/fake-clock.ts'

/** One machine on which processes come and go, with one clock and one disk. */
export interface SnapshotStage {
  readonly folder: string
  /** Where the snapshot lies. */
  readonly path: string
  readonly time: FakeClock
  /** True if there is a snapshot. */
  exists(): boolean
  /** All files in the folder. */
  files(): string[]
  /** A process begins: its cache, on the clock of the stage. */
  start(options?: CacheOptions): PlatformCache
  /** A process that saves its snapshot at its end and restores it at its start. */
  startWarm(options?: CacheOptions): PlatformCache
  /** Ends all processes, and removes the folder. */
  end(): Promise<void>
}

export function snapshotStage(): SnapshotStage {
  const folder = mkdtempSync(join(tmpdir(), 'snapshot-stage-'))
  const path = join(folder, 'cache.snapshot')
  const time = createFakeClock()
  const { clock } = time
  const caches: PlatformCache[] = []
  const start = (options: CacheOptions = {}): PlatformCache => {
    const cache = createCache({ clock, defaults: { jitter: 0 }, ...options })
    caches.push(cache)
    return cache
  }
  return {
    folder,
    path,
    time,
    exists: () => existsSync(path),
    files: () => readdirSync(folder),
    start,
    startWarm: (options = {}) =>
      start({ ...options, memory: { ...options.memory, snapshot: path } }),
    end: async () => {
      for (const cache of caches) await cache.close()
      rmSync(folder, { recursive: true, force: true })
    },
  }
}

/** The `degraded` events of a cache from now on. */
export function degradedOf(cache: PlatformCache): CacheEventOf<'degraded'>[] {
  const events: CacheEventOf<'degraded'>[] = []
  cache.on('degraded', (event) => events.push(event))
  return events
}
