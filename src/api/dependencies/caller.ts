import type { FastifyInstance, FastifyRequest, onRequestHookHandler } from 'fastify'
import type { CacheManager } from '../../application/services/cache-manager.ts'
import { HttpProblem } from '../models/responses/problem-response.ts'
import {
  type ApiLimits,
  type CacheDependencies,
  type Principal,
  SCOPES,
  type Scope,
} from './cache-dependencies.ts'
import { DEFAULT_TENANT } from './cache-source.ts'

/** On whose behalf a request runs, and on which cache. */
export interface Caller {
  readonly tenant: string
  readonly cache: CacheManager
  /** Stands in the history of invalidations, such as `key k_12`. */
  readonly origin: string
  readonly scopes: readonly Scope[]
}

/** How the routes of one router find out who calls, and who may. */
export interface Access {
  readonly limits: ApiLimits
  /** What the OpenAPI document says of the routes: the names of the security schemes, none if all are trusted. */
  readonly security: readonly Readonly<Record<string, string[]>>[]
  /** Admits callers with this scope; runs before the body is read. Made once per route. */
  allow(scope: Scope): onRequestHookHandler
}

/** The security scheme of the OpenAPI document that the routes refer to. */
export const SECURITY_SCHEME = 'apiKey'

const CALLER: unique symbol = Symbol('platform-cache.caller')

/** Makes room for the caller in the requests of `app`. Call it once per router. */
export function prepareCallers(app: FastifyInstance): void {
  app.decorateRequest(CALLER)
}

/** The caller that the route's `allow` has admitted. */
export function callerOf(request: FastifyRequest): Caller {
  return request.getDecorator<Caller>(CALLER)
}

/** Access for tenants: the tenant, and so the cache, comes from the credential and from nowhere else. */
export function tenantAccess(dependencies: CacheDependencies): Access {
  return credentialAccess(dependencies, (_request, principal) => principal.tenant)
}

/** Access for operators: the path names the tenant. Routes that name none are about all, and have no caller. */
export function operatorAccess(dependencies: CacheDependencies): Access {
  return credentialAccess(dependencies, (request) => {
    const named: unknown = Reflect.get(Object(request.params), 'tenant')
    return typeof named === 'string' ? named : undefined
  })
}

/**
 * Access for a listener that only trusted callers reach: no credential, and the tenant is what the
 * header `Cache-Tenant` or the query parameter `tenant` says, `default` if neither is there.
 */
export function trustedAccess(dependencies: CacheDependencies): Access {
  const admit: onRequestHookHandler = (request, _reply, done) => {
    try {
      const tenant = takeTenantParameter(request) ?? header(request, 'cache-tenant')
      const who = { tenant: tenant ?? DEFAULT_TENANT, origin: 'internal', scopes: SCOPES }
      enter(dependencies, request, who)
      done()
    } catch (error) {
      done(asError(error))
    }
  }
  return { limits: dependencies.limits, security: [], allow: () => admit }
}

function credentialAccess(
  dependencies: CacheDependencies,
  tenantOf: (request: FastifyRequest, principal: Principal) => string | undefined,
): Access {
  const admit = (request: FastifyRequest, principal: Principal | undefined, scope: Scope): void => {
    const admitted = assertAllowed(principal, scope)
    const { keyId, scopes } = admitted
    const tenant = tenantOf(request, admitted)
    if (tenant !== undefined)
      enter(dependencies, request, { tenant, origin: `key ${keyId}`, scopes })
  }
  return {
    limits: dependencies.limits,
    security: [{ [SECURITY_SCHEME]: [] }],
    allow: (scope) => (request, _reply, done) => {
      try {
        const principal = dependencies.authenticate(request)
        if (principal instanceof Promise) {
          principal.then((late) => admit(request, late, scope)).then(() => done(), done)
          return
        }
        admit(request, principal, scope)
        done()
      } catch (error) {
        done(asError(error))
      }
    },
  }
}

/** @throws HttpProblem CACHE_FORBIDDEN */
export function assertScope(scopes: readonly Scope[], scope: Scope): void {
  if (scopes.includes(scope)) return
  throw new HttpProblem(
    'CACHE_FORBIDDEN',
    `Cannot admit the request: expected a credential with the scope ${scope}`,
  )
}

function assertAllowed(principal: Principal | undefined, scope: Scope): Principal {
  if (principal === undefined) {
    throw new HttpProblem(
      'CACHE_UNAUTHENTICATED',
      'Cannot admit the request: expected a valid API key in Authorization: Bearer',
      { headers: { 'www-authenticate': 'Bearer' } },
    )
  }
  assertScope(principal.scopes, scope)
  return principal
}

function enter(
  dependencies: CacheDependencies,
  request: FastifyRequest,
  who: Omit<Caller, 'cache'>,
): void {
  const cache = dependencies.cacheFor(who.tenant)
  if (cache === undefined) {
    throw new HttpProblem(
      'CACHE_TENANT_UNKNOWN',
      `Cannot find the tenant ${JSON.stringify(who.tenant.slice(0, 100))}`,
    )
  }
  const caller: Caller = { tenant: who.tenant, cache, origin: who.origin, scopes: who.scopes }
  request.setDecorator(CALLER, caller)
}

/** Takes the parameter out of the query, since the schemas of the routes don't know it. */
function takeTenantParameter(request: FastifyRequest): string | undefined {
  const { query } = request
  if (typeof query !== 'object' || query === null || !('tenant' in query)) return undefined
  const { tenant, ...rest } = query
  request.query = rest
  return typeof tenant === 'string' ? tenant : undefined
}

function header(request: FastifyRequest, name: string): string | undefined {
  const value = request.headers[name]
  return typeof value === 'string' ? value : undefined
}

function asError(error: unknown): Error {
  return error instanceof Error ? error : new Error('admission failed', { cause: error })
}
