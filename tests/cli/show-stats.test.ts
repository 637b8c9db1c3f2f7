import type { ServerResponse } from 'node:http'
import { describe, expect, it } from 'vitest'
import { parseSize } from '../../src/core/value-objects/cache-size.ts'
import { testService, withOtherServer } from './test-service.ts'
import { runAt } from './test-terminal.ts'

const service = testService({
  namespaces: new Map([['small', { maxEntries: 10, maxBytes: parseSize('64kb', 'maxBytes') }]]),
})

describe('platform-cache stats', () => {
  it('shows what a cache holds and has done', async () => {
    await service.run(['set', 'a', 'x', '--cache', 'small'])
    for (const key of ['a', 'a', 'a', 'gone']) await service.run(['get', key, '--cache', 'small'])
    const { code, out, err } = await service.run(['stats', '--cache', 'small'])
    expect([code, err]).toEqual([0, ''])
    expect(out).toMatch(/^entries {6}1 of 10$/m)
    expect(out).toMatch(/^size {9}\d+ bytes of 64\.0 kB$/m)
    expect(out).toMatch(/^hit ratio {4}75\.0 %$/m)
    expect(out).toMatch(/^hits {9}3$/m)
    expect(out).toMatch(/^misses {7}1$/m)
    expect(out).toMatch(/^stored {7}1$/m)
    expect(out).toMatch(/^invalidated {2}0 by 0 invalidations$/m)
  })

  it('with --json answers what the service says', async () => {
    const { out } = await service.run(['stats', '--json'])
    expect(JSON.parse(out)).toMatchObject({ hits: 0, maxEntries: null, hotKeys: [] })
  })

  it('with --all shows every cache of the tenant, in columns', async () => {
    await service.run(['set', 'a', 'x', '--cache', 'small'])
    const { out } = await service.run(['stats', '--all'])
    const lines = out.split('\n')
    expect(lines[0]).toMatch(/^cache +entries +size +hit ratio$/)
    expect(lines.map((line) => line.split(/ {2,}/)[0])).toEqual([
      'cache',
      'default',
      'small',
      'all together',
      '',
    ])
    expect(new Set(lines.slice(0, -1).map((line) => line.length)).size).toBe(1)
    const json = await service.run(['stats', '--all', '--json'])
    expect(JSON.parse(json.out)).toMatchObject({ tenant: 'default', total: { entries: 1 } })
  })

  it('ends with 4 for a cache that nobody has used', async () => {
    expect((await service.run(['stats', '--cache', 'nobody'])).code).toBe(4)
  })

  it.each([
    [0, '0 bytes'],
    [1023, '1023 bytes'],
    [1024, '1.0 kB'],
    [1_572_864, '1.5 MB'],
    [2 ** 30, '1.0 GB'],
    [2 ** 53, '8192.0 TB'],
  ])('writes %d bytes as %s, and names at most five hot keys', async (bytes, text) => {
    const hotKeys = Array.from({ length: 7 }, (_, at) => ({ key: `k${at}`, count: 9 - at }))
    const answer = { bytes, maxBytes: null, entries: 0, maxEntries: null, hitRatio: 0, hotKeys }
    const send = (_request: unknown, response: ServerResponse) => {
      response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(answer))
    }
    const { out } = await withOtherServer(send, (url) => runAt(url, ['stats']))
    expect(out).toMatch(new RegExp(`^size {9}${text}$`, 'm'))
    expect(out).toContain('hot keys     k0 (9), k1 (8), k2 (7), k3 (6), k4 (5)\n')
  })
})
