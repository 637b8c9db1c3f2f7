import { describe, expect, it } from 'vitest'
import {
  entryOf,
  prepareValue,
  presented,
  storeEntry,
} from '../../../../src/application/services/stores/store-entry.ts'
import {
  DEFAULT_NAMESPACE,
  type Isolation,
  resolveNamespace,
} from '../../../../src/core/entities/cache-namespace.ts'
import type { CacheEvent } from '../../../../src/core/events/cache-event.ts'
import type { MemoryStore } from '../../../../src/core/protocols/cache-repository.ts'
import { parseCacheKey } from '../../../../src/core/value-objects/cache-key.ts'
import {
  DEFAULT_ENTRY_POLICY,
  type EntryOptions,
  resolveEntryPolicy,
} from '../../../../src/core/value-objects/entry-policy.ts'
import type { MemoryStorage } from '../../../../src/core/value-objects/memory-storage.ts'
import { entryFixture } from '../../../../src/testing/entry-fixture.ts'
import { createFakeClock, FAKE_START_MS } from '../../../../src/testing/fake-clock.ts'
import { fakeRandom } from '../../../fakes/fake-random.ts'

const key = parseCacheKey('key')
const birth = { generation: 'g', seq: 7 }

function ports(isolation: Isolation = 'share', chance = 0, storage: MemoryStorage = 'reference') {
  return {
    name: 'ns',
    memory: undefined,
    settings: resolveNamespace(
      { name: 'ns', ...DEFAULT_NAMESPACE },
      { isolation, storage, maxBytes: 1000 },
      0,
    ),
    clock: createFakeClock().clock,
    random: fakeRandom(chance),
  }
}

const policy = (options: EntryOptions = {}) =>
  resolveEntryPolicy(DEFAULT_ENTRY_POLICY, options, FAKE_START_MS)

describe('prepareValue()', () => {
  it('decides life and size, and keeps a shared value as it is', () => {
    const value = { a: 1 }
    const prepared = prepareValue(ports(), key, value, policy({ ttl: 100, jitter: 0 }))
    expect(prepared.value).toBe(value)
    expect(prepared.life?.expiresAtMs).toBe(FAKE_START_MS + 100)
    expect(prepared.sizeBytes).toBeGreaterThan(0)
  })

  it('takes the jitter from chance', () => {
    const prepared = prepareValue(ports('share', 0.5), key, 1, policy({ ttl: 1000, jitter: 0.2 }))
    expect(prepared.life?.expiresAtMs).toBe(FAKE_START_MS + 900)
  })

  it('copies and freezes all the way down, but for bytes', () => {
    const inner = { deep: [{ deeper: 1 }], bytes: new Uint8Array(2) }
    const { value } = prepareValue(ports('freeze'), key, inner, policy()) as { value: typeof inner }
    expect(value).toEqual(inner)
    expect(Object.isFrozen(value.deep[0])).toBe(true)
    value.bytes[0] = 9
    expect(inner.bytes[0]).toBe(0)
    expect(Object.isFrozen(inner)).toBe(false)
  })

  it('copies under clone, and freezes nothing', () => {
    const inner = { deep: [1] }
    const { value } = prepareValue(ports('clone'), key, inner, policy()) as { value: typeof inner }
    expect(value).not.toBe(inner)
    value.deep.push(2)
    expect(inner.deep).toEqual([1])
  })

  it.each(['freeze', 'clone'] as const)(
    '%s: takes text, numbers, null and functions as they are',
    (isolation) => {
      for (const value of ['text', 1, null, () => 1, 5n]) {
        expect(prepareValue(ports(isolation), key, value, policy()).value).toBe(value)
      }
    },
  )

  it.each(['freeze', 'clone'] as const)(
    '%s: refuses what cannot be cloned, with the cause',
    (isolation) => {
      expect(() => prepareValue(ports(isolation), key, { act: () => 1 }, policy())).toThrow(
        expect.objectContaining({ code: 'CACHE_VALUE_INVALID', cause: expect.anything() }),
      )
    },
  )

  it('copies nothing that is to be stored nowhere', () => {
    const value = { act: () => 1 }
    const prepared = prepareValue(ports('clone'), key, value, policy({ ttl: 0 }))
    expect(prepared).toMatchObject({ life: undefined, value })
  })

  it('refuses what the namespace could never hold', () => {
    expect(() => prepareValue(ports(), key, 'x'.repeat(2000), policy())).toThrow(
      expect.objectContaining({ code: 'CACHE_VALUE_TOO_LARGE' }),
    )
  })
})

describe('prepareValue() under storage "buffer"', () => {
  /** Ports whose memory keeps nothing but text. */
  function bufferPorts(asked: unknown[] = []) {
    const rejects = (value: unknown): unknown => {
      asked.push(value)
      return typeof value === 'string' ? undefined : new Error('no text')
    }
    const memory = { rejects } as unknown as MemoryStore // It is asked for nothing else.
    return { ...ports('share', 0, 'buffer'), memory }
  }

  it('takes what memory can keep', () => {
    expect(prepareValue(bufferPorts(), key, 'text', policy()).value).toBe('text')
  })

  it('refuses what memory can’t keep, with the reason', () => {
    expect(() => prepareValue(bufferPorts(), key, { act: () => 1 }, policy())).toThrow(
      expect.objectContaining({
        code: 'CACHE_VALUE_INVALID',
        message:
          'Cannot store "key" under storage "buffer": expected a value that can be turned into bytes',
        cause: expect.objectContaining({ message: 'no text' }),
      }),
    )
  })

  it('asks nothing of what is to be stored nowhere, nor of memory that keeps references', () => {
    const asked: unknown[] = []
    prepareValue(bufferPorts(asked), key, 1, policy({ ttl: 0 }))
    prepareValue({ ...bufferPorts(asked), settings: ports().settings }, key, 1, policy())
    expect(asked).toEqual([])
  })

  it('takes anything where a backend keeps the values', () => {
    expect(prepareValue(ports('share', 0, 'buffer'), key, 5n, policy()).value).toBe(5n)
  })
})

describe('entryOf()', () => {
  it('makes an entry of what was prepared, born where it is told', () => {
    const options = {
      ttl: 100,
      jitter: 0,
      tags: ['t'],
      dependsOn: ['d'],
      priority: 'high',
      slidingTtl: 50,
    } as const
    const prepared = prepareValue(ports(), key, 'value', policy(options))
    expect(entryOf(ports(), prepared, birth)).toMatchObject({
      key,
      value: 'value',
      namespace: 'ns',
      priority: 'high',
      tags: ['t'],
      dependsOn: ['d'],
      birth,
      createdAtMs: FAKE_START_MS,
      expiresAtMs: FAKE_START_MS + 50,
      slidingTtlMs: 50,
      ttl: { kind: 'span', ms: 100 },
      isSoftInvalidated: false,
    })
  })

  it('makes none of what is to be stored nowhere', () => {
    const prepared = prepareValue(ports(), key, 'value', policy({ ttl: 0 }))
    expect(entryOf(ports(), prepared, birth)).toBeUndefined()
  })
})

describe('storeEntry()', () => {
  const entry = entryFixture({ key: 'key', tags: [] })

  function storePorts(stores: object) {
    const emitted: CacheEvent[] = []
    const given = {
      memory: undefined,
      remote: undefined,
      events: { hears: () => true, emit: (event: CacheEvent) => emitted.push(event) },
      clock: createFakeClock().clock,
      ...stores,
    }
    return { emitted, given: given as unknown as Parameters<typeof storeEntry>[0] }
  }

  it.each([true, false])('answers at once what memory answers: %s', (isStored) => {
    const { given, emitted } = storePorts({ memory: { set: () => isStored } })
    expect(storeEntry(given, entry, 'set')).toBe(isStored)
    expect(emitted).toHaveLength(isStored ? 1 : 0)
  })

  it.each([
    ['done', true],
    ['refused', false],
    ['unknown', false],
  ])('takes the outcome %s of a backend for %s', async (outcome, isStored) => {
    const { given, emitted } = storePorts({ remote: { set: async () => outcome } })
    expect(await storeEntry(given, entry, 'load')).toBe(isStored)
    expect(emitted).toHaveLength(isStored ? 1 : 0)
  })

  it('tells listeners who stored what, and makes no event when nobody listens', () => {
    const { given, emitted } = storePorts({ memory: { set: () => true } })
    void storeEntry(given, entry, 'refresh')
    expect(emitted).toEqual([
      {
        type: 'stored',
        namespace: 'fixtures',
        key: 'key',
        by: 'refresh',
        sizeBytes: 100,
        expiresAtMs: Number.POSITIVE_INFINITY,
        tags: [],
        atMs: FAKE_START_MS,
      },
    ])
    const silent = { ...given, events: { ...given.events, hears: () => false } }
    void storeEntry(silent, entry, 'refresh')
    expect(emitted).toHaveLength(1)
  })

  it('stores nothing where there is no store', () => {
    expect(storeEntry(storePorts({}).given, entry, 'set')).toBe(false)
  })
})

describe('presented()', () => {
  it('hands out the value itself where it was kept as bytes, under clone too: it is a copy', () => {
    const value = { a: 1 }
    expect(presented(ports('clone', 0, 'buffer'), value)).toBe(value)
  })

  it('hands out the value itself under share and freeze, a copy under clone', () => {
    const value = { a: 1 }
    expect(presented(ports('share'), value)).toBe(value)
    expect(presented(ports('freeze'), value)).toBe(value)
    const copy = presented(ports('clone'), value)
    expect(copy).toEqual(value)
    expect(copy).not.toBe(value)
  })

  it('hands out as it is what cannot be copied', () => {
    const value = { act: () => 1 }
    expect(presented(ports('clone'), value)).toBe(value)
    expect(presented(ports('clone'), value.act)).toBe(value.act)
  })
})
