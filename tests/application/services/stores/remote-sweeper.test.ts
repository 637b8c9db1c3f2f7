import { describe, expect, it } from 'vitest'
import { backendStage, settle } from '../../../fakes/cache-stage.ts'
import { deferred } from '../../../fakes/deferred.ts'

const tagged = { tags: ['t'] }

describe('RemoteSweeper', () => {
  it('removes after a mark what it hit, over all pages, and nothing else', async () => {
    const { cache, time, backend } = backendStage()
    const items = Array.from({ length: 450 }, (_, at) => ({
      key: `k${at}`,
      value: at,
      options: at % 3 === 0 ? {} : tagged,
    }))
    await cache.setMany(items)
    await cache.invalidate({ tag: 't' })
    await settle(time)
    expect(backend.entries().size).toBe(150)
    expect(backend.count('list')).toBe(3)
    expect(await cache.get('k0')).toBe(0)
  })

  it('removes once a minute what is dead', async () => {
    const { cache, time, backend } = backendStage()
    await cache.set('dead', 1, { ttl: 1000, staleIfError: 500 })
    await cache.set('alive', 1, { ttl: '1h' })
    await time.advance(59_999)
    expect(backend.entries().size).toBe(2)
    await time.advance(1)
    expect([...backend.entries().keys()]).toEqual(['alive'])
  })

  it('lets several marks share one round, and rests after it nine times as long as it took', async () => {
    const { cache, time, backend } = backendStage()
    backend.behave = ({ verb }) => (verb === 'list' ? { landAfterMs: 5, answerAfterMs: 10 } : 'now')
    await Promise.all(['a', 'b', 'c'].map((tag) => cache.invalidate({ tag })))
    await time.advance(0)
    expect(backend.count('list')).toBe(1)
    await cache.invalidate({ tag: 'd' })
    await time.advance(99)
    expect(backend.count('list')).toBe(1)
    await time.advance(1)
    expect(backend.count('list')).toBe(2)
    await time.advance(1000)
    expect(backend.count('list')).toBe(2)
  })

  it('keeps the marks of a round in which something could not be removed: it never comes back to life', async () => {
    const { cache, time, backend } = backendStage()
    await cache.set('key', 'old', tagged)
    backend.behave = ({ verb }) => (verb === 'delete' ? 'reject' : 'now')
    await cache.invalidate({ tag: 't' })
    await time.advance(120_000)
    backend.behave = () => 'now'
    expect(backend.entries().has('key' as never)).toBe(true)
    expect(await cache.get('key')).toBeUndefined()
    await time.advance(60_000)
    expect(backend.entries().size).toBe(0)
  })

  it('stops a round at the first failure: a backend that hangs is not asked for each entry', async () => {
    const { cache, time, backend } = backendStage()
    await cache.setMany([1, 2, 3].map((at) => ({ key: `k${at}`, value: at, options: tagged })))
    backend.behave = ({ verb }) => (verb === 'delete' ? 'hang' : 'now')
    await cache.invalidate({ tag: 't' })
    await time.advance(50_000)
    expect(backend.count('delete')).toBe(1)
  })

  it('goes on after a listing that failed, with the next mark', async () => {
    const { cache, time, backend, events } = backendStage()
    await cache.set('a', 1, { tags: ['a'] })
    await cache.set('b', 1, { tags: ['b'] })
    backend.behave = ({ verb }) => (verb === 'list' ? 'reject' : 'now')
    await cache.invalidate({ tag: 'a' })
    await settle(time)
    expect(events).toContainEqual(
      expect.objectContaining({
        type: 'degraded',
        part: 'repository',
        did: 'left the bytes for the next sweep',
      }),
    )
    backend.behave = () => 'now'
    await cache.invalidate({ tag: 'b' })
    await time.advance(1000)
    expect(backend.entries().size).toBe(0)
  })

  it('is not broken by what is no entry', async () => {
    const { cache, time, backend } = backendStage()
    await cache.set('key', 1, tagged)
    backend.entries().set('garbage' as never, 'bytes' as never)
    backend.entries().set('half' as never, { key: 'half' } as never)
    await cache.invalidate({ tag: 't' })
    await settle(time)
    expect([...backend.entries().keys()].sort()).toEqual(['garbage', 'half'])
  })

  it('lets others run between two pages', async () => {
    const { cache, time, backend } = backendStage()
    await cache.setMany(Array.from({ length: 1000 }, (_, at) => ({ key: `k${at}`, value: at })))
    await cache.invalidate({ tag: 't' })
    const turn = deferred()
    setImmediate(turn.resolve)
    await turn.promise
    expect(backend.count('list')).toBeLessThan(5)
    await settle(time)
    expect(backend.count('list')).toBe(5)
  })

  it('sweeps no more once the cache is closed, not even on with a round', async () => {
    const { cache, time, backend } = backendStage()
    await cache.setMany(
      Array.from({ length: 300 }, (_, at) => ({ key: `k${at}`, value: at, options: tagged })),
    )
    backend.behave = ({ verb }) => (verb === 'list' ? 'hold' : 'now')
    await cache.invalidate({ tag: 't' })
    await settle(time)
    const first = backend.take('list')
    await cache.close()
    await first.answer()
    await time.advance(200_000)
    expect(backend.count('list')).toBe(1)
  })
})
