import { describe, expect, it } from 'vitest'
import { DependencyDirectory } from '../../../src/application/services/dependency-directory.ts'
import { DependencyInvalidator } from '../../../src/infrastructure/invalidators/dependency-invalidator.ts'

const directory = (maxEdges?: number) =>
  new DependencyDirectory(new DependencyInvalidator(maxEdges))

describe('DependencyDirectory', () => {
  it('knows what depends on what, both ways, and transitively', () => {
    const dependencies = directory()
    dependencies.add('team:9', ['org:7', 'region:1'])
    dependencies.add('user:1', ['team:9'])
    expect(dependencies.describe('team:9')).toEqual({
      dependsOn: ['org:7', 'region:1'],
      dependents: ['user:1'],
    })
    expect(dependencies.closure('org:7')).toEqual(['org:7', 'team:9', 'user:1'])
  })

  it('answers a name that it never heard of with itself alone', () => {
    expect(directory().closure('x')).toEqual(['x'])
    expect(directory().describe('x')).toEqual({ dependsOn: [], dependents: [] })
  })

  it('ends in circles', () => {
    const dependencies = directory()
    dependencies.add('a', ['b'])
    dependencies.add('b', ['a'])
    expect(dependencies.closure('a')).toEqual(['a', 'b'])
  })

  it('forgets what it is told to, or all that a name depends on', () => {
    const dependencies = directory()
    dependencies.add('a', ['b', 'c', 'd'])
    dependencies.remove('a', ['b'])
    expect(dependencies.describe('a').dependsOn).toEqual(['c', 'd'])
    dependencies.remove('a')
    expect(dependencies.describe('a').dependsOn).toEqual([])
    expect(dependencies.closure('c')).toEqual(['c'])
  })

  it.each([
    ['add', () => directory().add('', ['a'])],
    ['add', () => directory().add('a', [' b'])],
    ['add', () => directory().add('a', 'b' as never)],
    ['remove', () => directory().remove('\n')],
    ['remove', () => directory().remove('a', [''])],
    ['describe', () => directory().describe('')],
    ['closure', () => directory().closure('x'.repeat(129))],
  ])('%s refuses a name that breaks the rules', (_, act) => {
    expect(act).toThrow(expect.objectContaining({ code: 'CACHE_TAG_INVALID' }))
  })

  it('refuses more when the graph is full', () => {
    const dependencies = directory(1)
    dependencies.add('a', ['b'])
    expect(() => dependencies.add('a', ['c'])).toThrow(
      expect.objectContaining({ code: 'CACHE_OPTION_INVALID' }),
    )
  })
})
