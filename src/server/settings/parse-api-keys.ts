import { SCOPES, type Scope } from '../../api/dependencies/cache-dependencies.ts'
import { CacheError } from '../../core/exceptions/cache-error.ts'
import { parseIsoInstant } from '../../core/value-objects/parse-iso-instant.ts'
import { type ApiKey, isApiKeyId } from '../api-key.ts'
import { didYouMean } from './nearest-name.ts'
import { wrong } from './setting.ts'
import type { SettingFaults } from './setting-faults.ts'

/** Whose key it is: a tenant's, or an operator's. */
export type KeyHolder = 'tenant' | 'operator'

const FIELDS = ['id', 'sha256', 'scopes', 'expiresAt']

/** What the keys of a tenant, or of operators, may be allowed. */
export function scopesFor(holder: KeyHolder): readonly Scope[] {
  return SCOPES.filter((scope) => scope.startsWith('admin:') === (holder === 'operator'))
}

/** Reads a list of API keys as the config file has them. Keys with a fault are noted and left out. */
export function parseApiKeys(
  value: unknown,
  setting: string,
  holder: KeyHolder,
  faults: SettingFaults,
): readonly ApiKey[] {
  if (value === undefined) return []
  return faults.list(setting, value).flatMap((member, at) => {
    const place = `${setting}[${at}]`
    const fields = faults.record(place, member, FIELDS)
    const id = faults.attempt(`${place}.id`, () => parseId(fields.get('id')))
    const sha256 = faults.attempt(`${place}.sha256`, () => parseDigest(fields.get('sha256')))
    const scopes = faults.attempt(`${place}.scopes`, () =>
      parseScopes(fields.get('scopes'), holder),
    )
    const expiry = faults.attempt(`${place}.expiresAt`, () => ({
      atMs: parseExpiry(fields.get('expiresAt')),
    }))
    if (id === undefined || sha256 === undefined) return []
    if (scopes === undefined || expiry === undefined) return []
    return [{ id, sha256, scopes, expiresAtMs: expiry.atMs }]
  })
}

/** @throws CacheError CACHE_OPTION_INVALID */
export function parseScopes(value: unknown, holder: KeyHolder): readonly Scope[] {
  const allowed = scopesFor(holder)
  if (!Array.isArray(value) || value.length === 0) {
    throw wrong(`a list with at least one of ${allowed.join(', ')}`, value)
  }
  return [...new Set(value.map((member: unknown) => parseScope(member, holder, allowed)))]
}

function parseScope(value: unknown, holder: KeyHolder, allowed: readonly Scope[]): Scope {
  const scope = allowed.find((each) => each === value)
  if (scope !== undefined) return scope
  const hint = typeof value === 'string' ? didYouMean(value, allowed) : ''
  const { message } = wrong(`scopes of ${holder}s: ${allowed.join(', ')}`, value)
  throw new CacheError('CACHE_OPTION_INVALID', `${message}${hint}`)
}

function parseId(value: unknown): string {
  if (isApiKeyId(value)) return value
  throw wrong('1 to 32 letters and digits, as create-key prints it', value)
}

function parseDigest(value: unknown): string {
  if (typeof value === 'string' && /^[0-9a-f]{64}$/i.test(value)) return value.toLowerCase()
  // What stands here may be the key itself, pasted into the wrong place, so it isn't repeated.
  throw new CacheError(
    'CACHE_OPTION_INVALID',
    'Cannot use the setting: expected the SHA-256 of the key, 64 hexadecimal digits, as create-key prints it',
  )
}

function parseExpiry(value: unknown): number | undefined {
  if (value === undefined) return undefined
  const instant = typeof value === 'string' ? parseIsoInstant(value) : undefined
  if (instant?.kind === 'instant') return instant.atMs
  throw wrong(instant?.expected ?? 'an ISO 8601 date-time such as 2030-01-31T00:00:00Z', value)
}
