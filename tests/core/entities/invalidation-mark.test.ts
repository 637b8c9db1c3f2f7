import { describe, expect, it } from 'vitest'
import {
  describeScope,
  type InvalidationScope,
  isAncestorPrefix,
} from '../../../src/core/entities/invalidation-mark.ts'
import { parseCacheKey } from '../../../src/core/value-objects/cache-key.ts'
import { parseCacheTag, parseDependencyName } from '../../../src/core/value-objects/cache-tag.ts'

describe('describeScope()', () => {
  it.each<[InvalidationScope, string]>([
    [{ kind: 'key', key: parseCacheKey('user:1') }, 'key user:1'],
    [{ kind: 'prefix', prefix: 'user:' }, 'prefix user:'],
    [{ kind: 'pattern', pattern: 'user:*:a' }, 'pattern user:*:a'],
    [{ kind: 'regex', regex: '^user:\\d+$' }, 'regex ^user:\\d+$'],
    [{ kind: 'tag', tag: parseCacheTag('org:7') }, 'tag org:7'],
    [
      {
        kind: 'dependency',
        dependency: parseDependencyName('team:9'),
        closure: ['team:9', 'user:1'].map(parseDependencyName),
      },
      'dependency team:9',
    ],
    [{ kind: 'namespace' }, 'the whole namespace'],
  ])('of %j is %j', (scope, text) => {
    expect(describeScope(scope)).toBe(text)
  })
})

describe('isAncestorPrefix()', () => {
  it.each([
    ['user:', true],
    ['user:123:', true],
    [':', true],
    ['user:12', false],
    ['user', false],
    ['', false],
  ])('of %j is %s', (prefix, expected) => {
    expect(isAncestorPrefix(prefix)).toBe(expected)
  })
})
