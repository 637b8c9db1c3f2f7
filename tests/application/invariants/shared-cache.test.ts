import { afterEach, describe, expect, it } from 'vitest'
import type { FakeClock } from '../../../src/testing/fake-clock.ts'
import { type SharedStage, sharedStage } from '../../fakes/shared-stage.ts'

let stages: SharedStage[] = []

afterEach(async () => {
  for (const one of stages) await one.close()
  stages = []
})

/** Nodes that share servers, on one clock. */
function stage(): SharedStage {
  const made = sharedStage()
  stages.push(made)
  return made
}

/** Lets everything settle that needs no time. */
const settle = (time: FakeClock): Promise<void> => time.advance(0)

describe('a cache that shares its entries', () => {
  it('loads a key once over all nodes', async () => {
    const { time, node } = stage()
    const [a, b] = [node(), node()]
    await settle(time)
    let loads = 0
    const load = async (): Promise<number> => {
      loads += 1
      return loads
    }
    expect(await a.cache.getOrSet('key', load)).toBe(1)
    expect(await b.cache.getOrSet('key', load)).toBe(1)
    expect(a.cache.peek('key')).toBe(1)
    expect(b.cache.peek('key')).toBe(1)
  })

  it('hands a set to the other nodes, and an invalidation', async () => {
    const { time, node } = stage()
    const [a, b] = [node(), node()]
    await settle(time)
    expect(await a.cache.set('key', 'old')).toBe(true)
    expect(await b.cache.get('key')).toBe('old')
    expect(await a.cache.set('key', 'new')).toBe(true)
    await settle(time)
    expect(b.cache.peek('key')).toBeUndefined()
    expect(await b.cache.get('key')).toBe('new')
    expect(await b.cache.invalidate('key')).toMatchObject({ propagated: true })
    await settle(time)
    expect(a.cache.peek('key')).toBeUndefined()
    expect(await a.cache.get('key')).toBeUndefined()
  })

  it('answers nothing from memory once its lease has run out, and again when it has caught up', async () => {
    const { time, node } = stage()
    const [a, b] = [node(), node()]
    await settle(time)
    await a.cache.set('key', 'old')
    expect(await b.cache.get('key')).toBe('old')
    b.link.cut()
    await a.cache.set('key', 'new')
    expect(b.cache.peek('key')).toBe('old')
    await time.advance(1500)
    expect(b.cache.peek('key')).toBeUndefined()
    expect(await b.cache.get('key')).toBeUndefined()
    expect(await b.cache.getOrSet('key', () => 'made here')).toBe('made here')
    b.link.heal()
    await time.advance(2000)
    // What it has made itself may be newer than what lies there: that leaves first.
    expect(await b.cache.get('key')).toBeUndefined()
    await settle(time)
    expect(await a.cache.get('key')).toBeUndefined()
    await a.cache.set('key', 'newest')
    expect(await b.cache.get('key')).toBe('newest')
  })

  it('says of an invalidation that the log did not take that it is not propagated, and brings it later', async () => {
    const { time, node } = stage()
    const [a, b] = [node(), node()]
    await settle(time)
    await a.cache.set('key', 'old', { tags: ['t'] })
    expect(await b.cache.get('key')).toBe('old')
    a.link.cut()
    expect(await a.cache.invalidate({ tag: 't' })).toEqual({
      position: undefined,
      propagated: false,
    })
    expect(await a.cache.get('key')).toBeUndefined()
    expect(b.cache.peek('key')).toBe('old')
    a.link.heal()
    await time.advance(100)
    expect(await b.cache.get('key')).toBeUndefined()
  })

  it('keeps no value that a slow factory brings after an invalidation on another node', async () => {
    const { time, node } = stage()
    const [a, b] = [node(), node()]
    await settle(time)
    let resolve: (value: string) => void = () => {}
    const slow = a.cache.getOrSet(
      'key',
      () =>
        new Promise<string>((done) => {
          resolve = done
        }),
    )
    await settle(time)
    await b.cache.invalidate('key')
    await settle(time)
    resolve('old')
    expect(await slow).toBe('old')
    expect(await b.cache.get('key')).toBeUndefined()
    expect(await a.cache.getOrSet('key', () => 'new')).toBe('new')
    expect(await b.cache.get('key')).toBe('new')
  })

  it('forgets everything when the log is lost', async () => {
    const { servers, time, node } = stage()
    const [a, b] = [node(), node()]
    await settle(time)
    await a.cache.set('key', 'value')
    expect(await b.cache.get('key')).toBe('value')
    servers.flush()
    await time.advance(300)
    expect(a.cache.peek('key')).toBeUndefined()
    expect(b.cache.peek('key')).toBeUndefined()
    await time.advance(2000)
    expect(await a.cache.set('key', 'again')).toBe(true)
    expect(await b.cache.get('key')).toBe('again')
  })
})
