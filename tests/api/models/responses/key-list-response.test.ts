import { describe, expect, it } from 'vitest'
import { keyListResponse } from '../../../../src/api/models/responses/key-list-response.ts'
import { createCache } from '../../../../src/module.ts'

describe('keyListResponse()', () => {
  it('leaves out nothing but what JSON cannot say', async () => {
    const users = createCache().namespace('users')
    await users.set('a', 1, { ttl: 'never' })
    const page = await users.listKeys({ limit: 10 })
    const [listed] = keyListResponse(page).keys
    expect(listed).toMatchObject({ key: 'a', state: 'fresh', expiresAtMs: null })
    expect(keyListResponse(page).cursor).toBeNull()
    expect(keyListResponse({ ...page, cursor: 'c' }).cursor).toBe('c')
  })
})
