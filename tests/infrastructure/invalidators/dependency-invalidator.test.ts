import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { isCacheError } from '../../../src/core/exceptions/cache-error.ts'
import {
  type DependencyName,
  parseDependencyName,
} from '../../../src/core/value-objects/cache-tag.ts'
import {
  DependencyInvalidator,
  MAX_EDGES,
} from '../../../src/infrastructure/invalidators/dependency-invalidator.ts'

const name = parseDependencyName
const names = (...texts: string[]) => texts.map(name)

/** A graph of the given edges, `a>b` for "a depends on b". */
function graphOf(...edges: string[]): DependencyInvalidator {
  const graph = new DependencyInvalidator()
  for (const edge of edges) {
    const [dependent = '', on = ''] = edge.split('>')
    graph.add(name(dependent), names(on))
  }
  return graph
}

/** Goes through all edges, dependent first, as often as there are edges. */
function naiveClosure(
  edges: readonly (readonly [DependencyName, DependencyName])[],
  start: DependencyName,
): Set<DependencyName> {
  const reached = new Set<DependencyName>([start])
  for (const _ of edges) {
    for (const [dependent, on] of edges) if (reached.has(on)) reached.add(dependent)
  }
  return reached
}

describe('DependencyInvalidator.closure()', () => {
  it.each([
    { edges: [], of: 'a', closure: ['a'] },
    { edges: ['b>a'], of: 'a', closure: ['a', 'b'] },
    { edges: ['b>a'], of: 'b', closure: ['b'] },
    { edges: ['b>a', 'c>b', 'd>c'], of: 'a', closure: ['a', 'b', 'c', 'd'] },
    { edges: ['d>b', 'd>c', 'b>a', 'c>a'], of: 'a', closure: ['a', 'b', 'c', 'd'] },
    { edges: ['a>a'], of: 'a', closure: ['a'] },
    { edges: ['b>a', 'a>b'], of: 'a', closure: ['a', 'b'] },
    { edges: ['b>a', 'c>b', 'a>c', 'd>c'], of: 'b', closure: ['b', 'c', 'a', 'd'] },
  ])('of $of in $edges is $closure', ({ edges, of, closure }) => {
    expect(graphOf(...edges).closure(name(of))).toEqual(closure)
  })

  it('reaches what the naive search for a fixed point reaches, in any graph', () => {
    const vertex = fc.nat({ max: 7 }).map((at) => name(`v${at}`))
    fc.assert(
      fc.property(fc.array(fc.tuple(vertex, vertex), { maxLength: 20 }), vertex, (edges, start) => {
        const graph = new DependencyInvalidator()
        for (const [dependent, on] of edges) graph.add(dependent, [on])
        const reached = naiveClosure(edges, start)
        const closure = graph.closure(start)
        expect(new Set(closure)).toEqual(reached)
        expect(closure.length).toBe(reached.size)
        expect(closure[0]).toBe(start)
      }),
    )
  })
})

describe('DependencyInvalidator.add()', () => {
  it('notes each edge once', () => {
    const graph = graphOf('b>a', 'b>a')
    graph.add(name('b'), names('a', 'a', 'c'))
    expect(graph.size).toBe(2)
    expect(graph.describe(name('b'))).toEqual({ dependsOn: ['a', 'c'], dependents: [] })
    expect(graph.describe(name('a'))).toEqual({ dependsOn: [], dependents: ['b'] })
  })

  it('takes edges up to the limit, and none of those that would pass it', () => {
    const graph = new DependencyInvalidator(3)
    graph.add(name('a'), names('1', '2'))
    expect(() => graph.add(name('b'), names('1', '2'))).toThrow(
      expect.toSatisfy((error) => isCacheError(error, 'CACHE_OPTION_INVALID')),
    )
    expect(() => graph.add(name('b'), names('1', '2'))).toThrow(
      'Cannot add 2 dependencies: expected at most 3 in all, got 4',
    )
    expect([graph.size, graph.describe(name('b')).dependsOn]).toEqual([2, []])
    graph.add(name('b'), names('1'))
    graph.add(name('b'), names('1'))
    expect(graph.size).toBe(3)
  })

  it('takes no more than a million edges if it isn’t told otherwise', () => {
    expect(MAX_EDGES).toBe(1_000_000)
    // Names without a look at each: a million of them would take seconds.
    const many = Array.from({ length: MAX_EDGES + 1 }, (_, at) => `d${at}` as DependencyName)
    expect(() => new DependencyInvalidator().add(name('a'), many)).toThrow(
      'expected at most 1000000 in all, got 1000001',
    )
  })
})

describe('DependencyInvalidator.remove()', () => {
  it('forgets the given edges, or all of a dependent', () => {
    const graph = graphOf('c>a', 'c>b', 'd>a')
    graph.remove(name('c'), names('b', 'unknown'))
    expect(graph.describe(name('c')).dependsOn).toEqual(['a'])
    expect(graph.describe(name('b')).dependents).toEqual([])
    graph.remove(name('c'))
    expect(graph.closure(name('a'))).toEqual(['a', 'd'])
    expect(graph.size).toBe(1)
  })

  it('does nothing for what isn’t there, also twice', () => {
    const graph = graphOf('b>a')
    graph.remove(name('unknown'))
    graph.remove(name('a'), names('b'))
    graph.remove(name('b'), names('a', 'a'))
    graph.remove(name('b'), names('a'))
    expect(graph.size).toBe(0)
  })

  it('makes room under the limit', () => {
    const graph = new DependencyInvalidator(1)
    graph.add(name('b'), names('a'))
    graph.remove(name('b'))
    graph.add(name('c'), names('a'))
    expect(graph.closure(name('a'))).toEqual(['a', 'c'])
  })
})

describe('DependencyInvalidator.describe()', () => {
  it('answers lists that later changes don’t reach', () => {
    const graph = graphOf('b>a')
    const described = graph.describe(name('a'))
    graph.add(name('c'), names('a'))
    expect(described).toEqual({ dependsOn: [], dependents: ['b'] })
    expect(graph.describe(name('unknown'))).toEqual({ dependsOn: [], dependents: [] })
  })
})
