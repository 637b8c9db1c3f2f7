import { beforeEach, describe, expect, it } from 'vitest'
import { testService, withOtherServer } from './test-service.ts'
import { runAt } from './test-terminal.ts'

const service = testService()

const KEYS = ['user:1:a', 'user:1:b', 'user:2:a', 'org:7']

beforeEach(async () => {
  for (const key of KEYS) {
    await service.run(['set', key, 'x', '--tag', `of-${key.slice(0, 4)}`, '--depends-on', key])
  }
})

async function left(): Promise<readonly string[]> {
  const { out } = await service.run(['keys'])
  return out
    .split('\n')
    .filter((key) => key !== '')
    .sort()
}

describe('platform-cache invalidate', () => {
  it.each([
    [['user:1:*'], ['org:7', 'user:2:a']],
    [['user:*:a'], ['org:7', 'user:1:b']],
    [['org:7'], ['user:1:a', 'user:1:b', 'user:2:a']],
    [['--prefix', 'user:'], ['org:7']],
    [
      ['--regex', '^user:\\d:a$'],
      ['org:7', 'user:1:b'],
    ],
    [['--tag', 'of-user'], ['org:7']],
    [
      ['--dependency', 'user:2:a'],
      ['org:7', 'user:1:a', 'user:1:b'],
    ],
    [['--all'], []],
  ])('%j leaves %j', async (target, keys) => {
    const { code, out, err } = await service.run(['invalidate', ...target])
    expect([code, out]).toEqual([0, ''])
    expect(err).toMatch(/^invalidated .* \(position \S+\)\n$/)
    expect(await left()).toEqual(keys)
  })

  it('with --dry-run lists what it would hit, and changes nothing', async () => {
    const { code, out, err } = await service.run(['invalidate', 'user:1:*', '--dry-run'])
    expect(code).toBe(0)
    expect(out.split('\n').sort()).toEqual(['', 'user:1:a', 'user:1:b'])
    expect(err).toMatch(/^would invalidate pattern user:1:\*: 2 of the \d+ entries looked at\n$/)
    expect(await left()).toEqual([...KEYS].sort())
    expect((await service.run(['invalidate', '--all', '--dry-run'])).err).toMatch(
      /^would invalidate everything: 4 of the 4 /,
    )
  })

  it('says that there may be more if the service did not look at all', async () => {
    const answer = { dryRun: true, matched: 5, scanned: 9, isComplete: false, sample: ['a'] }
    const outcome = await withOtherServer(
      (_request, response) => {
        response.writeHead(200, { 'content-type': 'application/json' })
        response.end(JSON.stringify(answer))
      },
      (url) => runAt(url, ['invalidate', '--tag', 't', '--dry-run']),
    )
    expect(outcome).toEqual({
      code: 0,
      out: 'a\n',
      err: 'would invalidate tag t: at least 5 of the 9 entries looked at\n',
    })
  })

  it('with --json answers the place in the log', async () => {
    const { code, out, err } = await service.run(['invalidate', '--tag', 'of-user', '--json'])
    expect([code, err]).toEqual([0, ''])
    expect(JSON.parse(out)).toEqual({
      cache: 'default',
      dryRun: false,
      position: expect.stringMatching(/\S/),
      propagated: true,
    })
  })

  it('ends with 7 if the log does not hold it yet', async () => {
    const answer = { dryRun: false, position: 'g-1', propagated: false }
    const outcome = await withOtherServer(
      (_request, response) => {
        response.writeHead(200, { 'content-type': 'application/json' })
        response.end(JSON.stringify(answer))
      },
      (url) => runAt(url, ['invalidate', 'a']),
    )
    expect(outcome.code).toBe(7)
    expect(outcome.err).toContain('Cannot say that it has reached every node')
  })

  it('with --soft keeps the values for answers that accept stale ones', async () => {
    await service.run(['set', 'kept', 'old', '--stale-if-error', '1h'])
    await service.run(['invalidate', 'kept', '--soft'])
    expect((await service.run(['get', 'kept', '--stale'])).out).toBe('old')
    await service.run(['invalidate', 'kept'])
    expect((await service.run(['get', 'kept', '--stale'])).code).toBe(4)
  })

  it.each([
    [['org:7'], 'org:7'],
    [['--all'], 'user:1:a'],
  ])('%j with --reason tells explain why', async (target, key) => {
    await service.run(['invalidate', ...target, '--reason', 'moved away'])
    expect((await service.run(['explain', key])).out).toContain('because: moved away')
  })

  it.each([
    [[], 'got 0'],
    [['a', '--tag', 'b'], 'got 2'],
    [['a', '--all'], 'got 2'],
    [['--tag', 'a', '--prefix', 'b', '--regex', 'c'], 'got 3'],
  ])('refuses %j, since it is not one target', async (target, got) => {
    const { code, err } = await service.run(['invalidate', ...target])
    expect(code).toBe(2)
    expect(err).toContain('Cannot tell what to invalidate: expected exactly one of a pattern')
    expect(err).toContain(got)
  })

  it('refuses --all with --soft, which contradict each other', async () => {
    const { code, err } = await service.run(['invalidate', '--all', '--soft'])
    expect(code).toBe(2)
    expect(err).toContain("Cannot use --soft with --all: a flush keeps nothing; say '**'")
    expect(await left()).toHaveLength(4)
  })

  it('ends with 2 for a pattern or a regex that is none', async () => {
    for (const target of [['a**b'.padEnd(2000, '*')], ['--regex', '(']]) {
      expect((await service.run(['invalidate', ...target])).code).toBe(2)
    }
  })
})
