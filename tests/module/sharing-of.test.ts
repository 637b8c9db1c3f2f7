import { afterEach, describe, expect, it } from 'vitest'
import { createSharedCache, type PlatformCache } from '../../src/module.ts'
import { createFakeClock } from '../../src/testing/fake-clock.ts'
import { fakeRandom } from '../fakes/fake-random.ts'
import { FakeSweepStore, sweptEntry } from '../fakes/fake-sweep-store.ts'
import { SharedLink } from '../fakes/shared-link.ts'
import { SharedServers } from '../fakes/shared-servers.ts'

let cache: PlatformCache
afterEach(() => cache.close())

async function stage() {
  const time = createFakeClock()
  const servers = new SharedServers(() => time.clock.monotonicMs())
  const link = new SharedLink(servers)
  const sweepStore = new FakeSweepStore()
  const { clock, scheduler } = time
  cache = createSharedCache(
    { name: 'shop', clock, scheduler, random: fakeRandom(0.5, 'n1-') },
    { log: link, openStore: (name) => link.open(name), sweepStore, close: async () => {} },
  )
  await time.advance(0)
  return { time, servers, sweepStore }
}

describe('sharingOf()', () => {
  it('lets a node sweep, tell so, and forget the marks that nothing is left of', async () => {
    const { time, servers, sweepStore } = await stage()
    const told: unknown[] = []
    cache.on('swept', (event) => told.push(event))
    const before = servers.position
    await cache.set('held', 'value', { tags: ['blue'] })
    await cache.invalidate({ tag: 'red' })
    const { position } = servers
    const marks = servers.answer(undefined).scopes
    sweepStore.generation = position.generation
    sweepStore.put({ ...sweptEntry('a', before, ['red']), namespace: 'default' })
    sweepStore.table = { position, marks, floorSeq: 0, settleMs: 0 }
    await time.advance(20_000)
    expect(told).toMatchObject([{ namespace: 'shop', removed: 1, retired: 1, examined: 1 }])
    expect(cache.health().sharing).toMatchObject({
      isSweeping: false,
      lastSweep: { removed: 1, retired: 1 },
    })
    expect(cache.peek('held')).toBe('value')
  })

  it('makes no sweeper where there is nothing that it could sweep', async () => {
    const time = createFakeClock()
    const link = new SharedLink(new SharedServers())
    const { clock, scheduler } = time
    cache = createSharedCache(
      { clock, scheduler, random: fakeRandom(0.5, 'n1-') },
      { log: link, openStore: (name) => link.open(name), close: async () => {} },
    )
    await time.advance(0)
    await cache.invalidate({ tag: 'red' })
    await time.advance(20_000)
    expect(cache.health().sharing).toMatchObject({ isSweeping: false, lastSweep: undefined })
  })
})
