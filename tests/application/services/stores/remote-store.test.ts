import { describe, expect, it } from 'vitest'
import { RemoteStore } from '../../../../src/application/services/stores/remote-store.ts'
import type { CacheEntry } from '../../../../src/core/entities/cache-entry.ts'
import { DEFAULT_NAMESPACE } from '../../../../src/core/entities/cache-namespace.ts'
import { type CacheKey, parseCacheKey } from '../../../../src/core/value-objects/cache-key.ts'
import { parseCacheTag, parseDependencyName } from '../../../../src/core/value-objects/cache-tag.ts'
import { entryFixture } from '../../../../src/testing/entry-fixture.ts'
import { createFakeClock } from '../../../../src/testing/fake-clock.ts'
import { BackendDown, UnreliableRepository } from '../../../fakes/unreliable-repository.ts'

const key = parseCacheKey('key')
const born = (seq: number) => ({ generation: 'g', seq })
const value = (seq: number, name = 'key') => entryFixture({ key: name, birth: born(seq) })

function opened(
  maxOpenKeys?: number,
  judge: (entry: CacheEntry) => CacheEntry | undefined = (entry) => entry,
) {
  const time = createFakeClock()
  const backend = new UnreliableRepository(time.scheduler)
  const faults: [CacheKey | undefined, string, unknown][] = []
  const settled: [CacheKey, number][] = []
  let overflows = 0
  const remote = new RemoteStore(
    {
      store: backend.open({ ...DEFAULT_NAMESPACE, name: 'default' }),
      timeoutMs: 250,
      scheduler: time.scheduler,
      judge,
      onFault: (...fault) => faults.push(fault),
      onSettled: (...end) => settled.push(end),
      onOverflow: () => {
        overflows += 1
      },
    },
    maxOpenKeys,
  )
  return { time, backend, remote, faults, settled, overflows: () => overflows }
}

describe('RemoteStore, reading', () => {
  it('finds what is there, and tells what is not', async () => {
    const { remote, faults } = opened()
    expect(await remote.get(key)).toEqual({ kind: 'absent' })
    await remote.set(value(1))
    expect(await remote.get(key)).toEqual({ kind: 'found', entry: value(1) })
    expect(faults).toEqual([])
  })

  it.each(['throw', 'reject'] as const)(
    'takes a backend that fails by %s as a fault, and says so',
    async (behaviour) => {
      const { remote, backend, faults } = opened()
      backend.behave = () => behaviour
      expect(await remote.get(key)).toMatchObject({ kind: 'fault' })
      expect(faults).toEqual([[key, 'counted a miss', expect.any(BackendDown)]])
    },
  )

  it('takes a backend that hangs as a fault after the deadline', async () => {
    const { remote, backend, time, faults } = opened()
    backend.behave = () => 'hang'
    const read = remote.get(key)
    await time.advance(250)
    expect(await read).toMatchObject({ kind: 'fault', error: { code: 'CACHE_TIMEOUT' } })
    expect(faults).toHaveLength(1)
  })

  it.each([
    ['bytes', Buffer.from('foreign')],
    ['null', null],
    ['an entry of another key', value(1, 'other')],
    ['half an entry', { key: 'key', value: 1 }],
  ])('takes %s for a fault, never for a value', async (_, foreign) => {
    const { remote, backend, faults } = opened()
    backend.entries().set(key, foreign as never)
    expect(await remote.get(key)).toMatchObject({ kind: 'fault' })
    expect(faults).toMatchObject([[key, 'counted a miss', { code: 'CACHE_VALUE_INVALID' }]])
  })
})

describe('RemoteStore, reads under way', () => {
  it('answers an entry as it is judged when the backend answers, not when it was read', async () => {
    let isValid = true
    const { remote, backend } = opened(undefined, (entry) => (isValid ? entry : undefined))
    await remote.set(value(1))
    backend.behave = () => 'hold'
    const read = remote.get(key)
    const held = backend.take('get')
    await held.land()
    isValid = false
    await held.answer()
    expect(await read).toEqual({ kind: 'absent' })
  })

  it('readsEnded() waits for those under way, whatever they come to, and for no later ones', async () => {
    const { remote, backend, time } = opened()
    await remote.readsEnded()
    backend.behave = () => 'hang'
    const first = remote.get(key)
    let hasEnded = false
    const ended = remote.readsEnded().then(() => {
      hasEnded = true
    })
    await time.advance(200)
    void remote.get(key)
    expect(hasEnded).toBe(false)
    await time.advance(50)
    await first
    await ended
    expect(hasEnded).toBe(true)
  })

  it('a key is only said to be settled once the reads of it have ended', async () => {
    const { remote, backend, settled } = opened()
    backend.behave = ({ verb }) => (verb === 'get' ? 'hold' : 'now')
    const read = remote.get(key)
    await remote.set(value(3))
    expect(settled).toEqual([])
    await backend.take('get').answer()
    await read
    await Promise.resolve()
    expect(settled).toEqual([[key, 3]])
    const other = remote.get(parseCacheKey('other'))
    await remote.set(value(4))
    expect(settled).toHaveLength(2)
    await backend.take('get').answer()
    await other
  })
})

describe('RemoteStore, listing and measuring', () => {
  it('leaves out of a page what is no entry', async () => {
    const { remote, backend } = opened()
    await remote.set(value(1, 'a'))
    backend.entries().set(parseCacheKey('b'), { key: 'b' } as never)
    await remote.set(value(1, 'c'))
    const { entries } = await remote.list(10, undefined)
    expect(entries.map((entry) => entry.key)).toEqual(['a', 'c'])
  })

  it.each([
    ['nothing', undefined],
    ['a text', 'page'],
    ['no entries', { cursor: undefined }],
    ['a cursor that is a number', { entries: [], cursor: 5 }],
    ['the cursor it was given', { entries: [], cursor: 'at' }],
  ])('refuses a page of %s', async (_, page) => {
    const { time } = opened()
    const remote = new RemoteStore({
      store: { list: () => page } as never,
      timeoutMs: 250,
      scheduler: time.scheduler,
      judge: (entry) => entry,
      onFault: () => undefined,
      onSettled: () => undefined,
      onOverflow: () => undefined,
    })
    await expect(remote.list(10, 'at')).rejects.toMatchObject({ code: 'CACHE_VALUE_INVALID' })
  })

  it('takes null for the end of a listing, as JSON says it', async () => {
    const { time } = opened()
    const remote = new RemoteStore({
      store: { list: () => ({ entries: [], cursor: null }) } as never,
      timeoutMs: 250,
      scheduler: time.scheduler,
      judge: (entry) => entry,
      onFault: () => undefined,
      onSettled: () => undefined,
      onOverflow: () => undefined,
    })
    expect(await remote.list(10, undefined)).toEqual({ entries: [], cursor: undefined })
  })

  it('hands on what a listing fails with, and leaves a usage that fails out', async () => {
    const { remote, backend, faults } = opened()
    backend.behave = () => 'reject'
    await expect(remote.list(10, undefined)).rejects.toThrow(BackendDown)
    expect(await remote.usage()).toBeUndefined()
    expect(faults).toMatchObject([[undefined, 'left the usage out', {}]])
    backend.behave = () => 'now'
    expect(await remote.usage()).toEqual({ entries: 0, bytes: 0 })
  })
})

describe('RemoteStore, writing', () => {
  it('says done, refused or unknown', async () => {
    const { remote, backend, time, faults } = opened()
    expect(await remote.set(value(1))).toBe('done')
    backend.behave = () => 'reject'
    expect(await remote.set(value(1))).toBe('unknown')
    backend.behave = () => 'hang'
    const hung = remote.set(value(1))
    await time.advance(250)
    expect(await hung).toBe('unknown')
    expect(faults.map(([, did]) => did)).toEqual([
      'went on without storing',
      'went on without storing',
    ])
  })

  it.each([
    [false, 'refused'],
    [true, 'done'],
    [undefined, 'done'],
  ])('takes the answer %s for %s', async (answer, expected) => {
    const { time } = opened()
    const remote = new RemoteStore({
      store: { set: () => answer } as never,
      timeoutMs: 250,
      scheduler: time.scheduler,
      judge: (entry) => entry,
      onFault: () => undefined,
      onSettled: () => undefined,
      onOverflow: () => undefined,
    })
    expect(await remote.set(value(1))).toBe(expected)
  })

  it('tells of a key that is settled when its only write is confirmed', async () => {
    const { remote, settled } = opened()
    await remote.set(value(3))
    await remote.delete(key, born(4))
    expect(settled).toEqual([
      [key, 3],
      [key, 4],
    ])
    expect(remote.openWrites()).toEqual([])
  })

  it('does not tell of two writes that overlapped, but of the next one alone', async () => {
    const { remote, backend, settled } = opened()
    backend.behave = () => 'hold'
    const both = [remote.set(value(1)), remote.set(value(2))]
    await backend.take('set').answer()
    expect(settled).toEqual([])
    await backend.take('set').answer()
    await Promise.all(both)
    expect(settled).toEqual([])
    backend.behave = () => 'now'
    await remote.set(value(3))
    expect(settled).toEqual([[key, 3]])
  })

  it('does not tell of a key again once one of its writes has an unknown end', async () => {
    const { remote, backend, settled } = opened()
    backend.behave = () => 'reject'
    await remote.set(value(1))
    backend.behave = () => 'now'
    expect(await remote.set(value(2))).toBe('done')
    expect(settled).toEqual([])
  })

  it('keeps the open writes of a key as one: all memberships, the oldest birth', async () => {
    const { remote, backend } = opened()
    backend.behave = () => 'hold'
    const [s, t] = ['s', 't'].map(parseCacheTag)
    void remote.set(entryFixture({ birth: born(5), tags: s === undefined ? [] : [s] }))
    void remote.set(
      entryFixture({
        birth: born(3),
        tags: t === undefined ? [] : [t],
        dependsOn: [parseDependencyName('d')],
      }),
    )
    expect(remote.openWrites()).toEqual([
      { key, tags: new Set(['s', 't']), dependsOn: new Set(['d']), birth: born(3) },
    ])
  })

  it('asks for help when more keys are uncertain than it can remember, and forgets when told', async () => {
    const { remote, backend, overflows } = opened(2)
    backend.behave = () => 'reject'
    await remote.set(value(1, 'a'))
    await remote.set(value(2, 'b'))
    expect(overflows()).toBe(0)
    await remote.set(value(3, 'c'))
    expect(overflows()).toBe(1)
    backend.behave = () => 'hold'
    void remote.set(value(1, 'pending'))
    remote.forgetUncertain(3)
    expect(remote.openWrites().map((write) => write.key)).toEqual(['c', 'pending'])
  })

  it('discard() says whether the bytes are gone, and leaves no write open', async () => {
    const { remote, backend, faults } = opened()
    await remote.set(value(1))
    expect(await remote.discard(key)).toBe(true)
    expect(backend.entries().size).toBe(0)
    backend.behave = () => 'reject'
    expect(await remote.discard(key)).toBe(false)
    expect(faults).toMatchObject([[key, 'left the bytes for the next sweep', {}]])
    expect(remote.openWrites()).toEqual([])
  })
})
