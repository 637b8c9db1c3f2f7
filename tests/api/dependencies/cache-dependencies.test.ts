import { describe, expect, it } from 'vitest'
import {
  cacheDependencies,
  DEFAULT_API_LIMITS,
  SCOPES,
  TRUSTED_PRINCIPAL,
} from '../../../src/api/dependencies/cache-dependencies.ts'
import { createCache } from '../../../src/module.ts'

const authenticate = () => undefined

describe('cacheDependencies()', () => {
  it('takes one cache as that of the tenant default', () => {
    const cache = createCache()
    const dependencies = cacheDependencies({ cache, authenticate })
    expect(dependencies.cacheFor('default')).toBe(cache)
    expect(dependencies.cacheFor('other')).toBeUndefined()
    expect(dependencies.tenants()).toEqual([{ name: 'default', description: '' }])
  })

  it('asks a source of many tenants each time, since tenants come and go', () => {
    const names = ['one']
    const dependencies = cacheDependencies({
      cacheFor: () => undefined,
      tenants: () => names.map((name) => ({ name, description: '' })),
      authenticate,
    })
    names.push('two')
    expect(dependencies.tenants().map(({ name }) => name)).toEqual(['one', 'two'])
  })

  it('decides everything else by itself', () => {
    const dependencies = cacheDependencies({ cache: createCache(), authenticate })
    expect(dependencies.limits).toEqual(DEFAULT_API_LIMITS)
    expect(dependencies.readiness()).toBe('ready')
    expect(dependencies.metrics).toBeUndefined()
  })

  it('keeps the default of each limit that is not named', () => {
    const limits = { maxBatchItems: 7 }
    const dependencies = cacheDependencies({ cache: createCache(), authenticate, limits })
    expect(dependencies.limits).toEqual({ ...DEFAULT_API_LIMITS, maxBatchItems: 7 })
  })

  it('calls the functions of its options as methods of theirs', () => {
    class Keys {
      readonly principal = TRUSTED_PRINCIPAL
      readonly cache = createCache()
      authenticate() {
        return this.principal
      }
    }
    const dependencies = cacheDependencies(new Keys())
    expect(dependencies.authenticate({ headers: {}, ip: '' })).toBe(TRUSTED_PRINCIPAL)
  })
})

describe('TRUSTED_PRINCIPAL', () => {
  it('may do everything in the tenant default', () => {
    expect(TRUSTED_PRINCIPAL).toMatchObject({ tenant: 'default', scopes: SCOPES })
  })
})
