import { describe, expect, it } from 'vitest'
import { sweepJudge } from '../../../../src/application/services/stores/sweep-judge.ts'
import type { InvalidationScope } from '../../../../src/core/entities/invalidation-mark.ts'
import type { PositionedMark } from '../../../../src/core/protocols/invalidation-log.ts'
import { parseCacheTag, parseDependencyName } from '../../../../src/core/value-objects/cache-tag.ts'
import { sweptEntry } from '../../../fakes/fake-sweep-store.ts'
import { markFixture } from '../../../fakes/mark-fixture.ts'

const at = (seq: number, generation = 'g') => ({ generation, seq })
const tag = { kind: 'tag', tag: parseCacheTag('red') } as const
const team = parseDependencyName('team:9')

function mark(seq: number, scope: InvalidationScope, rest = {}): PositionedMark {
  return { position: at(seq), mark: markFixture(scope, { namespace: 'ns', ...rest }) }
}

const judgeOf = (marks: readonly PositionedMark[], floorSeq = 0) =>
  sweepJudge({ position: at(10), marks, floorSeq }, async (scope) => {
    if (scope.kind !== 'regex') return undefined
    if (scope.regex === '(') throw new Error('no such expression')
    return (key) => key.startsWith('x')
  })

describe('sweepJudge()', () => {
  it('finds what a mark of the table reaches that came after its birth', async () => {
    const judge = await judgeOf([mark(5, tag)])
    expect(judge.isInvalid(sweptEntry('a', at(4), ['red']))).toBe(true)
    expect(judge.isInvalid(sweptEntry('a', at(5), ['red']))).toBe(false)
    expect(judge.isInvalid(sweptEntry('a', at(4), ['blue']))).toBe(false)
    expect(judge.isInvalid({ ...sweptEntry('a', at(4), ['red']), namespace: 'other' })).toBe(false)
  })

  it('finds what is of another generation, and what was born before the floor', async () => {
    const judge = await judgeOf([], 3)
    expect(judge.isInvalid(sweptEntry('a', at(9, 'older')))).toBe(true)
    expect(judge.isInvalid(sweptEntry('a', at(2)))).toBe(true)
    expect(judge.isInvalid(sweptEntry('a', at(3)))).toBe(false)
  })

  it('knows that a dependency reaches all namespaces', async () => {
    const scope = { kind: 'dependency', dependency: team, closure: [team] } as const
    const judge = await judgeOf([mark(5, scope)])
    const entry = { ...sweptEntry('a', at(4)), dependsOn: [team], namespace: 'other' }
    expect(judge.isInvalid(entry)).toBe(true)
  })

  it('leaves alone what a soft mark reaches, and an expression that it can’t compile', async () => {
    const regex = (text: string) => ({ kind: 'regex', regex: text }) as const
    const marks = [mark(5, tag, { soft: true }), mark(6, regex('(')), mark(7, regex('x'))]
    const judge = await judgeOf(marks)
    expect(judge.isInvalid(sweptEntry('a', at(4), ['red']))).toBe(false)
    expect(judge.isInvalid(sweptEntry('x', at(4)))).toBe(true)
    expect(judge.retirable).toEqual([marks[2]])
  })

  it('retires nothing that was marked after the sweep began, and judges by it', async () => {
    const judge = await judgeOf([mark(11, tag)])
    expect(judge.isInvalid(sweptEntry('a', at(10), ['red']))).toBe(true)
    expect(judge.retirable).toEqual([])
  })
})
