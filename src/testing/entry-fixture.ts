import { type CacheEntry, type CacheEntryInput, cacheEntry } from '../core/entities/cache-entry.ts'
import { parseCacheKey } from '../core/value-objects/cache-key.ts'
import { parseSize } from '../core/value-objects/cache-size.ts'
import { FAKE_START_MS } from './fake-clock.ts'

/** What a test may say of an entry; the key as plain text. */
export type EntryOverrides<V> = Partial<Omit<CacheEntry<V>, 'key' | 'sizeBytes'>> & {
  readonly key?: string
  readonly sizeBytes?: number
}

/**
 * A valid entry for tests of backends: key `key`, value `'value'`, namespace `fixtures`, 100 bytes,
 * created at `FAKE_START_MS`, with a life that doesn't end. `overrides` replaces single fields.
 *
 * @throws CacheError CACHE_KEY_INVALID or CACHE_SIZE_INVALID
 */
export function entryFixture<V = unknown>(overrides: EntryOverrides<V> = {}): CacheEntry<V> {
  const { key = 'key', sizeBytes = 100, ...fields } = overrides
  const createdAtMs = overrides.createdAtMs ?? FAKE_START_MS
  const expiresAtMs = overrides.expiresAtMs ?? Number.POSITIVE_INFINITY
  const input: Omit<CacheEntryInput<unknown>, 'value'> = {
    key: parseCacheKey(key),
    namespace: 'fixtures',
    ttl: { kind: 'never' },
    priority: 'medium',
    createdAtMs,
    sizeBytes: parseSize(sizeBytes, 'sizeBytes'),
    tags: [],
    dependsOn: [],
    birth: { generation: 'fixture', seq: 0 },
    expiresAtMs,
    staleUntilMs: expiresAtMs,
    slidingTtlMs: undefined,
  }
  // Whoever names a value type gives a value of it; the default is for those who don't.
  const value = ('value' in overrides ? overrides.value : 'value') as V
  return { ...cacheEntry({ ...input, value }), ...fields, value }
}
