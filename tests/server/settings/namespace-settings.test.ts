import { describe, expect, it } from 'vitest'
import { DefineCacheRequest } from '../../../src/api/models/requests/define-cache-request.ts'
import {
  NAMESPACE_SETTINGS,
  parseNamespaceOptions,
  parseNamespaces,
} from '../../../src/server/settings/namespace-settings.ts'
import { parseWithFaults } from './faults-of.ts'

const options = (value: unknown) =>
  parseWithFaults((faults) => parseNamespaceOptions(value, 'defaults', faults))

describe('NAMESPACE_SETTINGS', () => {
  it('are what operators can say over HTTP, no more and no less', () => {
    const properties: unknown = Reflect.get(DefineCacheRequest, 'properties')
    expect([...NAMESPACE_SETTINGS].sort()).toEqual(Object.keys(Object(properties)).sort())
  })
})

describe('parseNamespaceOptions()', () => {
  it('reads each option as it was written', () => {
    const said = {
      description: 'people',
      ttl: '5m',
      tags: ['a'],
      dependsOn: ['b'],
      priority: 'high',
      staleWhileRevalidate: '1m',
      staleIfError: 1000,
      jitter: 0,
      slidingTtl: '1h',
      maxEntries: 10,
      maxBytes: '1mb',
      evictionPolicy: 'lfu',
      priorityWeights: { low: 1, high: 8 },
      storage: 'buffer',
      maxConcurrentLoads: 4,
      maxQueuedLoads: 8,
    }
    expect(options(said)).toEqual({ parsed: said, faults: [] })
    expect(Object.keys(said)).toHaveLength(NAMESPACE_SETTINGS.length)
  })

  it('notes each wrong option with its path, and keeps the right ones', () => {
    const { parsed, faults } = options({
      ttl: '5 minutes',
      priority: 'urgent',
      maxEntries: 0,
      maxBytes: '1xb',
      tags: [''],
      jitter: 0.5,
    })
    expect(parsed).toEqual({ jitter: 0.5 })
    expect(faults.map((fault) => fault.split(':')[0])).toEqual([
      'defaults.ttl',
      'defaults.priority',
      'defaults.maxEntries',
      'defaults.maxBytes',
      'defaults.tags',
    ])
    expect(faults[1]).toBe(
      'defaults.priority: expected one of low, medium, high, critical, got "urgent"',
    )
  })

  it('knows no options that only a factory in the same process could use', () => {
    expect(options({ hardTimeout: '1s' }).faults).toEqual([
      'defaults.hardTimeout: there is no such setting',
    ])
  })
})

describe('parseNamespaces()', () => {
  const namespaces = (value: unknown) =>
    parseWithFaults((faults) => parseNamespaces(value, 'namespaces', faults))

  it('reads options by name', () => {
    expect(namespaces({ users: { ttl: '1m' }, 'a.b_c-1': {} })).toEqual({
      parsed: new Map([
        ['users', { ttl: '1m' }],
        ['a.b_c-1', {}],
      ]),
      faults: [],
    })
  })

  it.each([['a b'], [''], ['_a'], ['a'.repeat(65)]])('refuses the name %j', (name) => {
    const { parsed, faults } = namespaces({ [name]: {} })
    expect(parsed.size).toBe(0)
    expect(faults).toEqual([
      `namespaces.${name}: expected 1 to 64 letters, digits, ".", "_" or "-", got ${name}`,
    ])
  })

  it('accepts a name of 64 characters', () => {
    expect(namespaces({ ['a'.repeat(64)]: {} }).faults).toEqual([])
  })

  it('notes what is wrong in each of them', () => {
    expect(namespaces({ a: { ttl: -1 }, b: null }).faults).toEqual([
      expect.stringMatching(/^namespaces\.a\.ttl: expected/),
      'namespaces.b: expected an object, got null',
    ])
  })
})
