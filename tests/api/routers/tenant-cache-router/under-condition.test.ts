import { describe, expect, it } from 'vitest'
import { storedBody } from '../../../../src/api/models/stored-body.ts'
import { underCondition } from '../../../../src/api/routers/tenant-cache-router/under-condition.ts'
import { parseCacheKey } from '../../../../src/core/value-objects/cache-key.ts'
import { backendStage, memoryStage } from '../../../fakes/cache-stage.ts'

const key = parseCacheKey('a')
const absent = { ifMatch: undefined, ifNoneMatch: '*' }

describe('underCondition()', () => {
  it('writes in the same turn of the event loop in which it looked, in memory', async () => {
    const cache = memoryStage().cache.namespace('users')
    let isWritten = false
    const done = underCondition(cache, key, absent, async () => {
      isWritten = true
      return true
    })
    expect(isWritten).toBe(true)
    expect(await done).toBe(true)
  })

  it('writes after the answer of a backend', async () => {
    const { cache, time } = backendStage()
    const users = cache.namespace('users')
    const done = underCondition(users, key, absent, () =>
      users.set('a', storedBody('a/b', Buffer.from('x'))),
    )
    await time.advance(0)
    expect(await done).toBe(true)
  })

  it('writes nothing when the condition does not hold', async () => {
    const cache = memoryStage().cache.namespace('users')
    await cache.set('a', storedBody('a/b', Buffer.from('x')))
    let isWritten = false
    const write = async (): Promise<boolean> => {
      isWritten = true
      return true
    }
    await expect(underCondition(cache, key, absent, write)).rejects.toMatchObject({
      code: 'CACHE_PRECONDITION_FAILED',
    })
    expect(isWritten).toBe(false)
  })

  it('writes without a look when there is no condition', async () => {
    const { cache } = memoryStage()
    const users = cache.namespace('users')
    expect(await underCondition(users, key, undefined, async () => false)).toBe(false)
    expect((await users.stats()).misses).toBe(0)
  })
})
