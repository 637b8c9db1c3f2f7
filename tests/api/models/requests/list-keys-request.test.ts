import { Compile } from 'typebox/compile'
import { describe, expect, it } from 'vitest'
import { listKeysRequest, nextLink } from '../../../../src/api/models/requests/list-keys-request.ts'

describe('listKeysRequest()', () => {
  it('bounds limit and cursor', () => {
    const schema = Compile(listKeysRequest(5))
    expect([0, 1, 5, 6].map((limit) => schema.Check({ limit }))).toEqual([false, true, true, false])
    expect(schema.Check({ cursor: 'c'.repeat(2048) })).toBe(true)
    expect(schema.Check({ cursor: 'c'.repeat(2049) })).toBe(false)
  })
})

describe('nextLink()', () => {
  it('leads to the same list from the cursor on, wherever the request came in', () => {
    const link = nextLink({ match: 'a&b:*', limit: 5, cursor: 'old' }, 'a=b&c')
    const target = /^<(.*)>; rel="next"$/.exec(link)?.[1] ?? ''
    const url = new URL(target, 'http://host/prefix/v1/caches/x/keys?limit=9')
    expect(url.pathname).toBe('/prefix/v1/caches/x/keys')
    expect(Object.fromEntries(url.searchParams)).toEqual({
      match: 'a&b:*',
      limit: '5',
      cursor: 'a=b&c',
    })
  })

  it('says only what the request said', () => {
    expect(nextLink({}, 'c')).toBe('<?cursor=c>; rel="next"')
  })
})
