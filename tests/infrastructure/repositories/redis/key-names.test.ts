import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { type CacheKey, parseCacheKey } from '../../../../src/core/value-objects/cache-key.ts'
import {
  type CacheIdentity,
  keyNames,
  leaseName,
  logNames,
  valueNames,
} from '../../../../src/infrastructure/repositories/redis/key-names.ts'

const acme: CacheIdentity = { prefix: 'cache', tenant: 'acme' }
const key = parseCacheKey

/** What Redis hashes of a name. Source: the cluster specification, "Hash tags". */
function hashed(name: string): string {
  const open = name.indexOf('{')
  const close = name.indexOf('}', open + 1)
  return open === -1 || close === -1 || close === open + 1 ? name : name.slice(open + 1, close)
}

const nasty = fc.constantFrom('a', ':', '%', '{', '}', '7B', '%3A', '25', 'log', 'é')
const part = fc.array(nasty, { maxLength: 5 }).map((pieces) => pieces.join(''))
const anyKey = fc
  .array(nasty, { minLength: 1, maxLength: 8 })
  .map((pieces) => pieces.join(''))
  .map((text) => key(text.split(':').slice(0, 16).join(':') || 'x'))

interface Place {
  readonly prefix: string
  readonly tenant: string
  readonly namespace: string
  readonly key: CacheKey
}
const place: fc.Arbitrary<Place> = fc.record({
  prefix: part,
  tenant: part,
  namespace: part,
  key: anyKey,
})
const nameOf = (at: Place): string => keyNames(at, at.namespace).value(at.key)
const sameAs = (a: Place, b: Place): boolean =>
  a.prefix === b.prefix && a.tenant === b.tenant && a.namespace === b.namespace && a.key === b.key

describe('keyNames()', () => {
  it.each<[string, string, string]>([
    ['users', 'user:123:profile', 'cache:acme:users:user:123:profile'],
    ['users', 'https://x/y%20{z}', 'cache:acme:users:https://x/y%2520%7Bz%7D'],
    ['a:b', 'c', 'cache:acme:a%3Ab:c'],
  ])('of %s and %s is %s', (namespace, text, name) => {
    expect(keyNames(acme, namespace).value(key(text))).toBe(name)
  })

  it('gives the place of the tenant also where there are none', () => {
    expect(keyNames({ prefix: 'c', tenant: '' }, 'n').value(key('k'))).toBe('c::n:k')
  })

  it('gives no two places one name, of values and leases and the log together', () => {
    fc.assert(
      fc.property(place, place, (a, b) => {
        const [nameA, nameB] = [nameOf(a), nameOf(b)]
        expect(nameA === nameB).toBe(sameAs(a, b))
        expect(leaseName(a, nameA) === leaseName(b, nameB)).toBe(sameAs(a, b))
        const others = [...Object.values(logNames(b)), leaseName(b, nameB)]
        expect(others).not.toContain(nameA)
        expect(Object.values(logNames(b))).not.toContain(leaseName(a, nameA))
      }),
      { numRuns: 5000 },
    )
  })

  it('reads the key back from the name, and from no name of another place', () => {
    fc.assert(
      fc.property(place, place, (a, b) => {
        const names = keyNames(a, a.namespace)
        expect(names.keyOf(nameOf(a))).toBe(a.key)
        const isHere = a.prefix === b.prefix && a.tenant === b.tenant && a.namespace === b.namespace
        expect(names.keyOf(nameOf(b))).toBe(isHere ? b.key : undefined)
      }),
      { numRuns: 3000 },
    )
  })

  it.each([
    ['a name that does not begin so', 'other:acme:users:a'],
    ['a key that is none', 'cache:acme:users:'],
    ['a key with a wildcard', 'cache:acme:users:a*'],
    ['an escape that nobody writes', 'cache:acme:users:%41'],
    ['an escape in small letters', 'cache:acme:users:%7b'],
    ['a brace', 'cache:acme:users:{a}'],
    ['a per cent sign', 'cache:acme:users:100%'],
    ['a lease', 'cache:{cache:acme:users:a}'],
  ])('takes %s for no key', (_, name) => {
    expect(keyNames(acme, 'users').keyOf(name)).toBeUndefined()
  })

  it('makes patterns in which nothing but the end is a wildcard', () => {
    expect(keyNames({ prefix: 'a*', tenant: 'b?' }, '[c]').pattern('^d\\{')).toBe(
      'a\\*:b\\?:\\[c\\]:\\^d\\\\%7B*',
    )
  })
})

describe('leaseName()', () => {
  it('lies in the slot of its value', () => {
    expect(leaseName(acme, 'cache:acme:users:a')).toBe('cache:{cache:acme:users:a}')
    fc.assert(
      fc.property(place, (at) => {
        const name = nameOf(at)
        expect(hashed(name)).toBe(name)
        expect(hashed(leaseName(at, name))).toBe(name)
      }),
    )
  })
})

describe('logNames()', () => {
  it('all lie in one slot, which is that of one cache', () => {
    expect(logNames(acme)).toEqual({
      head: 'cache:{cache:acme}:head',
      log: 'cache:{cache:acme}:log',
      marks: 'cache:{cache:acme}:marks',
      edges: 'cache:{cache:acme}:edges',
      sweep: 'cache:{cache:acme}:sweep',
      nodes: 'cache:{cache:acme}:nodes',
      nothing: 'cache:{cache:acme}:nothing',
      doorbell: 'cache:{cache:acme}:doorbell',
    })
    fc.assert(
      fc.property(place, place, (a, b) => {
        const tags = new Set(Object.values(logNames(a)).map(hashed))
        expect(tags.size).toBe(1)
        const isSame = a.prefix === b.prefix && a.tenant === b.tenant
        expect(tags.has(hashed(logNames(b).log))).toBe(isSame)
      }),
    )
  })
})

describe('valueNames()', () => {
  it('finds the namespace and the key of every value of the cache', () => {
    fc.assert(
      fc.property(place, (at) => {
        const found = valueNames(at).placeOf(nameOf(at))
        expect(found).toEqual({ namespace: at.namespace, key: at.key })
      }),
    )
  })

  it('finds none in names of the log, of leases, of other caches, and in other ways to write the same', () => {
    const { placeOf, pattern } = valueNames(acme)
    expect(pattern).toBe('cache:acme:*')
    for (const name of [
      ...Object.values(logNames(acme)),
      leaseName(acme, nameOf({ ...acme, namespace: 'a', key: key('b') })),
      'cache:other:users:user:1',
      'cache:acme:users',
      'cache:acme:%75sers:user:1',
      'cache:acme:users: ',
    ]) {
      expect(placeOf(name)).toBeUndefined()
    }
  })
})
