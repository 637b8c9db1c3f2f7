import { describe, expect, it } from 'vitest'
import { testService, withOtherServer } from './test-service.ts'
import { runAt } from './test-terminal.ts'

const service = testService()

describe('platform-cache explain', () => {
  it('tells of an entry that is held', async () => {
    await service.run([
      ...['set', 'a', 'x', '--ttl', '1h', '--tag', 't', '--depends-on', 'd', '--priority', 'high'],
      ...['--stale-if-error', '2h'],
    ])
    const { code, out, err } = await service.run(['explain', 'a'])
    expect([code, err]).toEqual([0, ''])
    expect(out).toMatch(/^It is held, and fresh for another .*\.\n/)
    expect(out).toMatch(/^age: {10}\d+(\.\d+)?ms$/m)
    expect(out).toMatch(/^fresh until: {2}\d{4}-\d\d-\d\dT/m)
    expect(out).toMatch(/^kept until: {3}\d{4}-\d\d-\d\dT/m)
    expect(out).toMatch(/^size: {9}\d+ bytes$/m)
    expect(out).toMatch(/^read: {9}\d+ times$/m)
    expect(out).toMatch(/^priority: {5}high$/m)
    expect(out).toMatch(/^tags: {9}t$/m)
    expect(out).toMatch(/^depends on: {3}d$/m)
    expect(out).toMatch(/^next read: {4}hit$/m)
  })

  it('says nothing of what an entry does not have', async () => {
    await service.run(['set', 'plain', 'x', '--ttl', 'never'])
    const { out } = await service.run(['explain', 'plain'])
    expect(out).toMatch(/^fresh until: {2}it is invalidated$/m)
    expect(out).not.toMatch(/^(tags|depends on|kept until|last removal|loading):/m)
  })

  it('tells why an entry is gone', async () => {
    await service.run(['set', 'gone', 'x', '--tag', 'org:7'])
    await service.run(['invalidate', '--tag', 'org:7', '--reason', 'moved'])
    const { out } = await service.run(['explain', 'gone'])
    expect(out).toMatch(/^It is not held: invalidated by tag org:7 .*because: moved/)
    expect(out).toMatch(/^last removal: invalidated by tag org:7 /m)
  })

  it('says when a value is being computed', async () => {
    const answer = {
      summary: 'It is not held.',
      entry: null,
      lastRemoval: null,
      isLoading: true,
      nextRead: 'join the running load',
    }
    const { out } = await withOtherServer(
      (_request, response) => {
        response.writeHead(200, { 'content-type': 'application/json' })
        response.end(JSON.stringify(answer))
      },
      (url) => runAt(url, ['explain', 'a']),
    )
    expect(out).toBe(
      'It is not held.\nloading:      right now\nnext read:    join the running load\n',
    )
  })

  it('with --json answers what the service says', async () => {
    await service.run(['set', 'j', 'x'])
    const { code, out } = await service.run(['explain', 'j', '--json'])
    expect(code).toBe(0)
    expect(JSON.parse(out)).toMatchObject({ key: 'j', state: 'fresh', nextRead: 'hit' })
  })

  it('ends with 2 for what is no key', async () => {
    expect((await service.run(['explain', 'a*'])).code).toBe(2)
  })
})
