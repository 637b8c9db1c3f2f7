import { describe, expect, it } from 'vitest'
import { STAGES, settle } from '../../fakes/cache-stage.ts'
import { deferred } from '../../fakes/deferred.ts'

interface User {
  name: string
  roles: string[]
}

const user = (): User => ({ name: 'Ada', roles: ['admin'] })

describe.each(STAGES)('who may change a value that the cache holds, over %s', (_, stage) => {
  it('share, the default: all readers get the same object', async () => {
    const { cache } = stage()
    const users = cache.namespace<User>('users')
    const value = user()
    await users.set('ada', value)
    expect(await users.get('ada')).toBe(value)
    expect(await users.getOrSet('ada', user)).toBe(value)
  })

  it('freeze: readers share one object that nobody can change, not even who stored it', async () => {
    const { cache } = stage()
    const users = cache.namespace<User>('users', { isolation: 'freeze' })
    const value = user()
    await users.set('ada', value)
    value.roles.push('intruder')
    const read = await users.get('ada')
    expect(read).toEqual(user())
    expect(() => read?.roles.push('intruder')).toThrow(TypeError)
    expect(Object.isFrozen(read)).toBe(true)
    expect(await users.get('ada')).toBe(read)
    expect(Object.isFrozen(value)).toBe(false)
  })

  it('clone: each reader gets an object of its own', async () => {
    const { cache } = stage()
    const users = cache.namespace<User>('users', { isolation: 'clone' })
    const value = user()
    await users.set('ada', value)
    value.roles.push('intruder')
    const first = await users.get('ada')
    first?.roles.push('intruder')
    expect(await users.get('ada')).toEqual(user())
    expect(await users.getOrSet('ada', user)).toEqual(user())
    expect((await users.lookup('ada')).value).toEqual(user())
  })

  it('clone: those who waited for one load get objects of their own', async () => {
    const { cache, time } = stage()
    const users = cache.namespace<User>('users', { isolation: 'clone' })
    const load = deferred<User>()
    const waiting = [1, 2, 3].map(() => users.getOrSet('ada', () => load.promise))
    await settle(time)
    const made = user()
    load.resolve(made)
    const values = await Promise.all(waiting)
    expect(new Set([...values, made]).size).toBe(4)
    values[0]?.roles.push('intruder')
    expect(values[1]).toEqual(user())
  })

  it('freeze: the old value that a factory is handed is frozen; clone: it is a copy', async () => {
    const { cache, time } = stage()
    for (const isolation of ['freeze', 'clone'] as const) {
      const users = cache.namespace<User>(isolation, { isolation, ttl: 10, staleIfError: '1h' })
      await users.set('ada', user())
      await time.advance(10)
      let stale: User | undefined
      await users
        .getOrSet('ada', (context) => {
          stale = context.stale
          if (isolation === 'clone') context.stale?.roles.push('intruder')
          throw new Error('down')
        })
        .then((served) => expect(served).toEqual(user()))
      expect(Object.isFrozen(stale)).toBe(isolation === 'freeze')
    }
  })

  it.each(['freeze', 'clone'] as const)(
    '%s: cycles, BigInt, dates, maps and bytes are kept',
    async (isolation) => {
      const { cache } = stage()
      const any = cache.namespace('any', { isolation })
      const circle: Record<string, unknown> = {
        big: 2n ** 80n,
        when: new Date(5),
        map: new Map([[1, 2]]),
      }
      circle['self'] = circle
      circle['bytes'] = new Uint8Array([1, 2])
      expect(await any.set('key', circle)).toBe(true)
      const read = (await any.get('key')) as typeof circle
      expect(read['self']).toBe(read)
      expect(read['big']).toBe(2n ** 80n)
      expect(read['when']).toEqual(new Date(5))
      expect(read['map']).toEqual(new Map([[1, 2]]))
      expect(read['bytes']).toEqual(new Uint8Array([1, 2]))
    },
  )

  it.each(['freeze', 'clone'] as const)(
    '%s: set() refuses a value with a function, and keeps what was there',
    async (isolation) => {
      const { cache } = stage()
      const any = cache.namespace('any', { isolation })
      await any.set('key', 'before')
      const refused = any.set('key', { act: () => 1 })
      await expect(refused).rejects.toMatchObject({ code: 'CACHE_VALUE_INVALID' })
      expect(await any.get('key')).toBe('before')
    },
  )

  it.each(['freeze', 'clone'] as const)(
    '%s: a loaded value with a function reaches its callers as it is, and is not stored',
    async (isolation) => {
      const { cache, time, events } = stage()
      const any = cache.namespace('any', { isolation })
      const load = deferred<unknown>()
      const waiting = [1, 2].map(() => any.getOrSet('key', () => load.promise))
      await settle(time)
      const value = { act: () => 1 }
      load.resolve(value)
      expect(await Promise.all(waiting)).toEqual([value, value])
      expect(await any.has('key')).toBe(false)
      expect(events).toContainEqual(expect.objectContaining({ type: 'degraded', part: 'value' }))
      expect((await any.explain('key')).lastRemoval?.cause).toBe('not-stored')
    },
  )

  it('share: a value with a function is held as it is', async () => {
    const { cache } = stage()
    const value = { act: () => 1 }
    await cache.set('key', value)
    expect(await cache.get('key')).toBe(value)
  })

  it('a namespace may change its isolation at run time', async () => {
    const { cache } = stage()
    await cache.set('key', user())
    cache.configureNamespace('default', { isolation: 'clone' })
    expect(await cache.get('key')).not.toBe(await cache.get('key'))
    cache.configureNamespace('default', { isolation: 'share' })
    expect(await cache.get('key')).toBe(await cache.get('key'))
  })
})
