import { describe, expect, it } from 'vitest'
import { backendStage, STAGES, settle } from '../../fakes/cache-stage.ts'
import { deferred } from '../../fakes/deferred.ts'

describe.each(STAGES)('delete, over %s', (_, stage) => {
  it('removes the entry and answers true, the second time false', async () => {
    const { cache } = stage()
    await cache.set('key', 'value')
    expect(await cache.delete('key')).toBe(true)
    expect(await cache.get('key')).toBeUndefined()
    expect(await cache.delete('key')).toBe(false)
  })

  it('leaves every other entry alone', async () => {
    const { cache } = stage()
    await cache.set('key', 'value')
    await cache.set('key:below', 'value')
    await cache.namespace('other').set('key', 'value')
    await cache.delete('key')
    expect(await cache.get('key:below')).toBe('value')
    expect(await cache.namespace('other').get('key')).toBe('value')
  })

  it('of a stale entry answers true, and leaves nothing for a failure', async () => {
    const { cache, time } = stage()
    await cache.set('key', 'value', { ttl: 100, staleIfError: 1000 })
    await time.advance(1099)
    expect(await cache.delete('key')).toBe(true)
    expect(await cache.lookup('key')).toMatchObject({ state: 'miss' })
  })

  it('of an entry that is gone answers false', async () => {
    const { cache, time } = stage()
    await cache.set('key', 'value', { ttl: 100, staleIfError: 1000 })
    await time.advance(1100)
    expect(await cache.delete('key')).toBe(false)
  })

  it('of a remembered absence answers true', async () => {
    const { cache } = stage()
    await cache.set('key', null)
    expect(await cache.delete('key')).toBe(true)
  })

  it('fences the load of its key: who waited gets its value, who comes later does not', async () => {
    const { cache, time } = stage()
    const load = deferred<string>()
    const before = cache.getOrSet('key', () => load.promise)
    await settle(time)
    expect(await cache.delete('key')).toBe(false)
    load.resolve('old')
    expect(await before).toBe('old')
    expect(await cache.get('key')).toBeUndefined()
    expect(await cache.getOrSet('key', () => 'new')).toBe('new')
  })

  it('is counted, and told as a deletion of the key', async () => {
    const { cache, events } = stage()
    await cache.delete('key')
    expect(await cache.stats()).toMatchObject({ deletes: 1 })
    expect(events.filter(({ type }) => type === 'invalidated')).toMatchObject([
      { namespace: 'default', mark: { scope: { kind: 'key', key: 'key' }, act: 'delete' } },
    ])
  })
})

describe('delete over a backend that is away', () => {
  it('answers false, and what lies there is never read again', async () => {
    const { cache, backend } = backendStage()
    await cache.set('key', 'old')
    backend.behave = () => 'reject'
    expect(await cache.delete('key')).toBe(false)
    backend.behave = () => 'now'
    expect(await cache.get('key')).toBeUndefined()
  })
})
