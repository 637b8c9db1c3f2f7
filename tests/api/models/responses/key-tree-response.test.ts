import { describe, expect, it } from 'vitest'
import { KeyTreeLevel } from '../../../../src/api/models/responses/key-tree-response.ts'

function levelOf(path: string, ...keys: string[]) {
  const level = new KeyTreeLevel(path)
  for (const key of keys) level.add(key, 10)
  return level.response(keys.length, true)
}

describe('KeyTreeLevel', () => {
  it('adds up by the next segment, the fullest first', () => {
    expect(levelOf('', 'b:1', 'a', 'b:2', 'b', 'c:1:2').nodes).toEqual([
      { segment: 'b', path: 'b:', keys: 3, bytes: 30 },
      { segment: 'a', path: null, keys: 1, bytes: 10 },
      { segment: 'c', path: 'c:', keys: 1, bytes: 10 },
    ])
  })

  it('ignores what does not lie below its path', () => {
    expect(levelOf('a:', 'a', 'ab:1', 'a:1', 'b:a:1')).toMatchObject({
      keys: 1,
      nodes: [{ segment: '1', path: null }],
    })
  })

  it('has empty segments as such, and the names of objects too', () => {
    const { nodes } = levelOf('a:', 'a:', 'a::b', 'a:__proto__:x', 'a:constructor')
    expect(nodes.map(({ segment, keys }) => [segment, keys])).toEqual([
      ['', 2],
      ['__proto__', 1],
      ['constructor', 1],
    ])
  })

  it('puts more bytes first among as many keys', () => {
    const level = new KeyTreeLevel('')
    level.add('small', 1)
    level.add('large', 2)
    expect(level.response(2, true).nodes.map(({ segment }) => segment)).toEqual(['large', 'small'])
  })

  it('lists a thousand nodes at most, and says how many it leaves out', () => {
    const keys = (count: number) => Array.from({ length: count }, (_, index) => `k${index}`)
    expect(levelOf('', ...keys(1000))).toMatchObject({ omittedNodes: 0 })
    const level = levelOf('', ...keys(1003))
    expect(level.nodes).toHaveLength(1000)
    expect(level).toMatchObject({ omittedNodes: 3, keys: 1003, bytes: 10_030 })
  })

  it('says whether it has seen everything', () => {
    expect(new KeyTreeLevel('').response(5, false)).toMatchObject({ scanned: 5, isComplete: false })
  })
})
