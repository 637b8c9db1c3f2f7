import { describe, expect, it } from 'vitest'
import {
  type CoherenceTarget,
  CoherenceTargets,
} from '../../../../src/application/services/coherence/coherence-targets.ts'
import type { InvalidationScope } from '../../../../src/core/entities/invalidation-mark.ts'
import { parseCacheKey } from '../../../../src/core/value-objects/cache-key.ts'
import { parseCacheTag, parseDependencyName } from '../../../../src/core/value-objects/cache-tag.ts'
import { positionedFixture } from '../../../fakes/mark-fixture.ts'

const TAG: InvalidationScope = { kind: 'tag', tag: parseCacheTag('red') }
const KEY: InvalidationScope = { kind: 'key', key: parseCacheKey('a') }
const team = parseDependencyName('team:9')
const DEPENDENCY: InvalidationScope = { kind: 'dependency', dependency: team, closure: [team] }
const at = (seq: number) => ({ generation: 'fixture', seq })

/** A target that writes down what it is told: the seqs that it starts with. */
function target(said: unknown[]): CoherenceTarget {
  return {
    forget: () => said.push('forget'),
    start: (marks, floor) => said.push([floor.seq, ...marks.map(({ position }) => position.seq)]),
    expire: () => said.push('expire'),
  }
}

describe('CoherenceTargets', () => {
  it('tells each namespace what reaches it, when the node gets a place in the log', () => {
    const targets = new CoherenceTargets()
    const [one, two]: [unknown[], unknown[]] = [[], []]
    targets.add('one', target(one), undefined)
    targets.add('two', target(two), undefined)
    const here = positionedFixture(2, TAG, { namespace: 'one' })
    targets.start(at(1), [here, positionedFixture(3, DEPENDENCY, { namespace: 'one' })])
    targets.forget()
    targets.expire({ expired: [], floor: undefined })
    expect(one).toEqual([[1, 2, 3], 'forget', 'expire'])
    expect(two).toEqual([[1, 3], 'forget', 'expire'])
  })

  it('tells one that is opened later what has come since, but for what was retired', () => {
    const targets = new CoherenceTargets()
    targets.start(at(0), [])
    targets.note(positionedFixture(1, TAG, { namespace: 'one' }))
    targets.note(positionedFixture(2, { kind: 'namespace' }, { namespace: 'one' }))
    targets.retire(at(1))
    const said: unknown[] = []
    const keys = ['one', 'two'].map((namespace) => positionedFixture(3, KEY, { namespace }))
    targets.add('one', target(said), keys)
    expect(said).toEqual([[0, 2, 3]])
  })

  it('tells who follows the node', () => {
    const targets = new CoherenceTargets()
    const said: unknown[] = []
    targets.watch({ onStarted: () => void said.push('started') })
    targets.watch({ onRetired: (position) => void said.push(position) })
    targets.start(at(0), [])
    targets.retire(at(5))
    expect(said).toEqual(['started', at(5)])
  })
})
