import { describe, expect, it } from 'vitest'
import type { RedisNode, RedisStatus } from '../../../../src/core/protocols/redis-transport.ts'
import { valuesLayout } from '../../../../src/infrastructure/repositories/redis/values-layout.ts'

function node(id: string): RedisNode {
  return {
    id,
    role: 'primary',
    isConnected: true,
    breaker: 'closed',
    runId: undefined,
    version: undefined,
  }
}

function statusOf(topology: RedisStatus['topology'], ...ids: string[]): RedisStatus {
  return { topology, isReady: true, nodes: ids.map(node), problems: [] }
}

describe('valuesLayout()', () => {
  it.each([
    ['standalone', false],
    ['sentinel', false],
    ['cluster', true],
  ] as const)('knows of %s that values lie apart: %s', (topology, areApart) => {
    expect(valuesLayout({ status: () => statusOf(topology, 'a:1') })()).toBe(areApart)
  })

  it('asks a user’s client each time, and takes what it does not know for a cluster', () => {
    let ids: string[] = []
    const areApart = valuesLayout({ status: () => statusOf('client', ...ids) })
    expect(areApart()).toBe(true)
    ids = ['client']
    expect(areApart()).toBe(false)
    ids = ['a:1']
    expect(areApart()).toBe(true)
    ids = ['a:1', 'b:2']
    expect(areApart()).toBe(true)
  })
})
