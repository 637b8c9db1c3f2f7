import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, it } from 'vitest'
import { testService } from './test-service.ts'

const folder = mkdtempSync(join(tmpdir(), 'set-entry-'))
afterAll(() => rmSync(folder, { recursive: true, force: true }))

const service = testService()

/** The entry as JSON, with what is known of it. */
async function entry(key: string): Promise<Record<string, unknown>> {
  const { out } = await service.run(['get', key, '--json'])
  return JSON.parse(out)
}

describe('platform-cache set', () => {
  it('stores a text, and says whether it was new', async () => {
    const once = await service.run(['set', 'greeting', 'hello'])
    expect(once).toEqual({ code: 0, out: '', err: 'stored greeting\n' })
    const twice = await service.run(['set', 'greeting', 'hello again'])
    expect(twice.err).toBe('replaced greeting\n')
    expect((await service.run(['get', 'greeting'])).out).toBe('hello again')
    expect((await entry('greeting'))['contentType']).toBe('text/plain; charset=utf-8')
  })

  it('with --json answers what was stored, as JSON', async () => {
    const { code, out, err } = await service.run(['set', 'j', 'x', '--json', '--cache', 'c'])
    expect([code, err]).toEqual([0, ''])
    expect(JSON.parse(out)).toEqual({
      cache: 'c',
      key: 'j',
      stored: true,
      created: true,
      etag: expect.stringMatching(/^"[\w-]{43}"$/),
    })
  })

  it('stores what comes from stdin', async () => {
    const outcome = await service.run(['set', 'stdin', '-'], { input: ['first ', 'second\n'] })
    expect(outcome.code).toBe(0)
    expect((await service.run(['get', 'stdin'])).out).toBe('first second\n')
    expect((await entry('stdin'))['contentType']).toBe('application/octet-stream')
  })

  it.each([
    ['value.json', 'application/json'],
    ['VALUE.JSON', 'application/json'],
    ['value.bin', 'application/octet-stream'],
  ])('stores the file %s as %s', async (name, contentType) => {
    writeFileSync(join(folder, name), '{"a":1}')
    expect((await service.run(['set', name, '--file', name], { folder })).code).toBe(0)
    expect(await entry(name)).toMatchObject({ contentType })
    expect((await service.run(['get', name])).out).toBe('{"a":1}')
  })

  it('stores with all that can be said of an entry', async () => {
    const { code } = await service.run([
      ...['set', 'all', '{"a":1}', '--content-type', 'application/json', '--ttl', 'never'],
      ...['--tag', 'org:7', '--tag', 'a, b % ü', '--depends-on', 'team:9', '--priority', 'high'],
      ...['--stale-while-revalidate', '1m', '--stale-if-error', '1h'],
    ])
    expect(code).toBe(0)
    expect(await entry('all')).toMatchObject({
      value: { a: 1 },
      ttlMs: null,
      tags: ['org:7', 'a, b % ü'],
      dependsOn: ['team:9'],
      priority: 'high',
    })
  })

  it('says so if a TTL of 0 keeps it from being stored', async () => {
    const outcome = await service.run(['set', 'instant', 'x', '--ttl', '0'])
    expect(outcome).toEqual({
      code: 0,
      out: '',
      err: 'not stored: its time would be over at once\n',
    })
    const { out } = await service.run(['set', 'instant', 'x', '--ttl', '0', '--json'])
    expect(JSON.parse(out)).toMatchObject({ stored: false, created: false })
    expect((await service.run(['get', 'instant'])).code).toBe(4)
  })

  it('with --if-absent stores once, and ends with 5 after that', async () => {
    expect((await service.run(['set', 'lock', 'a', '--if-absent'])).code).toBe(0)
    const again = await service.run(['set', 'lock', 'b', '--if-absent'])
    expect(again.code).toBe(5)
    expect(again.err).toContain('If-None-Match does not hold')
    expect((await service.run(['get', 'lock'])).out).toBe('a')
  })

  it('with --if-match stores only over the value with this ETag', async () => {
    const { out } = await service.run(['set', 'm', 'a', '--json'])
    const { etag } = JSON.parse(out)
    expect((await service.run(['set', 'm', 'b', '--if-match', etag])).code).toBe(0)
    expect((await service.run(['set', 'm', 'c', '--if-match', etag])).code).toBe(5)
    expect((await service.run(['get', 'm'])).out).toBe('b')
  })

  it('takes a value that begins with a dash behind --, and a negative number as it is', async () => {
    expect((await service.run(['set', 'dash', '--', '--ttl'])).code).toBe(0)
    expect((await service.run(['get', 'dash'])).out).toBe('--ttl')
    expect((await service.run(['set', 'minus', '-5'])).code).toBe(0)
    expect((await service.run(['get', 'minus'])).out).toBe('-5')
  })

  it('stores an empty text', async () => {
    expect((await service.run(['set', 'empty', ''])).code).toBe(0)
    expect(await service.run(['get', 'empty'])).toEqual({ code: 0, out: '', err: '' })
  })

  it.each([
    [[], 'none of them'],
    [['x', '--file', 'y'], 'more than one'],
  ])('refuses %j as the value', async (value, got) => {
    const { code, err } = await service.run(['set', 'a', ...value])
    expect(code).toBe(2)
    expect(err).toBe(
      `error: Cannot tell what to store: expected a value, - for stdin, or --file, got ${got}\n`,
    )
  })

  it('refuses a file that it can not read', async () => {
    const { code, err } = await service.run(['set', 'a', '--file', 'gone'], { folder })
    expect(code).toBe(2)
    expect(err).toContain('Cannot read the file: ENOENT')
  })

  it.each([
    [['--ttl', '5'], 'ttl'],
    [['--ttl', 'soon'], 'ttl'],
    [['--priority', 'urgent'], 'priority'],
    [['--stale-if-error', 'x'], 'staleIfError'],
    [['--tag', ' '], 'tag'],
    [['--content-type', 'ä'], 'content-type'],
  ])('ends with 2 for %j', async (option, word) => {
    const { code, err } = await service.run(['set', 'a', 'b', ...option])
    expect(code).toBe(2)
    expect(err).toMatch(/^error: Cannot /)
    expect(err).toContain(word)
  })
})
