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
