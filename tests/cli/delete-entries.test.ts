import { describe, expect, it } from 'vitest'
import { testService } from './test-service.ts'

const service = testService()

describe('platform-cache delete', () => {
  it('removes entries, and says how many there were', async () => {
    await service.run(['set', 'a', '1'])
    await service.run(['set', 'b', '2'])
    expect(await service.run(['delete', 'a', 'b'])).toEqual({
      code: 0,
      out: '',
      err: 'deleted 2\n',
    })
    expect((await service.run(['get', 'a'])).code).toBe(4)
  })

  it('is content with keys that are not there, since they are gone all the same', async () => {
    await service.run(['set', 'c', '1'])
    const outcome = await service.run(['delete', 'c', 'gone'])
    expect(outcome).toEqual({ code: 0, out: '', err: 'deleted 1, not there 1\n' })
  })

  it('with --json answers key by key', async () => {
    await service.run(['set', 'd', '1'])
    const { code, out, err } = await service.run(['delete', 'd', 'gone', '--json'])
    expect([code, err]).toEqual([0, ''])
    expect(JSON.parse(out)).toEqual({
      cache: 'default',
      deleted: 1,
      items: [
        { key: 'd', status: 204, deleted: true },
        { key: 'gone', status: 204, deleted: false },
      ],
    })
  })

  it('ends with 7 if it could do only some of it, and says why not the rest', async () => {
    await service.run(['set', 'e', '1'])
    const { code, err } = await service.run(['delete', 'e', 'x*', 'y*'])
    expect(code).toBe(7)
    expect(err).toMatch(/^deleted 1\nerror: Cannot use key "x\*": .*\nCannot use key "y\*": .*\n$/)
    expect((await service.run(['get', 'e'])).code).toBe(4)
  })

  it('ends with the code of the refusal if it could do none of it', async () => {
    const { code, err } = await service.run(['delete', 'x*', '--json'])
    expect(code).toBe(2)
    expect(JSON.parse(err)).toMatchObject({ error: { code: 'CACHE_KEY_INVALID', exitCode: 2 } })
  })
})
