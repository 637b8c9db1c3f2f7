import { afterEach, describe, expect, it } from 'vitest'
import { deferred } from '../../fakes/deferred.ts'
import { type SharedStage, sharedStage } from '../../fakes/shared-stage.ts'
import { TEXT_SCHEMA } from '../../fakes/text-schema.ts'

const stages: SharedStage[] = []

afterEach(async () => {
  for (const one of stages.splice(0)) await one.close()
})

/** Two nodes that have joined, and a factory that counts its runs. */
async function stage() {
  const made = sharedStage()
  stages.push(made)
  const [a, b] = [made.node(), made.node()]
  await made.settle()
  let runs = 0
  const load = async (): Promise<number> => {
    runs += 1
    return runs
  }
  return { ...made, a, b, load, runs: () => runs }
}

const TTL = { ttl: 1000, jitter: 0 }

describe('the life of an entry, over two nodes', () => {
  it('ends on both at its instant, and is loaded once then', async () => {
    const { a, b, time, load, runs } = await stage()
    await a.cache.getOrSet('key', load, TTL)
    expect(await b.cache.get('key')).toBe(1)
    await time.advance(999)
    expect([a.cache.peek('key'), b.cache.peek('key')]).toEqual([1, 1])
    await time.advance(1)
    expect([await a.cache.get('key'), await b.cache.get('key')]).toEqual([undefined, undefined])
    const loads = [a, b].map(({ cache }) => cache.getOrSet('key', load, TTL))
    await time.advance(100)
    expect(await Promise.all(loads)).toEqual([2, 2])
    expect(runs()).toBe(2)
  })

  it('is served stale by both while one of them refreshes it', async () => {
    const { a, b, time, load, runs } = await stage()
    const options = { ...TTL, staleWhileRevalidate: '1m' } as const
    await a.cache.getOrSet('key', load, options)
    await b.cache.getOrSet('key', load, options)
    await time.advance(1000)
    const source = deferred<number>()
    expect(await a.cache.getOrSet('key', () => source.promise, options)).toBe(1)
    expect(await b.cache.getOrSet('key', load, options)).toBe(1)
    await time.advance(10)
    source.resolve(100)
    await time.advance(100)
    expect(await a.cache.getOrSet('key', load, options)).toBe(100)
    expect(await b.cache.getOrSet('key', load, options)).toBe(100)
    expect(runs()).toBe(1)
  })

  it('is served by the other node as it was refreshed, by get as well', async () => {
    const { a, b, time, load } = await stage()
    const options = { ...TTL, staleIfError: '1m' } as const
    await a.cache.getOrSet('key', load, options)
    expect(await b.cache.get('key')).toBe(1)
    await time.advance(1000)
    expect(await a.cache.getOrSet('key', load, options)).toBe(2)
    expect(await b.cache.has('key')).toBe(true)
    expect(await b.cache.get('key')).toBe(2)
  })

  it('is refreshed ahead by one of them', async () => {
    const { a, b, time, load, runs } = await stage()
    const options = { ...TTL, refreshAhead: 0.8 }
    await a.cache.getOrSet('key', load, options)
    await b.cache.getOrSet('key', load, options)
    await time.advance(799)
    await a.cache.getOrSet('key', load, options)
    await time.advance(0)
    expect(runs()).toBe(1)
    await time.advance(1)
    const early = [a, b].map(({ cache }) => cache.getOrSet('key', load, options))
    expect(await Promise.all(early)).toEqual([1, 1])
    await time.advance(100)
    expect(runs()).toBe(2)
    for (const { cache } of [a, b]) expect(await cache.getOrSet('key', load, options)).toBe(2)
  })

  it('is served stale where the factory fails, from L2 as well, and no longer than that', async () => {
    const { a, time, node, settle, load } = await stage()
    const options = { ...TTL, staleIfError: 500 }
    await a.cache.getOrSet('key', load, options)
    const late = node()
    await settle()
    const fail = (): never => {
      throw new Error('away')
    }
    await time.advance(1499)
    expect(await late.cache.getOrSet('key', fail, options)).toBe(1)
    await time.advance(1)
    await expect(late.cache.getOrSet('key', fail, options)).rejects.toThrow('away')
  })

  it('slides with the lookups of one node for the other as well', async () => {
    const { a, b, time } = await stage()
    await a.cache.set('key', 1, { ttl: '1h', jitter: 0, slidingTtl: 1000 })
    for (let read = 0; read < 5; read += 1) {
      await time.advance(600)
      expect((await a.cache.lookup('key')).state).toBe('fresh')
    }
    await time.advance(0)
    expect(await b.cache.get('key')).toBe(1)
    await time.advance(1000)
    expect([await a.cache.get('key'), await b.cache.get('key')]).toEqual([undefined, undefined])
  })

  it('ends where it does not fit the schema: one node loads anew, and stores that for all', async () => {
    const { a, b, time, settle, node, servers } = await stage()
    await a.cache.namespace('texts').set('key', 5)
    const c = node()
    await settle()
    await time.advance(1)
    const texts = [b, c].map(({ cache }) =>
      cache.namespace<string>('texts', { schema: TEXT_SCHEMA }),
    )
    let runs = 0
    const load = async (): Promise<string> => {
      runs += 1
      return 'five'
    }
    const loads = texts.map((one) => one.getOrSet('key', load))
    await time.advance(100)
    expect(await Promise.all(loads)).toEqual(['five', 'five'])
    expect(runs).toBe(1)
    expect(servers.entries.get('texts/key')?.value).toBe('five')
  })

  it('is given anew by touch, for both', async () => {
    const { a, b, time } = await stage()
    await a.cache.set('key', 1, TTL)
    await time.advance(900)
    expect(await b.cache.touch('key', { ttl: 5000 })).toBe(true)
    await time.advance(4999)
    expect(b.cache.peek('key')).toBe(1)
    expect(await a.cache.get('key')).toBe(1)
    await time.advance(1)
    expect(await a.cache.get('key')).toBeUndefined()
    expect(await a.cache.touch('key', { ttl: 5000 })).toBe(false)
  })

  it('is not given anew by touch once a mark has reached it', async () => {
    const { a, b, servers, settle } = await stage()
    await a.cache.set('key', 1, TTL)
    expect(await b.cache.get('key')).toBe(1)
    await a.cache.invalidate('key')
    await settle()
    expect(await b.cache.touch('key', { ttl: 5000 })).toBe(false)
    await settle()
    expect(servers.entries.size).toBe(0)
  })

  it('is none with a TTL of zero: loaded by each, stored by nobody, and nothing older stays', async () => {
    const { a, b, servers, load, settle } = await stage()
    await a.cache.set('key', 'old')
    expect(await b.cache.get('key')).toBe('old')
    expect(await a.cache.set('key', 'none', { ttl: 0 })).toBe(false)
    await settle()
    expect(b.cache.peek('key')).toBeUndefined()
    expect(await b.cache.getOrSet('key', load, { ttl: 0 })).toBe(1)
    expect(await a.cache.getOrSet('key', load, { ttl: 0 })).toBe(2)
    await settle()
    expect(servers.entries.size).toBe(0)
  })
})

describe('the other questions, over two nodes', () => {
  it('are answered of what the other node has stored', async () => {
    const { a, b, time, settle } = await stage()
    await a.cache.set('a', 1, { ttl: '1h', tags: ['t'], priority: 'high' })
    await a.cache.set('b', null)
    await a.cache.set('c', 3)
    expect(await b.cache.has('a')).toBe(true)
    expect(await b.cache.has('d')).toBe(false)
    expect([...(await b.cache.getMany(['a', 'b', 'd']))]).toEqual([
      ['a', 1],
      ['b', null],
    ])
    const keys: string[] = []
    for await (const key of b.cache.keys()) keys.push(key)
    expect(keys.toSorted()).toEqual(['a', 'b', 'c'])
    await b.cache.deleteMany(['b', 'c'])
    await b.cache.invalidate({ tag: 'other' })
    await settle()
    const left: string[] = []
    for await (const key of a.cache.keys()) left.push(key)
    expect(left).toEqual(['a'])
    await time.advance(5)
    expect(await a.cache.lookup('a')).toMatchObject({ tags: ['t'], priority: 'high', ageMs: 5 })
  })

  it('list no key that a mark has reached, though its bytes may still lie there', async () => {
    const { a, b, servers } = await stage()
    await a.cache.set('a', 1, { tags: ['t'] })
    await a.cache.set('b', 1)
    await b.cache.invalidate({ tag: 't' })
    expect(servers.entries.size).toBe(2)
    const keys: string[] = []
    for await (const key of b.cache.keys()) keys.push(key)
    expect(keys).toEqual(['b'])
  })

  it('say which tier has answered', async () => {
    const { a, b, load, settle } = await stage()
    const tiers: unknown[] = []
    b.cache.on('hit', ({ tier }) => tiers.push(tier))
    await a.cache.set('key', 1)
    await settle()
    expect((await b.cache.lookup('key')).tier).toBe('repository')
    expect((await b.cache.lookup('key')).tier).toBe('memory')
    await a.cache.set('key', 2)
    await settle()
    await b.cache.getOrSet('key', load)
    await b.cache.getOrSet('key', load, { refreshAhead: 0.99 })
    await b.cache.get('key')
    expect(tiers).toEqual(['repository', 'memory', 'repository', 'memory', 'memory'])
  })

  it('are explained on each node, with the mark that another has made', async () => {
    const { a, b, settle } = await stage()
    await a.cache.set('key', 1)
    expect(await b.cache.explain('key')).toMatchObject({ state: 'fresh', nextRead: 'hit' })
    await a.cache.invalidate({ prefix: 'key' }, { reason: 'price change' })
    await settle()
    const explained = await b.cache.explain('key')
    expect(explained).toMatchObject({ state: 'absent', nextRead: 'call the factory' })
    expect(explained.lastRemoval).toMatchObject({ cause: 'invalidated' })
    expect(explained.summary).toContain('price change')
    await a.cache.set('other', 1)
    await b.cache.delete('other')
    await settle()
    expect((await a.cache.explain('other')).lastRemoval).toMatchObject({ cause: 'deleted' })
  })

  it('are answered by warm as by set: for all', async () => {
    const { a, b } = await stage()
    const report = await a.cache.warm([
      { key: 'a', value: 1 },
      { key: 'b', value: 2 },
    ])
    expect(report).toMatchObject({ failed: 0 })
    expect([...(await b.cache.getMany(['a', 'b'])).values()]).toEqual([1, 2])
  })
})
