import type { FastifyInstance, FastifyRequest, onRequestHookHandler } from 'fastify'
import type { CacheManager } from '../../application/services/cache-manager.ts'
import { describeValue } from '../../core/exceptions/describe-value.ts'
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
  /** Of the credential; under the internal and the admin router the one that the request names. */
  readonly tenant: string
  readonly cache: CacheManager
  readonly principal: Principal
}

/** How a caller stands in the history of invalidations, such as `key k_12`. */
export function originOf(caller: Caller): string {
  return `key ${caller.principal.keyId}`
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

/** A request as `prepareCallers` made it. */
type AdmittedRequest = FastifyRequest & { [CALLER]: Caller | undefined }

/** Makes room for the caller in the requests of `app`. Call it once per router. */
export function prepareCallers(app: FastifyInstance): void {
  app.decorateRequest(CALLER)
}

/** The caller that the route's `allow` has admitted. */
export function callerOf(request: FastifyRequest): Caller {
  const caller = (request as AdmittedRequest)[CALLER] // Fastify's own accessor looks it up by name each time.
  if (caller !== undefined) return caller
  throw new Error(
    'the route admits nobody: it has no onRequest from access.allow, or names no tenant',
  )
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
 * Access for a listener that only trusted callers reach: no credential, and the tenant is what the query
 * parameter `tenant` or the header `Cache-Tenant` says, `default` if neither is there.
 */
export function trustedAccess(dependencies: CacheDependencies): Access {
  const admit: onRequestHookHandler = (request, _reply, done) => {
    done(
      failureOf(() => {
        const tenant = takeTenantParameter(request) ?? request.headers['cache-tenant']
        enter(
          dependencies,
          request,
          tenant === undefined ? DEFAULT_TENANT : String(tenant),
          INTERNAL,
        )
      }),
    )
  }
  return { limits: dependencies.limits, security: [], allow: () => admit }
}

const INTERNAL: Principal = Object.freeze({
  tenant: DEFAULT_TENANT,
  keyId: 'internal',
  scopes: SCOPES,
})

function credentialAccess(
  dependencies: CacheDependencies,
  tenantOf: (request: FastifyRequest, principal: Principal) => string | undefined,
): Access {
  const admit = (request: FastifyRequest, principal: Principal | undefined, scope: Scope): void => {
    const admitted = assertAllowed(principal, scope)
    const tenant = tenantOf(request, admitted)
    if (tenant !== undefined) enter(dependencies, request, tenant, admitted)
  }
  return {
    limits: dependencies.limits,
    security: [{ [SECURITY_SCHEME]: [] }],
    allow: (scope) => (request, _reply, done) => {
      let late: Promise<Principal | undefined> | undefined
      const failure = failureOf(() => {
        const principal = dependencies.authenticate(request)
        if (principal instanceof Promise) late = principal
        else admit(request, principal, scope)
      })
      if (late === undefined) done(failure)
      else late.then((principal) => admit(request, principal, scope)).then(() => done(), done)
    },
  }
}

/** What `admit` throws. `done` is called outside of it, since it runs the rest of the request. */
function failureOf(admit: () => void): Error | undefined {
  try {
    admit()
    return undefined
  } catch (error) {
    return error as Error // Whatever was thrown: who answers it looks for itself.
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
  tenant: string,
  principal: Principal,
): void {
  const cache = dependencies.cacheFor(tenant)
  if (cache === undefined) {
    throw new HttpProblem(
      'CACHE_TENANT_UNKNOWN',
      `Cannot find the tenant ${describeValue(tenant)}: there is none of this name`,
    )
  }
  const admitted = request as AdmittedRequest
  admitted[CALLER] = { tenant, cache, principal }
}

/** Takes the parameter out of the query, since the schemas of the routes don't know it. */
function takeTenantParameter(request: FastifyRequest): string | undefined {
  const { query } = request
  if (typeof query !== 'object' || query === null || !('tenant' in query)) return undefined
  const { tenant, ...rest } = query
  request.query = rest
  if (typeof tenant === 'string') return tenant
  const message = 'expected one tenant, got more'
  throw new HttpProblem('CACHE_REQUEST_INVALID', `Cannot use the query: ${message}`, {
    errors: [{ field: '?tenant', message }],
  })
}
