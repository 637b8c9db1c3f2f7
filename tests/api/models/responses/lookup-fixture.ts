import type { Lookup } from '../../../../src/application/queries/get-cache-entry.ts'

/** A lookup that found something fresh, but for what the test says. */
export function lookupOf(parts: Partial<Lookup> = {}): Lookup {
  return {
    state: 'fresh',
    value: 'x',
    tier: 'memory',
    ageMs: 1000,
    ttlMs: 2000,
    staleMs: 3000,
    tags: ['t'],
    dependsOn: ['d'],
    priority: 'medium',
    sizeBytes: 10,
    createdAtMs: 1_767_225_600_000,
    expiresAtMs: 1_767_225_603_000,
    accessCount: 4,
    ...parts,
  }
}
