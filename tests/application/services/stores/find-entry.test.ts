import { describe, expect, it } from 'vitest'
import { findEntry } from '../../../../src/application/services/stores/find-entry.ts'
import { parseCacheKey } from '../../../../src/core/value-objects/cache-key.ts'
import type { StandardSchema } from '../../../../src/core/value-objects/standard-schema.ts'
import { entryFixture } from '../../../../src/testing/entry-fixture.ts'
import { createFakeClock, FAKE_START_MS } from '../../../../src/testing/fake-clock.ts'

const key = parseCacheKey('key')
const entry = entryFixture({
  namespace: 'ns',
  value: '5',
  expiresAtMs: FAKE_START_MS + 10,
  staleUntilMs: FAKE_START_MS + 20,
})

function reader(schema?: StandardSchema) {
  const time = createFakeClock()
  const reports: unknown[][] = []
  const ports = {
    memory: undefined,
    remote: { get: async () => ({ kind: 'found', entry }) },
    clock: time.clock,
    scheduler: time.scheduler,
    repositoryTimeoutMs: 250,
    settings: { schema },
    report: (...report: unknown[]) => reports.push(report),
  } as unknown as Parameters<typeof findEntry>[0]
  return { time, reports, ports }
}

function schema(validate: StandardSchema['~standard']['validate']): StandardSchema {
  return { '~standard': { version: 1, vendor: 'test', validate } }
}

describe('findEntry()', () => {
  it('takes what memory holds, which judged it already', async () => {
    const { ports } = reader()
    const memory = { get: () => entry } as never
    expect(await findEntry({ ...ports, memory }, key)).toBe(entry)
  })

  it('answers undefined for what a backend does not have, or fails to say', async () => {
    const { ports } = reader()
    for (const kind of ['absent', 'fault']) {
      const remote = { get: async () => ({ kind }) } as never
      expect(await findEntry({ ...ports, remote }, key)).toBeUndefined()
    }
    expect(await findEntry({ ...ports, remote: undefined }, key)).toBeUndefined()
  })

  it('answers the value as the schema hands it on', async () => {
    const { ports } = reader(schema((value) => ({ value: Number(value) })))
    expect(await findEntry(ports, key)).toEqual({ ...entry, value: 5 })
  })

  it('takes a value that no longer fits for a miss, and says why', async () => {
    const { ports, reports } = reader(schema(() => ({ issues: [{ message: 'no number' }] })))
    expect(await findEntry(ports, key)).toBeUndefined()
    expect(reports).toEqual([['schema', 'counted a miss', new TypeError('no number'), key]])
  })

  it.each([undefined, null])('asks no schema about a remembered absence: %s', async (value) => {
    const { ports } = reader(schema(() => ({ issues: [] })))
    const absence = { ...entry, value }
    const remote = { get: async () => ({ kind: 'found', entry: absence }) } as never
    expect(await findEntry({ ...ports, remote }, key)).toBe(absence)
  })

  it('takes a schema that never settles for a miss, after the deadline of the backend', async () => {
    const { ports, time, reports } = reader(schema(() => new Promise(() => undefined)))
    const found = findEntry(ports, key)
    await time.advance(250)
    expect(await found).toBeUndefined()
    expect(reports).toMatchObject([['schema', 'counted a miss', { code: 'CACHE_TIMEOUT' }, key]])
  })

  it('waits for a schema that settles in time', async () => {
    const { ports } = reader(schema(async () => ({ value: 6 })))
    expect(await findEntry(ports, key)).toEqual({ ...entry, value: 6 })
  })
})
