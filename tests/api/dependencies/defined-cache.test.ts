import { describe, expect, it } from 'vitest'
import { definedCache, existingCache } from '../../../src/api/dependencies/defined-cache.ts'
import { createCache } from '../../../src/module.ts'

describe('definedCache()', () => {
  it('finds a cache without defining it', () => {
    const manager = createCache()
    expect(definedCache(manager, 'users')).toBeUndefined()
    expect(manager.hasNamespace('users')).toBe(false)
    const users = manager.namespace('users', { ttl: '1h' })
    expect(definedCache(manager, 'users')).toBe(users)
  })

  it('refuses what is no name', () => {
    expect(() => definedCache(createCache(), 'a b')).toThrow(/namespace name/)
  })
})

describe('existingCache()', () => {
  it('finds a cache, or says that there is none', () => {
    const manager = createCache()
    const users = manager.namespace('users')
    expect(existingCache(manager, 'users')).toBe(users)
    expect(() => existingCache(manager, 'orders')).toThrow('Cannot find the cache orders')
  })
})
