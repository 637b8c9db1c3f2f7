import { describe, expect, it } from 'vitest'
import { isLoopback, listenHost, listenUrl } from '../../src/server/listen-host.ts'

describe('listenHost()', () => {
  it.each([
    ['127.0.0.1', '127.0.0.1'],
    ['0.0.0.0', '0.0.0.0'],
    ['::', '::'],
    ['[::1]', '::1'],
    ['cache.example', 'cache.example'],
    ['my-host', 'my-host'],
    ['localhost', '127.0.0.1'],
    ['LOCALHOST', '127.0.0.1'],
  ])('reads %s as %s', (value, host) => {
    expect(listenHost(value)).toBe(host)
  })

  it.each([
    [''],
    ['a b'],
    ['http://a'],
    ['a:7400'],
    ['-a'],
    ['127.0.0.256'],
    ['1.2.3'],
    ['a'.repeat(254)],
    [7400],
    [undefined],
  ])('refuses %s', (value) => {
    expect(() => listenHost(value)).toThrow('expected an IP address or a host name, got')
  })
})

describe('isLoopback()', () => {
  it.each([['127.0.0.1'], ['127.255.255.255'], ['::1'], ['localhost'], ['LocalHost']])(
    'is true for %s',
    (host) => {
      expect(isLoopback(host)).toBe(true)
    },
  )

  it.each([
    ['0.0.0.0'],
    ['128.0.0.1'],
    ['::'],
    ['::2'],
    ['127.evil.example'],
    ['localhost.evil.example'],
    [''],
  ])('is false for %j', (host) => {
    expect(isLoopback(host)).toBe(false)
  })
})

describe('listenUrl()', () => {
  it('puts IPv6 addresses into brackets, and nothing else', () => {
    expect(listenUrl('127.0.0.1', 1)).toBe('http://127.0.0.1:1')
    expect(listenUrl('::1', 1)).toBe('http://[::1]:1')
    expect(listenUrl('cache.example', 1)).toBe('http://cache.example:1')
  })
})
