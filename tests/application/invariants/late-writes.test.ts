import { describe, expect, it } from 'vitest'
import { backendStage, settle } from '../../fakes/cache-stage.ts'
import { deferred } from '../../fakes/deferred.ts'
import type { BackendCall, Behaviour } from '../../fakes/unreliable-repository.ts'

const on =
  (verb: BackendCall['verb'], behaviour: Behaviour) =>
  (call: BackendCall): Behaviour =>
    call.verb === verb ? behaviour : 'now'

/** Lands after half a second, though the cache stopped waiting after a quarter. */
const LATE = { landAfterMs: 500, answerAfterMs: 600 }
/** Is told to have failed, and lands nevertheless. */
const LIES = { landAfterMs: 500, answerAfterMs: 1, fails: true }

describe('late is harmless: a write of the backend that lands long after', () => {
  it.each([
    ['its deadline', LATE],
    ['it was said to have failed', LIES],
  ])('%s makes no set() older than the next', async (_, behaviour) => {
    const { cache, time, backend } = backendStage()
    backend.behave = on('set', behaviour)
    const late = cache.set('key', 'one')
    await time.advance(250)
    expect(await late).toBe(false)
    backend.behave = () => 'now'
    expect(await cache.set('key', 'two')).toBe(true)
    await time.advance(400_000)
    expect(backend.entries().get('key' as never)?.value).not.toBe('two')
    expect(await cache.get('key')).toBeUndefined()
    expect(await cache.getOrSet('key', () => 'three')).toBe('three')
    expect(await cache.get('key')).toBe('three')
  })

  it.each([
    ['key', 'key'],
    ['prefix', 'k*'],
    ['tag', { tag: 't' }],
    ['regex', { regex: '^key$' }],
    ['dependency', { dependency: 'd' }],
  ] as const)(
    'of a load does not come back after an invalidation by %s, however many sweeps went by',
    async (_, target) => {
      const { cache, time, backend } = backendStage({ defaults: { ttl: '1h' } })
      backend.behave = on('set', { landAfterMs: 290_000, answerAfterMs: 400_000 })
      const load = cache.getOrSet('key', () => 'old', { tags: ['t'], dependsOn: ['d'] })
      await time.advance(250)
      expect(await load).toBe('old')
      await cache.invalidate(target)
      backend.behave = () => 'now'
      await time.advance(289_000)
      expect(backend.entries().size).toBe(0)
      await time.advance(1000)
      expect(backend.entries().get('key' as never)?.value).toBe('old')
      expect(await cache.get('key')).toBeUndefined()
      expect(await cache.getOrSet('key', () => 'new')).toBe('new')
      expect(await cache.get('key')).toBe('new')
    },
  )

  it('of a load does not come back after flush()', async () => {
    const { cache, time, backend } = backendStage({ defaults: { ttl: '1h' } })
    backend.behave = on('set', { landAfterMs: 200_000, answerAfterMs: 1, fails: true })
    const load = cache.getOrSet('key', () => 'old')
    await time.advance(250)
    await load
    await cache.flush()
    backend.behave = () => 'now'
    await time.advance(200_000)
    expect(backend.entries().size).toBe(1)
    expect(await cache.get('key')).toBeUndefined()
  })

  it('during the sweep, behind its back, does not come back either', async () => {
    const { cache, time, backend } = backendStage({ defaults: { ttl: '1h' } })
    await cache.setMany(Array.from({ length: 250 }, (_, at) => ({ key: `z${at}`, value: at })))
    backend.behave = on('set', 'hold')
    const load = cache.getOrSet('a', () => 'old', { tags: ['t'] })
    await settle(time)
    backend.behave = on('list', 'hold')
    await cache.invalidate({ tag: 't' })
    await settle(time)
    await backend.take('list').answer()
    await settle(time)
    await backend.take('set').answer()
    await load
    await backend.take('list').answer()
    backend.behave = () => 'now'
    await time.advance(10_000)
    expect(backend.entries().has('a' as never)).toBe(true)
    expect(await cache.get('a')).toBeUndefined()
  })

  it.each(['in order', 'the other way round'])(
    'two sets whose writes the backend swaps, and answers %s: never the older one',
    async (order) => {
      const { cache, time, backend } = backendStage()
      backend.behave = on('set', 'hold')
      const sets = [cache.set('key', 'one'), cache.set('key', 'two')]
      await settle(time)
      const [first, second] = [backend.take('set'), backend.take('set')]
      await second.land()
      await first.land()
      for (const write of order === 'in order' ? [first, second] : [second, first]) {
        await write.answer()
      }
      expect(await Promise.all(sets)).toEqual([true, true])
      backend.behave = () => 'now'
      expect(backend.entries().get('key' as never)?.value).toBe('one')
      expect(await cache.get('key')).toBeUndefined()
      await time.advance(60_000)
      expect(backend.entries().size).toBe(0)
      await cache.set('key', 'three')
      expect(await cache.get('key')).toBe('three')
    },
  )

  it('a removal that lands after the next set loses that value at most, never brings the older one', async () => {
    const { cache, time, backend } = backendStage()
    await cache.set('key', 'one')
    backend.behave = on('delete', { landAfterMs: 100, answerAfterMs: 100 })
    await cache.delete('key')
    await cache.set('key', 'two')
    expect(await cache.get('key')).toBe('two')
    await time.advance(100)
    expect(await cache.get('key')).toBeUndefined()
  })

  it('a touch that lands after a newer value brings the older one to nobody', async () => {
    const { cache, time, backend } = backendStage()
    await cache.set('key', 'one')
    backend.behave = on('set', 'hold')
    const touched = cache.touch('key', { ttl: '1h' })
    await settle(time)
    const late = backend.take('set')
    backend.behave = () => 'now'
    await cache.set('key', 'two')
    await late.answer()
    await touched
    expect(backend.entries().get('key' as never)?.value).toBe('one')
    expect(await cache.get('key')).toBeUndefined()
  })

  it('a sliding read writes nothing again that a set has overtaken', async () => {
    const { cache, time, backend } = backendStage()
    await cache.set('key', 'one', { slidingTtl: 1000 })
    await time.advance(500)
    backend.behave = on('get', 'hold')
    const read = cache.get('key')
    await settle(time)
    const late = backend.take('get')
    await late.land()
    backend.behave = () => 'now'
    await cache.set('key', 'two')
    await late.answer()
    expect(await read).toBeUndefined()
    await settle(time)
    expect(await cache.get('key')).toBe('two')
  })
})

describe('late reads', () => {
  it('a backend answer read before a mark is given to nobody after it, and who comes later waits for no older load', async () => {
    const { cache, time, backend } = backendStage()
    await cache.set('key', 'old')
    backend.behave = on('get', 'hold')
    const before = cache.getOrSet('key', () => 'made')
    await settle(time)
    const read = backend.take('get')
    await read.land()
    await cache.invalidate('key')
    const after = cache.getOrSet('key', () => 'new')
    await settle(time)
    await read.answer()
    expect(await before).toBe('made')
    await backend.take('get').answer()
    expect(await after).toBe('new')
  })

  it.each([
    ['a sweep', { tag: 't' }],
    ['a confirmed removal', 'key'],
  ] as const)(
    'what was read just before %s took it away is not served after it',
    async (_name, target) => {
      const { cache, time, backend } = backendStage()
      await cache.set('key', 'old', { tags: ['t'] })
      backend.behave = on('delete', 'hold')
      await cache.invalidate(target)
      await settle(time)
      backend.behave = on('get', 'hold')
      const get = cache.get('key')
      const load = cache.getOrSet('key', () => 'new')
      await settle(time)
      const reads = [backend.take('get'), backend.take('get')]
      for (const read of reads) await read.land()
      await backend.take('delete').answer()
      await time.advance(100)
      for (const read of reads) await read.answer()
      expect(await get).toBeUndefined()
      expect(await load).toBe('new')
    },
  )

  it('a soft mark of a tag that the caller does not know reaches a read that is under way', async () => {
    const { cache, time, backend } = backendStage()
    await cache.set('key', 'old', { tags: ['t'], staleIfError: '1h' })
    await cache.set('unrelated', 1)
    backend.behave = on('get', 'hold')
    const leader = cache.getOrSet('key', () => 'new')
    await settle(time)
    const read = backend.take('get')
    await read.land()
    await cache.invalidate({ tag: 't' }, { soft: true })
    const late = cache.getOrSet('key', () => 'not needed')
    await settle(time)
    backend.behave = () => 'now'
    await read.answer()
    expect(await leader).toBe('new')
    expect(await late).toBe('new')
  })

  it('a miss by another namespace of the same backend is a miss', async () => {
    const { cache, backend } = backendStage()
    await cache.set('key', 'value')
    const entry = backend.entries().get('key' as never)
    cache.namespace('other')
    if (entry !== undefined) backend.entries('other').set('key' as never, entry)
    expect(await cache.namespace('other').get('key')).toBeUndefined()
  })

  it('a factory that waits for a backend read of its own is not confused by marks on other keys', async () => {
    const { cache, time } = backendStage()
    const load = deferred<string>()
    const first = cache.getOrSet('key', () => load.promise)
    await settle(time)
    await cache.invalidate('other')
    const second = cache.getOrSet('key', () => 'not called')
    await settle(time)
    load.resolve('value')
    expect(await Promise.all([first, second])).toEqual(['value', 'value'])
  })
})
