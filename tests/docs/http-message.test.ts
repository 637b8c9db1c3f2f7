import { describe, expect, it } from 'vitest'
import { parseHttpMessages } from './http-message.ts'

describe('parseHttpMessages()', () => {
  it('reads a request and its response', () => {
    const text = [
      'PUT /v1/caches/users/entries/user:1 HTTP/1.1',
      'Content-Type: application/json',
      'Cache-Tags: a, b',
      '',
      '{ "name":',
      '  "Ada" }',
      '',
      'HTTP/1.1 204 No Content',
      'ETag: "1"',
      '',
    ].join('\n')
    expect(parseHttpMessages(text)).toEqual([
      {
        start: 'PUT /v1/caches/users/entries/user:1 HTTP/1.1',
        headers: new Map([
          ['content-type', 'application/json'],
          ['cache-tags', 'a, b'],
        ]),
        body: '{ "name":\n  "Ada" }',
      },
      { start: 'HTTP/1.1 204 No Content', headers: new Map([['etag', '"1"']]), body: '' },
    ])
  })

  it('reads a bare request line', () => {
    expect(parseHttpMessages('GET /livez\n')).toEqual([
      { start: 'GET /livez', headers: new Map(), body: '' },
    ])
  })

  it('lets a body that is no JSON by its headers be anything', () => {
    expect(parseHttpMessages('HTTP/1.1 200 OK\nContent-Type: text/plain\n\n{')[0]?.body).toBe('{')
  })

  it.each([
    ['FETCH /a', /^line 1: expected a request or status line, got 'FETCH \/a'$/],
    ['GET /a\nno header', /^line 2: expected a header, got 'no header'$/],
    ['GET /a\n\nHTTP/1.1 200 OK\nA: b\nC:', /^line 5: expected a header, got 'C:'$/],
    ['HTTP/1.1 200 OK\nContent-Type: application/json\n\n{', /^line 1: the body .* is not JSON/],
  ])('refuses %j and names the line', (text, message) => {
    expect(() => parseHttpMessages(text)).toThrow(message)
  })
})
