import { afterEach, describe, expect, it } from 'vitest'
import { deferred } from '../../fakes/deferred.ts'
import { outcome } from '../../fakes/outcome.ts'
import { type SharedStage, sharedStage } from '../../fakes/shared-stage.ts'

const stages: SharedStage[] = []

afterEach(async () => {
  for (const one of stages.splice(0)) await one.close()
})

/** Two nodes that have joined. */
async function stage() {
  const made = sharedStage()
  stages.push(made)
  const [a, b] = [made.node(), made.node()]
  await made.settle()
  return { ...made, a, b }
}

/** What a promise has come to by now. */
function watched<T>(promise: Promise<T>) {
  const state: { value: T | 'pending' } = { value: 'pending' }
  void promise.then((value) => {
    state.value = value
  })
  return state
}

describe('a node that hears no doorbell', () => {
  it('serves what was invalidated elsewhere until its next heartbeat, and not after', async () => {
    const { a, b, time } = await stage()
    await a.cache.set('key', 'old')
    expect(await b.cache.get('key')).toBe('old')
    b.link.isDeaf = true
    await time.advance(300)
    await a.cache.set('key', 'new')
    await time.advance(299)
    expect(b.cache.peek('key')).toBe('old')
    await time.advance(1)
    expect(b.cache.peek('key')).toBeUndefined()
    expect(await b.cache.get('key')).toBe('new')
  })

  it('reads the log when it finds in L2 what is newer than it knows', async () => {
    const { a, b } = await stage()
    b.link.isDeaf = true
    await a.cache.set('key', 'new')
    expect(await b.cache.get('key')).toBe('new')
  })
})

describe('a node whose link answers nothing', () => {
  it('serves nothing old beyond the lease, and its readers do not wait for the log', async () => {
    const { a, b, time } = await stage()
    await a.cache.set('key', 'old')
    expect(await b.cache.get('key')).toBe('old')
    b.link.hold()
    await a.cache.set('key', 'new')
    await time.advance(1499)
    expect(b.cache.peek('key')).toBe('old')
    await time.advance(1)
    expect(b.cache.peek('key')).toBeUndefined()
    expect(await b.cache.getOrSet('key', () => 'made here')).toBe('made here')
    b.link.letGo()
  })

  it('answers an invalidation, a set, and a strict set, at the deadline', async () => {
    const { a, time } = await stage()
    a.link.hold()
    const invalidated = watched(a.cache.invalidate('key'))
    const set = watched(a.cache.set('key', 1))
    const strict = watched(outcome(a.cache.set('other', 1, { strict: true })))
    await time.advance(249)
    expect([invalidated.value, set.value, strict.value]).toEqual(['pending', 'pending', 'pending'])
    await time.advance(1)
    expect(invalidated.value).toEqual({ position: undefined, propagated: false })
    expect(set.value).toBe(false)
    expect(strict.value).toMatchObject({ code: 'CACHE_REPOSITORY_UNAVAILABLE' })
    expect(await a.cache.get('key')).toBeUndefined()
    a.link.letGo()
  })

  it('runs one factory per key and lease while it is alone, however many ask', async () => {
    const { a, time } = await stage()
    a.link.cut()
    await time.advance(1500)
    let runs = 0
    const load = (): number => {
      runs += 1
      return runs
    }
    const together = [1, 2, 3].map(() => a.cache.getOrSet('key', load))
    expect(await Promise.all(together)).toEqual([1, 1, 1])
    await time.advance(1499)
    expect(await a.cache.getOrSet('key', load)).toBe(1)
    await time.advance(1)
    expect(await a.cache.getOrSet('key', load)).toBe(2)
  })
})

describe('a strict set', () => {
  it('rejects where nobody can be told, and resolves where all can', async () => {
    const { a, b } = await stage()
    expect(await a.cache.set('key', 1, { strict: true })).toBe(true)
    expect(await b.cache.get('key')).toBe(1)
    a.link.cut()
    await expect(a.cache.set('key', 2, { strict: true })).rejects.toMatchObject({
      code: 'CACHE_REPOSITORY_UNAVAILABLE',
    })
    expect(await a.cache.get('key')).toBeUndefined()
  })
})

describe('a log that was cut', () => {
  it('in the middle of a set leaves no older value: the mark comes later', async () => {
    const { a, b, settle, time } = await stage()
    await a.cache.set('key', 'old')
    expect(await b.cache.get('key')).toBe('old')
    a.link.hold()
    const set = watched(a.cache.set('key', 'new'))
    a.link.cut()
    await time.advance(250)
    expect(set.value).toBe(false)
    expect(await a.cache.get('key')).toBeUndefined()
    a.link.heal()
    await settle()
    expect(b.cache.peek('key')).toBeUndefined()
    expect(await b.cache.get('key')).toBeUndefined()
    expect(await b.cache.getOrSet('key', () => 'newest')).toBe('newest')
  })

  it('in the middle of a load leaves its value with its own node, until a newer one is set', async () => {
    const { a, b, servers, settle, time } = await stage()
    const source = deferred<string>()
    const load = a.cache.getOrSet('key', () => source.promise)
    await settle()
    a.link.cut()
    source.resolve('made')
    expect(await load).toBe('made')
    expect(servers.entries.size).toBe(0)
    expect(await b.cache.get('key')).toBeUndefined()
    await b.cache.set('key', 'newer')
    await time.advance(2000)
    a.link.heal()
    await time.advance(1000)
    expect(await a.cache.get('key')).not.toBe('made')
    await settle()
    expect(await a.cache.getOrSet('key', () => 'newest')).toBe('newest')
    expect(await b.cache.get('key')).toBe('newest')
  })

  it('and trimmed meanwhile makes a node begin anew, with nothing old', async () => {
    const { a, b, servers, settle, time } = await stage()
    await a.cache.set('key', 'old', { tags: ['t'] })
    await a.cache.set('other', 'kept')
    expect(await b.cache.get('key')).toBe('old')
    expect(await b.cache.get('other')).toBe('kept')
    b.link.cut()
    await a.cache.invalidate({ tag: 't' })
    for (let at = 0; at < 5; at += 1) await a.cache.invalidate({ tag: `u${at}` })
    servers.trim(2)
    b.link.heal()
    await settle()
    expect(b.cache.peek('key')).toBeUndefined()
    expect(b.cache.peek('other')).toBeUndefined()
    // Other nodes may have marks that they could not deliver, either.
    await time.advance(500)
    expect(await b.cache.get('key')).toBeUndefined()
    expect(await b.cache.get('other')).toBe('kept')
  })
})

describe('a log that comes back with older data', () => {
  it('makes no invalidated value readable', async () => {
    const { a, b, servers, time } = await stage()
    await a.cache.set('key', 'old')
    const { records, seq } = servers
    const snapshot = { entries: [...servers.entries], records: [...records], seq }
    await a.cache.invalidate('key')
    await a.cache.invalidate({ tag: 't' })
    await time.advance(0)
    for (const { link } of [a, b]) link.cut()
    servers.entries.clear()
    for (const [name, entry] of snapshot.entries) servers.entries.set(name, entry)
    servers.records = snapshot.records
    servers.seq = snapshot.seq
    for (const { link } of [a, b]) link.heal('server back from its disk')
    await time.advance(3000)
    for (const { cache } of [a, b]) expect(await cache.get('key')).toBeUndefined()
    expect(await b.cache.getOrSet('key', () => 'new')).toBe('new')
    expect(await a.cache.get('key')).toBe('new')
  })
})

describe('a holder of the lease that dies', () => {
  it('delays the others by its lease at most', async () => {
    const { a, b, time, settle } = await stage()
    const never = deferred<string>()
    const lost = outcome(a.cache.getOrSet('key', () => never.promise))
    await settle()
    a.link.cut()
    const follower = watched(b.cache.getOrSet('key', () => 'made by b'))
    await time.advance(1949)
    expect(follower.value).toBe('pending')
    await time.advance(151)
    expect(follower.value).toBe('made by b')
    await a.cache.close()
    expect(await lost).toMatchObject({ code: 'CACHE_CLOSED' })
  })

  it('and comes back stores nothing over what the next one made', async () => {
    const { a, b, time, settle } = await stage()
    const slow = deferred<string>()
    const lost = a.cache.getOrSet('key', () => slow.promise)
    await settle()
    a.link.cut()
    await time.advance(1000)
    const follower = b.cache.getOrSet('key', () => 'made by b')
    await time.advance(1100)
    expect(await follower).toBe('made by b')
    a.link.heal()
    await time.advance(1000)
    slow.resolve('made by a')
    expect(await lost).toBe('made by a')
    await settle()
    expect(await b.cache.get('key')).not.toBe('made by a')
  })
})

describe('a namespace', () => {
  it('that opens late serves nothing that was invalidated before', async () => {
    const { a, b, servers, settle } = await stage()
    const orders = a.cache.namespace('orders')
    await orders.set('order:1', 'old', { tags: ['t'] })
    await orders.set('order:2', 'kept')
    const held = servers.entries.get('orders/order:1')
    await orders.invalidate({ tag: 't' })
    await settle()
    if (held !== undefined) servers.entries.set('orders/order:1', held)
    const late = b.cache.namespace('orders')
    expect(await late.get('order:1')).toBeUndefined()
    expect(await late.get('order:2')).toBe('kept')
  })

  it('that opens before the node has joined begins when it does', async () => {
    const { a, node, settle } = await stage()
    await a.cache.namespace('orders').set('order:1', 1)
    const late = node({}, { isCut: true })
    const orders = late.cache.namespace('orders')
    expect(await orders.get('order:1')).toBeUndefined()
    expect(await orders.getOrSet('order:1', () => 'alone')).toBe('alone')
    late.link.heal()
    await settle()
    expect(await late.cache.namespace('others').get('order:1')).toBeUndefined()
    expect(await a.cache.namespace('orders').get('order:1')).toBe(1)
  })
})

describe('close()', () => {
  it('ends what runs, and leaves nothing waiting, whatever the link does', async () => {
    for (const isHeld of [true, false]) {
      const { a, b, time, settle } = await stage()
      const never = deferred<string>()
      const loads = [
        a.cache.getOrSet('computing', () => never.promise),
        a.cache.getOrSet('waiting', () => never.promise),
      ].map(outcome)
      void outcome(b.cache.getOrSet('waiting', () => never.promise))
      await settle()
      if (isHeld) a.link.hold()
      const calls = [
        a.cache.set('key', 1),
        a.cache.set('key', 1, { strict: true }),
        a.cache.invalidate({ tag: 't' }),
        a.cache.flush(),
        a.cache.get('cold'),
        a.cache.delete('key'),
        a.cache.touch('key'),
        a.cache.getOrSet('cold', () => 1),
      ].map(outcome)
      const done = watched(Promise.all([...loads, ...calls, a.cache.close()]))
      await settle()
      a.link.cut()
      await time.advance(5000)
      expect(done.value).not.toBe('pending')
      for (const load of loads) expect(await load).toMatchObject({ code: 'CACHE_CLOSED' })
      await expect(a.cache.get('key')).rejects.toMatchObject({ code: 'CACHE_CLOSED' })
      await b.cache.close()
    }
  })

  it('gives the lease of a running load back, so that others go on', async () => {
    const { a, b, time, settle } = await stage()
    const never = deferred<string>()
    void outcome(a.cache.getOrSet('key', () => never.promise))
    await settle()
    const follower = watched(b.cache.getOrSet('key', () => 'made by b'))
    await time.advance(10)
    await a.cache.close()
    await time.advance(50)
    expect(follower.value).toBe('made by b')
  })

  it('leaves the other nodes as they are', async () => {
    const { a, b, time } = await stage()
    await a.cache.set('key', 1)
    await a.cache.close()
    await time.advance(3000)
    expect(await b.cache.get('key')).toBe(1)
    expect(await b.cache.invalidate('key')).toMatchObject({ propagated: true })
  })
})
