import { describe, expect, it } from 'vitest'
import {
  type JudgePorts,
  judgeRemoteEntry,
  type RemoteOrigin,
} from '../../../../src/application/services/coherence/judge-remote-entry.ts'
import type { CacheKey } from '../../../../src/core/value-objects/cache-key.ts'

const PRIMARY: RemoteOrigin = { node: 'primary', logPosition: undefined }

const TRUSTING: JudgePorts = {
  horizon: { generation: 'g', seq: 5 },
  isCoherent: true,
  marks: { check: () => ({ kind: 'valid' }) },
  isAwaitingMark: () => false,
}

function entryAt(seq: number, generation = 'g') {
  return { key: 'k' as CacheKey, tags: [], dependsOn: [], birth: { generation, seq } }
}

describe('judgeRemoteEntry()', () => {
  it('takes an entry born up to the horizon for what the marks say', () => {
    expect(judgeRemoteEntry(TRUSTING, entryAt(5), PRIMARY)).toBe('valid')
    const soft: JudgePorts = {
      ...TRUSTING,
      marks: {
        check: ({ birth }) => ({ kind: 'soft', mark: undefined as never, position: birth }),
      },
    }
    expect(judgeRemoteEntry(soft, entryAt(5), PRIMARY)).toBe('soft')
  })

  it('can’t judge what was born beyond the horizon', () => {
    expect(judgeRemoteEntry(TRUSTING, entryAt(6), PRIMARY)).toBe('ahead')
  })

  it('leaves another generation to the marks, however high its births', () => {
    const strict: JudgePorts = {
      ...TRUSTING,
      marks: { check: ({ birth }) => ({ kind: 'invalid', mark: undefined, position: birth }) },
    }
    expect(judgeRemoteEntry(strict, entryAt(99, 'other'), PRIMARY)).toBe('invalid')
  })

  it('trusts nothing while the node is incoherent or hasn’t started', () => {
    expect(judgeRemoteEntry({ ...TRUSTING, isCoherent: false }, entryAt(1), PRIMARY)).toBe(
      'untrusted',
    )
    expect(judgeRemoteEntry({ ...TRUSTING, horizon: undefined }, entryAt(1), PRIMARY)).toBe(
      'untrusted',
    )
  })

  it('refuses what an undelivered mark reaches', () => {
    const waiting = { ...TRUSTING, isAwaitingMark: () => true }
    expect(judgeRemoteEntry(waiting, entryAt(5), PRIMARY)).toBe('invalid')
  })

  it.each([
    ['behind', { generation: 'g', seq: 4 }],
    ['valid', { generation: 'g', seq: 5 }],
    ['behind', { generation: 'other', seq: 9 }],
    ['valid', undefined],
  ] as const)(
    'takes an entry of a replica for %s whose log stands at %o',
    (verdict, logPosition) => {
      expect(judgeRemoteEntry(TRUSTING, entryAt(1), { node: 'replica', logPosition })).toBe(verdict)
    },
  )
})
