import { describe, expect, it } from 'vitest'
import { parseInvalidationTarget } from '../../../src/application/commands/invalidate-pattern.ts'
import type { DependencyName } from '../../../src/core/value-objects/cache-tag.ts'
import { memoryStage } from '../../fakes/cache-stage.ts'
import { sharedStage } from '../../fakes/shared-stage.ts'

const closureOf = (name: DependencyName) => [name, `${name}:more` as DependencyName]
const parse = (target: unknown) => parseInvalidationTarget(target, closureOf)

describe('parseInvalidationTarget()', () => {
  it.each([
    ['a key as text', 'user:1', { kind: 'key', key: 'user:1' }],
    ['a key', { key: 'user:1' }, { kind: 'key', key: 'user:1' }],
    ['a trailing wildcard', 'user:1:*', { kind: 'prefix', prefix: 'user:1:' }],
    ['all', '*', { kind: 'prefix', prefix: '' }],
    ['a pattern without a wildcard', { pattern: 'user:1' }, { kind: 'key', key: 'user:1' }],
    ['a wildcard in the middle', 'user:*:x', { kind: 'pattern', pattern: 'user:*:x' }],
    ['a prefix', { prefix: 'user:1:' }, { kind: 'prefix', prefix: 'user:1:' }],
    ['half a segment', { prefix: 'us' }, { kind: 'prefix', prefix: 'us' }],
    ['the empty prefix', { prefix: '' }, { kind: 'prefix', prefix: '' }],
    ['a regex', { regex: '^a' }, { kind: 'regex', regex: '^a' }],
    ['a tag', { tag: 'org:7' }, { kind: 'tag', tag: 'org:7' }],
    [
      'a dependency, with all that depends on it',
      { dependency: 'team:9' },
      { kind: 'dependency', dependency: 'team:9', closure: ['team:9', 'team:9:more'] },
    ],
    ['one scope among absent ones', { tag: 't', key: undefined }, { kind: 'tag', tag: 't' }],
  ])('takes %s', (_, target, scope) => {
    expect(parse(target)).toEqual(scope)
  })

  it.each([
    ['nothing', undefined, 'CACHE_OPTION_INVALID'],
    ['null', null, 'CACHE_OPTION_INVALID'],
    ['a number', 5, 'CACHE_OPTION_INVALID'],
    ['an empty object', {}, 'CACHE_OPTION_INVALID'],
    ['two scopes', { tag: 't', key: 'k' }, 'CACHE_OPTION_INVALID'],
    ['an unknown scope', { tags: ['t'] }, 'CACHE_OPTION_INVALID'],
    ['a scope of the prototype', { constructor: 'x' }, 'CACHE_OPTION_INVALID'],
    ['the empty text', '', 'CACHE_PATTERN_INVALID'],
    ['a pattern that is too long', 'x'.repeat(600), 'CACHE_PATTERN_INVALID'],
    ['too many wildcards', '?*:'.repeat(20), 'CACHE_PATTERN_INVALID'],
    ['a pattern that is a number', { pattern: 5 }, 'CACHE_PATTERN_INVALID'],
    ['a key that is a number', { key: 5 }, 'CACHE_KEY_INVALID'],
    ['a key with a wildcard', { key: 'a*' }, 'CACHE_KEY_INVALID'],
    ['a prefix that is a number', { prefix: 5 }, 'CACHE_PATTERN_INVALID'],
    ['a prefix with a control character', { prefix: 'a\n' }, 'CACHE_PATTERN_INVALID'],
    ['a regex that is no text', { regex: /a/ }, 'CACHE_PATTERN_INVALID'],
    ['an empty regex', { regex: '' }, 'CACHE_PATTERN_INVALID'],
    ['an empty tag', { tag: '' }, 'CACHE_TAG_INVALID'],
    ['an empty dependency', { dependency: '' }, 'CACHE_TAG_INVALID'],
  ])('refuses %s', (_, target, code) => {
    expect(() => parse(target)).toThrow(expect.objectContaining({ code }))
  })

  it('names the scopes there are', () => {
    expect(() => parse({ tagg: 't' })).toThrow(
      'Cannot invalidate: expected a pattern or an object with exactly one of key, prefix, pattern, regex, tag, dependency',
    )
  })
})

describe('invalidatePattern()', () => {
  it('takes a reason of 200 characters, and refuses one more or another type', async () => {
    const { cache } = memoryStage()
    await cache.invalidate('a', { reason: 'x'.repeat(200) })
    for (const reason of ['x'.repeat(201), 5 as never]) {
      await expect(cache.invalidate('a', { reason })).rejects.toMatchObject({
        code: 'CACHE_OPTION_INVALID',
      })
    }
    expect(await cache.invalidations(10)).toHaveLength(1)
  })

  it('a refused target changes nothing', async () => {
    const { cache } = memoryStage()
    await cache.set('a', 1)
    await expect(cache.invalidate({ regex: 'a(' })).rejects.toMatchObject({
      code: 'CACHE_PATTERN_INVALID',
    })
    await expect(cache.invalidate({} as never)).rejects.toMatchObject({
      code: 'CACHE_OPTION_INVALID',
    })
    expect(await cache.get('a')).toBe(1)
  })

  it('takes only all for wait, and in this process there is nobody to wait for', async () => {
    const { cache } = memoryStage()
    expect(await cache.invalidate('a', { wait: 'all', strict: true })).toMatchObject({
      propagated: true,
    })
    await expect(cache.invalidate('a', { wait: 'some' as 'all' })).rejects.toMatchObject({
      code: 'CACHE_OPTION_INVALID',
    })
    expect(await cache.invalidations(10)).toHaveLength(1)
  })

  it('waits for all nodes that share', async () => {
    const shared = sharedStage()
    const { cache, link } = shared.node()
    await shared.settle()
    await cache.invalidate('a')
    link.haveAllApplied = async () => false
    let isDone = false
    const waiting = cache.invalidate('a', { wait: 'all' }).then((result) => {
      isDone = true
      return result
    })
    await shared.time.advance(1400)
    expect(isDone).toBe(false)
    link.haveAllApplied = async () => true
    await shared.time.advance(100)
    expect(await waiting).toMatchObject({ propagated: true })
    await shared.close()
  })

  it('rejects under strict what the log has not taken', async () => {
    const shared = sharedStage()
    const { cache, link } = shared.node()
    await shared.settle()
    link.cut()
    await expect(cache.invalidate('a', { strict: true })).rejects.toMatchObject({
      code: 'CACHE_REPOSITORY_UNAVAILABLE',
    })
    expect(cache.health().sharing?.pendingMarks).toBe(1)
    await shared.close()
  })

  it('a regex that would take a backtracking engine for ever ends', async () => {
    const { cache } = memoryStage()
    const key = `${'a'.repeat(400)}!`
    await cache.set(key, 1)
    await cache.set('b', 2)
    await cache.invalidate({ regex: '^(a+)+$' })
    expect(await cache.get(key)).toBe(1)
  })

  it('says who and why in the history, softly or not', async () => {
    const { cache } = memoryStage()
    await cache.invalidate({ tag: 't' }, { soft: true, reason: 'why', origin: 'me' })
    await cache.invalidate({ tag: 't' })
    expect((await cache.invalidations(2)).map(({ mark }) => mark)).toMatchObject([
      {
        soft: false,
        reason: undefined,
        origin: expect.stringMatching(/^cache-/),
        namespace: 'default',
      },
      { soft: true, reason: 'why', origin: 'me' },
    ])
  })
})
