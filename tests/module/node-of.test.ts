import { describe, expect, it } from 'vitest'
import type { InvalidationScope } from '../../src/core/entities/invalidation-mark.ts'
import type { CacheKey } from '../../src/core/value-objects/cache-key.ts'
import { nodeOf } from '../../src/module/node-of.ts'
import { createFakeClock } from '../../src/testing/fake-clock.ts'
import { fakeRandom } from '../fakes/fake-random.ts'
import { markFixture } from '../fakes/mark-fixture.ts'
import { SharedLink } from '../fakes/shared-link.ts'
import { SharedServers } from '../fakes/shared-servers.ts'

const PATTERN: InvalidationScope = { kind: 'pattern', pattern: 'user:*:profile' }

async function stage() {
  const time = createFakeClock()
  const { clock, scheduler } = time
  const link = new SharedLink(new SharedServers())
  const reports: unknown[][] = []
  const asked: InvalidationScope[] = []
  const node = nodeOf(
    { log: link },
    {
      clock,
      scheduler,
      random: fakeRandom(),
      matchers: () => ({
        patternMatcher: (scope) => {
          asked.push(scope)
          return (key) => key.endsWith(':profile')
        },
        matcherOf: async () => undefined,
      }),
      report: (...report) => void reports.push(report),
    },
  )
  node.start()
  await time.advance(0)
  return { node, link, time, reports, asked }
}

describe('nodeOf', () => {
  it('makes a node that follows the log, with a lease of 1.5 seconds', async () => {
    const { node, link, time } = await stage()
    expect(node.coherenceLeaseMs).toBe(1500)
    link.hold()
    await time.advance(1499)
    expect(node.isCoherent).toBe(true)
    await time.advance(1)
    expect(node.isCoherent).toBe(false)
  })

  it('answers an invalidation after a quarter of a second, and repeats it every 50 ms', async () => {
    const { node, link, time, reports } = await stage()
    link.append = async () => {
      throw new Error('OOM')
    }
    const answers: unknown[] = []
    void node.append(markFixture(PATTERN)).then((position) => answers.push(position))
    await time.advance(249)
    expect(answers).toEqual([])
    expect(reports).toHaveLength(5)
    await time.advance(1)
    expect(answers).toEqual([undefined])
  })

  it('matches what waits in its outbox by the patterns that it is given', async () => {
    const { node, link, asked } = await stage()
    link.cut()
    await node.append(markFixture(PATTERN))
    const awaits = (key: string): boolean =>
      node.isAwaitingMark('default', { key: key as CacheKey, tags: [], dependsOn: [] })
    expect(awaits('user:1:profile')).toBe(true)
    expect(awaits('user:1')).toBe(false)
    expect(new Set(asked)).toEqual(new Set([PATTERN]))
  })
})
