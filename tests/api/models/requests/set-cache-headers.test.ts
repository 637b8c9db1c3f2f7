import { describe, expect, it } from 'vitest'
import {
  headerOptions,
  mergedOptions,
} from '../../../../src/api/models/requests/set-cache-headers.ts'

describe('headerOptions()', () => {
  it('says nothing where there are no headers', () => {
    expect(headerOptions({})).toEqual({})
  })

  it('leaves spans as text, since a number without a unit means other things in HTTP and here', () => {
    expect(headerOptions({ 'cache-ttl': '60', 'cache-stale-if-error': '5m' })).toEqual({
      ttl: '60',
      staleIfError: '5m',
    })
  })

  it('takes 0 for none, which it means everywhere', () => {
    expect(headerOptions({ 'cache-ttl': '0', 'cache-stale-while-revalidate': '0' })).toEqual({
      ttl: 0,
      staleWhileRevalidate: 0,
    })
  })

  it.each([
    ['a', ['a']],
    ['a, b', ['a', 'b']],
    [' a ,, b ,', ['a', 'b']],
    ['a%2Cb, c%20d', ['a,b', 'c d']],
    ['gr%C3%B6%C3%9Fe', ['größe']],
    ['', []],
  ])('reads the list %j as %j', (text, tags) => {
    expect(headerOptions({ 'cache-tags': text })).toEqual({ tags })
    expect(headerOptions({ 'cache-depends-on': text })).toEqual({ dependsOn: tags })
  })

  it('refuses what is not percent-encoded, and names the header', () => {
    expect(() => headerOptions({ 'cache-tags': '100%' })).toThrow('Cannot use Cache-Tags')
    expect(() => headerOptions({ 'cache-depends-on': '%FF' })).toThrow(
      'Cannot use Cache-Depends-On',
    )
  })

  it('refuses what is no priority', () => {
    expect(headerOptions({ 'cache-priority': 'high' })).toEqual({ priority: 'high' })
    expect(() => headerOptions({ 'cache-priority': 'HIGH' })).toThrow('Cannot use priority')
  })
})

describe('mergedOptions()', () => {
  it('takes each from where it is said', () => {
    expect(mergedOptions({ ttl: 1 }, { tags: ['a'] })).toEqual({ ttl: 1, tags: ['a'] })
  })

  it('refuses what is said twice, even if both say the same', () => {
    expect(() => mergedOptions({ ttl: '1s' }, { ttl: '1s' })).toThrow(
      'ttl as a field or as a header',
    )
  })
})
