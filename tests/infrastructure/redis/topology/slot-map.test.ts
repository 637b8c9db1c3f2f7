import { describe, expect, it } from 'vitest'
import { parseSlotMap } from '../../../../src/infrastructure/redis/topology/slot-map.ts'

const bytes = (text: string): Uint8Array => new TextEncoder().encode(text)
const node = (host: string | null, port: number) => [
  host === null ? null : bytes(host),
  port,
  bytes('id'),
  [],
]

describe('parseSlotMap()', () => {
  it('reads who holds which slots, and who copies them', () => {
    const map = parseSlotMap(
      [
        [0, 99, node('a', 1), node('b', 2)],
        [100, 16_383, node('c', 3)],
      ],
      'asked',
    )
    expect(map?.shards).toEqual([
      { primary: { host: 'a', port: 1 }, replicas: [{ host: 'b', port: 2 }] },
      { primary: { host: 'c', port: 3 }, replicas: [] },
    ])
    expect([0, 99, 100, 16_383].map((slot) => map?.owners[slot])).toEqual([0, 0, 1, 1])
  })

  it('knows several ranges of one node as one shard, and slots of nobody', () => {
    const map = parseSlotMap(
      [
        [0, 1, node('a', 1)],
        [5, 5, node('a', 1)],
      ],
      'asked',
    )
    expect(map?.shards).toHaveLength(1)
    expect([...(map?.owners.slice(0, 7) ?? [])]).toEqual([0, 0, -1, -1, -1, 0, -1])
  })

  it.each([null, '', '?'])('takes the host that was asked for one that is %j', (host) => {
    const map = parseSlotMap([[0, 1, node(host, 7)]], 'asked')
    expect(map?.shards[0]?.primary).toEqual({ host: 'asked', port: 7 })
  })

  it.each(['OK', null, [1], [[0]], [[0, 1]], [['0', 1, node('a', 1)]], [[0, 1, [bytes('a')]]]])(
    'is undefined for %j',
    (reply) => {
      expect(parseSlotMap(reply, 'asked')).toBeUndefined()
    },
  )
})
