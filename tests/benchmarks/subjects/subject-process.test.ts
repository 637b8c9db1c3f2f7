/** The processes of the benchmarks, with what needs no peer installed. They run dist/, as `npm run bench` does. */
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { SubjectProcess } from '../../../benchmarks/subjects/subject-process.ts'

const SLOW_MS = 60_000

let subject: SubjectProcess

beforeEach(() => {
  subject = new SubjectProcess('platform-cache')
})

afterEach(() => subject.end())

describe('SubjectProcess', () => {
  it.each(['peek', 'get', 'getOrSet'] as const)(
    'measures %s of keys that are there, and the factory never runs',
    async (method) => {
      await subject.ask({ kind: 'fill', entries: 100 })
      const { cpuNs, loads } = await subject.ask({ kind: 'hits', method, count: 50_000 })
      expect(cpuNs).toBeGreaterThan(0)
      expect(loads).toBe(0)
    },
    SLOW_MS,
  )

  it.each(['built', 'decoded'] as const)(
    'measures peek with %s keys, without the making of them',
    async (keys) => {
      await subject.ask({ kind: 'fill', entries: 100, keys: keys === 'built' ? 'kept' : 'dropped' })
      const request = { kind: 'hits', method: 'peek', keys, count: 50_000 } as const
      const { cpuNs, buildNs, hits } = await subject.ask(request)
      expect(hits).toBe(50_000)
      expect(cpuNs).toBeGreaterThan(0)
      expect(buildNs > 0).toBe(keys === 'built')
    },
    SLOW_MS,
  )

  it.each(['awaited', 'collected'] as const)(
    'measures %s sets, and finds there what was stored last',
    async (how) => {
      await subject.ask({ kind: 'fill', entries: 100, keys: 'dropped' })
      for (const keys of ['new', 'old'] as const) {
        const { cpuNs } = await subject.ask({ kind: 'sets', how, keys, count: 20_000 })
        expect(cpuNs).toBeGreaterThan(0)
      }
    },
    SLOW_MS,
  )

  it(
    'counts hits of a read-through: all once everything has a place, not all while it has not',
    async () => {
      await subject.ask({ kind: 'open', entries: 100, universe: 10_000 })
      const crowded = await subject.ask({ kind: 'read-through', count: 20_000 })
      expect(crowded.hits).toBeGreaterThan(0)
      expect(crowded.hits).toBeLessThan(20_000)
      await subject.ask({ kind: 'open', entries: 1000, universe: 50 })
      await subject.ask({ kind: 'read-through', count: 20_000 })
      expect((await subject.ask({ kind: 'read-through', count: 1000 })).hits).toBe(1000)
    },
    SLOW_MS,
  )

  it(
    'says how many bytes entries hold, which is more than their keys',
    async () => {
      const held = await subject.ask({ kind: 'hold', entries: 20_000, values: 'numbers' })
      expect(held.heldBytes).toBeGreaterThan(20_000 * 16)
    },
    SLOW_MS,
  )

  it(
    'counts one factory call for 1000 concurrent getOrSet of one cold key, each time',
    async () => {
      await subject.ask({ kind: 'fill', entries: 100 })
      for (let burst = 0; burst < 3; burst += 1) {
        expect((await subject.ask({ kind: 'burst', callers: 1000 })).loads).toBe(1)
      }
    },
    SLOW_MS,
  )

  it(
    'rejects when the process ends without an answer, since then nothing was measured',
    async () => {
      const asked = subject.ask({ kind: 'fill', entries: 100 })
      const outcome = expect(asked).rejects.toThrow(
        'Cannot measure platform-cache: its process ended',
      )
      await subject.end()
      await outcome
    },
    SLOW_MS,
  )
})
