import fastify from 'fastify'
import { afterEach, describe, expect, it } from 'vitest'
import {
  cacheDependencies,
  type Principal,
  TRUSTED_PRINCIPAL,
} from '../../../src/api/dependencies/cache-dependencies.ts'
import {
  type Access,
  assertScope,
  callerOf,
  operatorAccess,
  originOf,
  prepareCallers,
  tenantAccess,
  trustedAccess,
} from '../../../src/api/dependencies/caller.ts'
import { createCache } from '../../../src/module.ts'

const cache = createCache()
const apps: ReturnType<typeof fastify>[] = []

afterEach(async () => {
  for (const app of apps.splice(0)) await app.close()
})

function dependenciesFor(principal: Principal | undefined) {
  return cacheDependencies({ cache, authenticate: () => principal })
}

/** Answers who calls; `/free` is a route that admits nobody. */
async function ask(access: Access, url: string, headers: Record<string, string> = {}) {
  const app = fastify()
  apps.push(app)
  prepareCallers(app)
  const handler = async (request: Parameters<typeof callerOf>[0]) => {
    const caller = callerOf(request)
    return { tenant: caller.tenant, origin: originOf(caller), query: request.query }
  }
  const onRequest = access.allow('cache:read')
  app.get('/', { onRequest }, handler)
  app.get('/of/:tenant', { onRequest }, handler)
  app.get('/free', handler)
  const { statusCode, body } = await app.inject({ url, headers })
  return { status: statusCode, json: JSON.parse(body) }
}

describe('tenantAccess()', () => {
  it('takes the tenant from the credential, whatever the path says', async () => {
    const access = tenantAccess(dependenciesFor(TRUSTED_PRINCIPAL))
    const { json } = await ask(access, '/of/other')
    expect(json).toMatchObject({ tenant: 'default', origin: 'key trusted' })
  })

  it('names the security scheme that the OpenAPI document describes', () => {
    expect(tenantAccess(dependenciesFor(undefined)).security).toEqual([{ apiKey: [] }])
  })
})

describe('operatorAccess()', () => {
  const operator: Principal = { ...TRUSTED_PRINCIPAL, tenant: 'operators', keyId: 'k_9' }

  it('takes the tenant from the path', async () => {
    const access = operatorAccess(dependenciesFor(operator))
    const { json } = await ask(access, '/of/default')
    expect(json).toMatchObject({ tenant: 'default', origin: 'key k_9' })
  })

  it('has no caller where the path names none', async () => {
    const { json, status } = await ask(operatorAccess(dependenciesFor(operator)), '/')
    expect(status).toBe(500)
    expect(json.message).toContain('names no tenant')
  })
})

describe('trustedAccess()', () => {
  it('takes the parameter tenant out of the query, and leaves the rest of it', async () => {
    const access = trustedAccess(dependenciesFor(undefined))
    const { json } = await ask(access, '/?tenant=default&a=1')
    expect(json).toEqual({ tenant: 'default', origin: 'key internal', query: { a: '1' } })
  })

  it('asks for no credential in the OpenAPI document', () => {
    expect(trustedAccess(dependenciesFor(undefined)).security).toEqual([])
  })
})

describe('callerOf()', () => {
  it('fails loudly on a route that admits nobody', async () => {
    const { status, json } = await ask(tenantAccess(dependenciesFor(TRUSTED_PRINCIPAL)), '/free')
    expect(status).toBe(500)
    expect(json.message).toContain('admits nobody')
  })
})

describe('assertScope()', () => {
  it('accepts the scope itself and nothing that only looks like it', () => {
    expect(() => assertScope(['cache:read'], 'cache:read')).not.toThrow()
    expect(() => assertScope([], 'cache:read')).toThrow('cache:read')
    expect(() => assertScope(['cache:write', 'admin:read'], 'cache:read')).toThrow()
  })
})
