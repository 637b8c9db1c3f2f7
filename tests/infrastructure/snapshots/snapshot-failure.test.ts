import { describe, expect, it } from 'vitest'
import { snapshotFailure } from '../../../src/infrastructure/snapshots/snapshot-failure.ts'

describe('snapshotFailure()', () => {
  it('says which file and why, and keeps the cause', () => {
    const cause = new Error('EACCES: permission denied')
    expect(snapshotFailure('/a/b', cause)).toMatchObject({
      code: 'CACHE_SNAPSHOT_FAILED',
      message: 'Cannot save the snapshot /a/b: EACCES: permission denied',
      cause,
    })
  })

  it('says what was thrown if it is no error, and cuts what is long', () => {
    const { message } = snapshotFailure('p'.repeat(500), 'no reason')
    expect(message).toBe(`Cannot save the snapshot ${'p'.repeat(100)}: no reason`)
  })
})
