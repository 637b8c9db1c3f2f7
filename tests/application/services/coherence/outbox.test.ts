import { describe, expect, it } from 'vitest'
import { Outbox } from '../../../../src/application/services/coherence/outbox.ts'
import type { InvalidationScope } from '../../../../src/core/entities/invalidation-mark.ts'
import type { CacheKey } from '../../../../src/core/value-objects/cache-key.ts'
import type { CacheTag, DependencyName } from '../../../../src/core/value-objects/cache-tag.ts'
import { markOf, pendingOf } from './coherence-fixture.ts'

const TAG: InvalidationScope = { kind: 'tag', tag: 'org:7' as CacheTag }

function dependencyOf(...closure: readonly string[]): InvalidationScope {
  const names = closure.map((name) => name as DependencyName)
  return { kind: 'dependency', dependency: names[0] ?? ('' as DependencyName), closure: names }
}

function memberOf(key: string, tags: readonly string[] = [], dependsOn: readonly string[] = []) {
  return {
    key: key as CacheKey,
    tags: tags.map((tag) => tag as CacheTag),
    dependsOn: dependsOn.map((name) => name as DependencyName),
  }
}

function newOutbox(limit?: number): Outbox {
  return new Outbox(() => undefined, limit)
}

describe('Outbox', () => {
  it('hands out what it was given, oldest first, until it is settled', () => {
    const outbox = newOutbox()
    for (const id of ['a', 'b', 'c']) outbox.add(pendingOf(id))
    outbox.settle('b')
    expect(outbox.list().map(({ id }) => id)).toEqual(['a', 'c'])
    expect(outbox.size).toBe(2)
  })

  it('covers what a mark reaches, in its namespace', () => {
    const outbox = newOutbox()
    outbox.add(pendingOf('a', markOf('', { scope: TAG })))
    expect(outbox.covers('users', memberOf('x', ['org:7']))).toBe(true)
    expect(outbox.covers('users', memberOf('x', ['org:8']))).toBe(false)
    expect(outbox.covers('teams', memberOf('x', ['org:7']))).toBe(false)
    outbox.settle('a')
    expect(outbox.covers('users', memberOf('x', ['org:7']))).toBe(false)
  })

  it('covers what depends on it in every namespace', () => {
    const outbox = newOutbox()
    outbox.add(pendingOf('a', markOf('', { scope: dependencyOf('team:9') })))
    expect(outbox.covers('anywhere', memberOf('x', [], ['team:9']))).toBe(true)
  })

  it('keeps one mark per scope, under a new id, since either may be in the log by now', () => {
    const outbox = newOutbox()
    outbox.add(pendingOf('a', markOf('k')))
    outbox.add(pendingOf('b', markOf('k')))
    outbox.settle('a')
    outbox.settle('b')
    expect(outbox.list().map(({ id }) => id)).toEqual(['b+'])
  })

  it('takes the same mark twice as once', () => {
    const outbox = newOutbox()
    outbox.add(pendingOf('a'))
    outbox.add(pendingOf('a'))
    outbox.settle('a')
    expect(outbox.size).toBe(0)
  })

  it.each([
    [true, true, true],
    [true, false, false],
    [false, true, false],
    [false, false, false],
  ])(
    'of two marks of a scope, soft %s and %s, makes one that is soft %s',
    (first, second, both) => {
      const outbox = newOutbox()
      outbox.add(pendingOf('a', markOf('k', { soft: first })))
      outbox.add(pendingOf('b', markOf('k', { soft: second })))
      expect(outbox.list().map(({ mark }) => mark.soft)).toEqual([both])
    },
  )

  it('unites what the same dependency reached at two times', () => {
    const outbox = newOutbox()
    outbox.add(pendingOf('a', markOf('', { scope: dependencyOf('team:9', 'org:1') })))
    outbox.add(pendingOf('b', markOf('', { scope: dependencyOf('team:9', 'org:2') })))
    expect(outbox.covers('users', memberOf('x', [], ['org:1']))).toBe(true)
    expect(outbox.covers('users', memberOf('x', [], ['org:2']))).toBe(true)
  })

  it('tells what a mark makes needless: what waits over its scope, if that is no harder and no wider', () => {
    const outbox = newOutbox()
    const wide = dependencyOf('team:9', 'org:1')
    outbox.add(pendingOf('hard'))
    outbox.add(pendingOf('soft', markOf('s', { soft: true })))
    outbox.add(pendingOf('wide', markOf('', { scope: wide })))
    expect(outbox.supersededBy(markOf('hard'))).toBe('hard')
    expect(outbox.supersededBy(markOf('hard', { soft: true }))).toBeUndefined()
    expect(outbox.supersededBy(markOf('s', { soft: true }))).toBe('soft')
    expect(outbox.supersededBy(markOf('s'))).toBe('soft')
    expect(outbox.supersededBy(markOf('', { scope: wide }))).toBe('wide')
    const narrow = markOf('', { scope: dependencyOf('team:9') })
    expect(outbox.supersededBy(narrow)).toBeUndefined()
    expect(outbox.supersededBy(markOf('other'))).toBeUndefined()
  })

  it('at its limit keeps each scope, above it the whole namespace, and never loses any', () => {
    const outbox = newOutbox(2)
    outbox.add(pendingOf('other', markOf('o', { namespace: 'teams' })))
    outbox.add(pendingOf('a'))
    expect(outbox.list()).toHaveLength(2)
    outbox.add(pendingOf('b', markOf('b', { soft: true })))
    expect(outbox.list().map(({ id, mark }) => [id, mark.scope.kind, mark.soft])).toEqual([
      ['other', 'key', false],
      ['b+', 'namespace', false],
    ])
    expect(outbox.covers('users', memberOf('a'))).toBe(true)
    expect(outbox.covers('teams', memberOf('o'))).toBe(true)
  })

  it('above its limit makes one of all dependencies, since they reach other namespaces too', () => {
    const outbox = newOutbox(1)
    outbox.add(pendingOf('a', markOf('', { scope: dependencyOf('d1') })))
    outbox.add(pendingOf('b', markOf('', { scope: dependencyOf('d2') })))
    expect(outbox.list()).toHaveLength(1)
    expect(outbox.covers('anywhere', memberOf('x', [], ['d1']))).toBe(true)
    expect(outbox.covers('anywhere', memberOf('x', [], ['d2']))).toBe(true)
  })
})
