import { timingSafeEqual } from 'node:crypto'
import type { Principal, RequestCredentials } from '../api/dependencies/cache-dependencies.ts'
import { type ApiKey, apiKeyId, digestApiKey } from './api-key.ts'
import type { ServerSettings } from './settings/server-settings.ts'

interface KnownKey {
  readonly digest: Buffer
  readonly expiresAtMs: number
  readonly principal: Principal
}

/** The API keys of all tenants and of the operators. */
export class ApiKeyRing {
  readonly #keys = new Map<string, KnownKey>()
  readonly #nowMs: () => number

  /** @param nowMs the wall clock, by which keys expire */
  constructor(settings: Pick<ServerSettings, 'tenants' | 'adminKeys'>, nowMs: () => number) {
    this.#nowMs = nowMs
    for (const [tenant, { apiKeys }] of settings.tenants) {
      for (const key of apiKeys) this.#add(key, tenant)
    }
    // Operators have no caches of their own: their paths name the tenant, and their scopes open no others.
    for (const key of settings.adminKeys) this.#add(key, '')
  }

  /** Who sends a request; `undefined` if it has no key, or one that is unknown, wrong or expired. */
  authenticate({ headers }: Pick<RequestCredentials, 'headers'>): Principal | undefined {
    const [, key = ''] = /^Bearer +(\S{1,200}) *$/i.exec(headers.authorization ?? '') ?? []
    const id = apiKeyId(key)
    const known = id === undefined ? undefined : this.#keys.get(id)
    if (known === undefined || !timingSafeEqual(known.digest, digestApiKey(key))) return undefined
    return this.#nowMs() < known.expiresAtMs ? known.principal : undefined
  }

  #add({ id, sha256, scopes, expiresAtMs }: ApiKey, tenant: string): void {
    this.#keys.set(id, {
      digest: Buffer.from(sha256, 'hex'),
      expiresAtMs: expiresAtMs ?? Number.POSITIVE_INFINITY,
      principal: Object.freeze({ tenant, keyId: id, scopes }),
    })
  }
}
