/** What `tests/golden/snapshot-1.snapshot` holds. Neither of the two is ever changed. */
import type { SnapshotHeader } from '../../../src/core/protocols/cache-snapshot.ts'

const RECORD = {
  priority: 'medium',
  ttl: { kind: 'span', ms: 300_000 },
  tags: [],
  dependsOn: [],
  createdAtMs: 1_767_225_600_000,
  expiresAtMs: 1_767_225_900_000,
  staleUntilMs: 1_767_229_500_000,
  slidingTtlMs: undefined,
  isSoftInvalidated: false,
  accessCount: 0,
  birthSeq: 0,
} as const

const VALUE = {
  text: 'héllo 🌍',
  numbers: [1, -0, 1.5, Number.NaN, 2n ** 70n],
  nothing: [null, undefined],
  date: new Date(1_767_225_600_000),
  map: new Map([['a', new Set([1])]]),
  bytes: Buffer.from('bytes'),
  floats: new Float64Array([0.5]),
  pattern: /a+/gi,
} as const

const RECORDS: Readonly<Record<string, readonly object[]>> = {
  users: [
    { ...RECORD, key: 'user:1:profile', value: VALUE },
    {
      ...RECORD,
      key: 'user:2',
      priority: 'critical',
      ttl: { kind: 'never' },
      tags: ['org:7', 'ключ'],
      dependsOn: ['team:9'],
      expiresAtMs: Number.POSITIVE_INFINITY,
      staleUntilMs: Number.POSITIVE_INFINITY,
      slidingTtlMs: 60_000,
      isSoftInvalidated: true,
      accessCount: 12,
      birthSeq: 39,
      value: 'two',
    },
    {
      ...RECORD,
      key: 'user:3',
      priority: 'low',
      ttl: { kind: 'until', atMs: 1_767_225_700_000 },
      value: undefined,
    },
  ],
  empty: [],
  pages: [{ ...RECORD, key: '/a/b', priority: 'high', value: [{ html: '<p>' }] }],
}

export const GOLDEN: {
  readonly header: SnapshotHeader
  readonly headSeq: number
  readonly sections: readonly { readonly namespace: string; readonly entries: number }[]
  readonly records: Readonly<Record<string, readonly object[]>>
  readonly marks: readonly object[]
  readonly dependencies: readonly object[]
} = {
  header: {
    cacheName: 'cache',
    savedAtMs: 1_767_225_600_123,
    head: { generation: 'k3J9-generation', seq: 40 },
    isSharedLog: true,
  },
  headSeq: 42,
  sections: [
    { namespace: 'users', entries: 3 },
    { namespace: 'empty', entries: 0 },
    { namespace: 'pages', entries: 1 },
  ],
  records: RECORDS,
  marks: [
    { namespace: 'users', seq: 41, soft: false, scope: { kind: 'prefix', prefix: 'user:9:' } },
    {
      namespace: 'pages',
      seq: 42,
      soft: true,
      scope: { kind: 'dependency', dependency: 'team:9', closure: ['team:9', 'user:2'] },
    },
  ],
  dependencies: [{ dependent: 'user:2', dependsOn: ['team:9'] }],
}
