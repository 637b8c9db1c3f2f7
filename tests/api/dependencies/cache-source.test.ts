import { describe, expect, it } from 'vitest'
import { cacheSource } from '../../../src/api/dependencies/cache-source.ts'
import { createCache } from '../../../src/module.ts'

describe('cacheSource()', () => {
  it('has one tenant, called default', () => {
    const cache = createCache()
    const source = cacheSource(cache)
    expect(source.tenants().map(({ name }) => source.cacheFor(name))).toEqual([cache])
    expect(source.tenants()[0]?.name).toBe('default')
    expect(source.cacheFor('Default')).toBeUndefined()
  })
})
