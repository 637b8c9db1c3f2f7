import { beforeAll, describe, expect, it } from 'vitest'
import { testService } from './test-service.ts'

const service = testService()
const COUNT = 1205

beforeAll(async () => {
  for (const part of [0, 1]) {
    const items = Array.from({ length: COUNT }, (_, at) => ({ key: `k:${at}`, value: at }))
    const response = await fetch(`${service.url()}/v1/caches/big/_mset`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ items: items.slice(part * 1000, (part + 1) * 1000) }),
    })
    expect(response.status).toBe(200)
  }
  for (const key of ['user:1', 'user:2', 'org:7'])
    await service.run(['set', key, 'x', '--tag', 't'])
})

const lines = (out: string): string[] => out.split('\n').filter((line) => line !== '')

describe('platform-cache keys', () => {
  it('prints one key per line', async () => {
    const { code, out, err } = await service.run(['keys'])
    expect([code, err]).toEqual([0, ''])
    expect(lines(out).sort()).toEqual(['org:7', 'user:1', 'user:2'])
    expect(out.endsWith('\n')).toBe(true)
  })

  it('prints only those that match', async () => {
    const { out } = await service.run(['keys', '--match', 'user:*'])
    expect(lines(out).sort()).toEqual(['user:1', 'user:2'])
  })

  it('prints nothing for a cache that is empty', async () => {
    await service.run(['invalidate', 'x', '--cache', 'empty'])
    expect(await service.run(['keys', '--cache', 'empty'])).toEqual({ code: 0, out: '', err: '' })
  })

  it('prints 100 when nothing is said, and says that there are more', async () => {
    const { out, err } = await service.run(['keys', '--cache', 'big'])
    expect(lines(out)).toHaveLength(100)
    expect(err).toBe('there are more; --all lists all of them\n')
  })

  it.each([[1], [999], [1000], [1001], [COUNT]])('prints %d, over pages', async (limit) => {
    const { out } = await service.run(['keys', '--cache', 'big', '--limit', String(limit)])
    expect(new Set(lines(out)).size).toBe(limit)
  })

  it('with --all prints all of them, each once', async () => {
    const { out, err } = await service.run(['keys', '--cache', 'big', '--all'])
    expect(lines(out)).toHaveLength(COUNT)
    expect(new Set(lines(out)).size).toBe(COUNT)
    expect(err).toBe('')
  })

  it('with --json is one document of what is known of each', async () => {
    const { out } = await service.run(['keys', '--json', '--match', 'user:1'])
    expect(JSON.parse(out)).toMatchObject({
      cache: 'default',
      keys: [{ key: 'user:1', state: 'fresh', tags: ['t'] }],
      isComplete: true,
    })
    const all = JSON.parse((await service.run(['keys', '--json', '--all', '--cache', 'big'])).out)
    expect([all.keys.length, all.isComplete]).toEqual([COUNT, true])
    const some = JSON.parse((await service.run(['keys', '--json', '--limit', '2'])).out)
    expect([some.keys.length, some.isComplete]).toEqual([2, false])
  })

  it.each([['0'], ['-1'], ['1.5'], ['many'], ['']])('refuses the limit %j', async (limit) => {
    const { code, err } = await service.run(['keys', '--limit', limit])
    expect(code).toBe(2)
    expect(err).toContain(`Cannot use --limit: expected a whole number from 1, got "${limit}"`)
  })

  it('refuses --all with --limit', async () => {
    const { code, err } = await service.run(['keys', '--all', '--limit', '5'])
    expect(code).toBe(2)
    expect(err).toContain('Cannot use --all with --limit')
  })

  it('ends with 4 for a cache that nobody has used', async () => {
    const { code, err } = await service.run(['keys', '--cache', 'nobody'])
    expect(code).toBe(4)
    expect(err).toContain('Cannot find the cache nobody')
  })
})
