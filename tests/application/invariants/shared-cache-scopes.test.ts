import { afterEach, describe, expect, it } from 'vitest'
import { deferred } from '../../fakes/deferred.ts'
import { addDependencies, MEMBER, REACHED, SPARED, TARGETS } from '../../fakes/scopes.ts'
import { type SharedNode, type SharedStage, sharedStage } from '../../fakes/shared-stage.ts'

const stages: SharedStage[] = []

afterEach(async () => {
  for (const one of stages.splice(0)) await one.close()
})

/** Two nodes whose L1 both hold the key that is reached and one that isn't. */
async function stage() {
  const made = sharedStage()
  stages.push(made)
  const [a, b] = [made.node(), made.node()]
  await made.settle()
  addDependencies(a.cache)
  await a.cache.set(REACHED, 'old', { ...MEMBER, staleIfError: '1h' })
  await a.cache.set(SPARED, 'spared')
  for (const { cache } of [a, b]) {
    expect(await cache.get(REACHED)).toBe('old')
    expect(await cache.get(SPARED)).toBe('spared')
  }
  return { ...made, a, b }
}

const fails = (): never => {
  throw new Error('the source is away')
}

/** What the key answers where the factory fails: what is served stale, or the error. */
async function staleOf({ cache }: SharedNode): Promise<unknown> {
  return cache.getOrSet(REACHED, fails, { staleIfError: '1h' }).catch((error: unknown) => error)
}

describe.each(TARGETS)('an invalidation of %s, over two nodes', (name, target) => {
  it('is read on its own node once it resolves, and on others when the log has arrived', async () => {
    const { a, b, settle } = await stage()
    const { position, propagated } = await a.cache.invalidate(target)
    expect(propagated).toBe(true)
    expect(position).toMatchObject({ generation: 'g1', seq: 3 })
    expect(await a.cache.get(REACHED)).toBeUndefined()
    expect(a.cache.peek(SPARED)).toBe('spared')
    await settle()
    expect(b.cache.peek(REACHED)).toBeUndefined()
    expect(await b.cache.get(REACHED)).toBeUndefined()
    expect(b.cache.peek(SPARED)).toBe('spared')
  })

  it('is known to a node that joins later, and to a namespace', async () => {
    const { a, node, servers, settle } = await stage()
    const held = servers.entries.get(`default/${REACHED}`)
    await a.cache.invalidate(target)
    const late = node()
    await settle()
    // What an old store that comes late might leave there.
    if (name !== 'a key' && name !== 'a key as text' && held !== undefined) {
      servers.entries.set(`default/${REACHED}`, held)
    }
    expect(await late.cache.get(REACHED)).toBeUndefined()
    expect(await a.cache.get(REACHED)).toBeUndefined()
  })

  it('fences the loads of other nodes: they store nothing, and nobody joins them', async () => {
    const { a, b, servers, settle } = await stage()
    await a.cache.invalidate(REACHED)
    await settle()
    const source = deferred<string>()
    const load = b.cache.getOrSet(REACHED, () => source.promise, MEMBER)
    await settle()
    await a.cache.invalidate(target)
    await settle()
    const next = b.cache.getOrSet(REACHED, () => 'new', MEMBER)
    expect(await next).toBe('new')
    source.resolve('old')
    // Something newer is there: who waited gets that.
    expect(await load).toBe('new')
    expect(servers.entries.get(`default/${REACHED}`)?.value).toBe('new')
    expect(await a.cache.get(REACHED)).toBe('new')
  })

  it('is soft if it says so: stale where the factory fails, everywhere, and never fresh', async () => {
    const { a, b, node, settle } = await stage()
    await a.cache.invalidate(target, { soft: true })
    const late = node()
    await settle()
    for (const one of [a, b, late]) {
      expect(await one.cache.get(REACHED)).toBeUndefined()
      expect(await staleOf(one)).toBe('old')
    }
    expect(await b.cache.getOrSet(REACHED, () => 'new', MEMBER)).toBe('new')
    expect(await late.cache.get(REACHED)).toBe('new')
    await settle()
    expect(await a.cache.get(REACHED)).toBe('new')
  })

  it('is hard otherwise: not served stale either', async () => {
    const { a, b, settle } = await stage()
    await a.cache.invalidate(target)
    await settle()
    for (const one of [a, b]) expect(await staleOf(one)).toBeInstanceOf(Error)
  })

  it('is obeyed on its own node while the log cannot be reached, and by all once it can', async () => {
    const { a, b, time, settle } = await stage()
    a.link.cut()
    expect(await a.cache.invalidate(target)).toEqual({ position: undefined, propagated: false })
    expect(await a.cache.get(REACHED)).toBeUndefined()
    expect(await a.cache.getOrSet(REACHED, () => 'new', MEMBER)).toBe('new')
    expect(b.cache.peek(REACHED)).toBe('old')
    a.link.heal()
    await settle()
    expect(b.cache.peek(REACHED)).toBeUndefined()
    expect(await b.cache.get(REACHED)).toBeUndefined()
    await time.advance(2000)
    expect(await a.cache.get(REACHED)).toBeUndefined()
    expect(await b.cache.getOrSet(REACHED, () => 'newest', MEMBER)).toBe('newest')
    expect(await a.cache.get(REACHED)).toBe('newest')
  })
})

describe('a flush, over two nodes', () => {
  it('leaves nothing of its namespace anywhere, and other namespaces alone', async () => {
    const { a, b, settle } = await stage()
    await a.cache.namespace('orders').set('order:1', 'other')
    expect(await b.cache.namespace('orders').get('order:1')).toBe('other')
    expect(await a.cache.flush()).toMatchObject({ propagated: true })
    await settle()
    for (const { cache } of [a, b]) {
      for (const key of [REACHED, SPARED]) expect(await cache.get(key)).toBeUndefined()
      expect(await cache.namespace('orders').get('order:1')).toBe('other')
    }
  })

  it('counts as one invalidation on each node, and stands once in each history', async () => {
    const { a, b, settle } = await stage()
    b.link.isDeaf = true
    await a.cache.invalidate({ tag: 'other' })
    await b.cache.flush()
    await settle()
    for (const { cache } of [a, b]) {
      const seqs = (await cache.invalidations(10)).map(({ position }) => position.seq)
      expect(seqs.toSorted()).toEqual([3, 4])
      expect((await cache.stats()).invalidations).toBe(2)
    }
  })
})

describe('delete, over two nodes', () => {
  it('removes the entry everywhere, and says whether there was one', async () => {
    const { a, b, settle } = await stage()
    expect(await b.cache.delete(REACHED)).toBe(true)
    await settle()
    expect(a.cache.peek(REACHED)).toBeUndefined()
    expect(await a.cache.get(REACHED)).toBeUndefined()
    expect(await a.cache.delete(REACHED)).toBe(false)
    expect(await a.cache.get(SPARED)).toBe('spared')
  })
})

describe('a dependency, over two nodes and two namespaces', () => {
  it('reaches what depends on it in every namespace of every node', async () => {
    const { a, b, settle } = await stage()
    await b.cache.namespace('orders').set('order:1', 1, { dependsOn: ['region:2'] })
    await b.cache.namespace('orders').set('order:2', 2)
    expect(await a.cache.namespace('orders').get('order:1')).toBe(1)
    await a.cache.invalidate({ dependency: 'country:1' })
    await settle()
    for (const { cache } of [a, b]) {
      expect(await cache.namespace('orders').get('order:1')).toBeUndefined()
      expect(await cache.namespace('orders').get('order:2')).toBe(2)
    }
  })
})
