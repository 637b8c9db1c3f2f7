import { describe, expect, it } from 'vitest'
import { parseDependencyName } from '../../../../src/core/value-objects/cache-tag.ts'
import {
  changeEdgesCall,
  closureCall,
  readClosureReply,
} from '../../../../src/infrastructure/repositories/redis-scripts/change-edges-call.ts'
import { LOG } from './script-stage.ts'

const [a, b] = [parseDependencyName('a'), parseDependencyName('b')]

// What they do on a server is said by the tests of RedisSharedGraph and the contract of shared servers.
describe('the calls of the dependency graph', () => {
  it('say what is there and what isn’t, beside the log', () => {
    const changes = [
      { dependent: a, dependsOn: b, isThere: true },
      { dependent: a, dependsOn: undefined, isThere: false },
    ]
    expect(changeEdgesCall(LOG, changes, 9)).toMatchObject({
      keys: [LOG.edges],
      args: ['9', '+', 'a', 'b', '-', 'a', ''],
    })
    expect(closureCall(LOG, [a, b])).toMatchObject({ keys: [LOG.edges], args: ['a', 'b'] })
  })

  it('answer names, and nothing else', () => {
    expect(readClosureReply(['a', Buffer.from('b'), ' none ', null])).toEqual(['a', 'b'])
    expect(readClosureReply(null)).toEqual([])
  })
})
