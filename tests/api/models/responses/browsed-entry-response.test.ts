import { describe, expect, it } from 'vitest'
import { browsedEntryResponse } from '../../../../src/api/models/responses/browsed-entry-response.ts'
import { storedBody } from '../../../../src/api/models/stored-body.ts'
import { lookupOf } from './lookup-fixture.ts'

const stored = storedBody('application/json', Buffer.from('"secret"'))
const found = { lookup: lookupOf({ value: stored }), stored }

describe('browsedEntryResponse()', () => {
  it('masked has nothing from which the value could be told', () => {
    const response = browsedEntryResponse('k', found, false)
    expect(response).toMatchObject({ key: 'k', isMasked: true, valueBytes: 8, tags: ['t'] })
    expect(JSON.stringify(response)).not.toMatch(/secret|etag|value"/)
    expect(JSON.stringify(response)).not.toContain(stored.etag)
  })

  it('revealed has all', () => {
    expect(browsedEntryResponse('k', found, true)).toMatchObject({
      isMasked: false,
      value: 'secret',
      etag: stored.etag,
    })
  })
})
